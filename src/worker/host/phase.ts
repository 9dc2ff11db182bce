import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readHandover, writeHandover } from '../../activities/handover/files.ts';
import { notify } from '../../activities/notices/deliver.ts';
import type { PeopleNow, PhaseActivities } from '../../contract/activities.ts';
import type { GivenTexts } from '../../contract/compiled.ts';
import type { Listed } from '../../gates/events.ts';
import { EXPIRED } from '../../identity/decision.ts';
import type { Oidc } from '../../identity/registry.ts';
import {
  type DecisionToken,
  type Expected,
  type Refused,
  type Verified,
  verifyDecision,
} from '../../identity/verify.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import type { Kinds } from '../../plan/kinds.ts';
import type { Person, Plan } from '../../plan/model.ts';
import { gatesOf } from '../../plan/walk.ts';
import { hintsInWords, type Problem } from '../../plan/problems.ts';
import type { Compilation } from '../../plan/source.ts';
import { packLedger } from '../../record/packed-ledger.ts';
import type { RecordStore } from '../../store/store.ts';
import { adoptMilestone, exportHistories } from './adopt.ts';
import { cameAt } from './came-at.ts';
import { keepTexts, keptTexts } from './given-texts.ts';
import { PhaseCompiler, PhaseError } from './phases.ts';
import { decisionLinks } from '../decisions/links.ts';
import { type PublishClock, publishNext } from './publish.ts';
import { registeredIn } from './registered.ts';
import type { Heartbeats } from './heartbeats.ts';
import { timesOfRound, windowsAfter } from './rounds.ts';
import { watchPhase } from './watch-phase.ts';

export interface PhaseHostOptions {
  readonly phasesDir: string;
  /** The storage for hand-overs, histories and notices. */
  readonly records: RecordStore;
  /** Milliseconds before the first look for closed workflows of a phase. Default: a minute. */
  readonly firstLookMs?: number;
  /** How time passes for standups and reviews. Default: as it does. */
  readonly publishClock?: PublishClock;
  /** Address of Temporal's Web UI, for links. */
  readonly webUi?: string;
  /** Address of the page on which people decide, for links. */
  readonly decisionUrl?: string;
  readonly kinds: Kinds;
  readonly heartbeats: Heartbeats;
  /** Whether this worker signs what it answers. */
  readonly signs: boolean;
  /** Tells whether the namespace has the custom search attributes. */
  readonly searchAttributes: { readonly known: boolean };
}

/** Namespaces keep closed workflows for at least an hour, and most phases of a test end sooner than this. */
const FIRST_LOOK_MS = 60_000;

/** Creates the activities of the phase itself, which read phases from the worker's file system. */
export function createPhaseActivities(options: PhaseHostOptions): PhaseActivities {
  const { phasesDir, records, webUi, decisionUrl, kinds, heartbeats } = options;
  const compiler = new PhaseCompiler(phasesDir, kinds);
  const exportsInTurn = inTurn();
  const compile = (phase: string, given?: GivenTexts) => explained(() => compiler.compile(phase, given));
  const planOf = async (phase: string) => startable(phase, await compile(phase));
  const linkTo = (workflowId: string) => (webUi === undefined ? {} : { link: workflowLink(webUi, workflowId) });
  return {
    async compilePhase({ phase, given, workflowId = phase }) {
      const compilation = await compile(phase, given);
      const plan = startable(phase, compilation);
      if (!options.signs) refuseUnsigned(plan);
      return {
        plan,
        ...(given === undefined ? {} : { source: await keepTexts(records, workflowId, given) }),
        findings: compilation.problems.filter(({ severity }) => severity === 'finding').length,
        blocking: compilation.problems.filter(({ blocks }) => blocks !== undefined).map(line),
        searchAttributes: options.searchAttributes.known,
      };
    },
    async recompileTask({ phase, task, source }) {
      const given = source === undefined ? undefined : await explained(() => keptTexts(records, source));
      const compilation = await compile(phase, given);
      const blocking = compilation.problems.filter(({ blocks }) => blocks === task);
      if (blocking.length > 0) throw permanent(blocking.map(line).join('\n'));
      const plan = startable(phase, compilation);
      return { task: taskOf(plan, task), digests: plan.digests };
    },
    async openRound({ phase, people, ledger, time }) {
      const nonce = randomBytes(16).toString('hex');
      const times = time === undefined ? {} : timesOfRound(time.policy, time.at);
      const opening = { at: Date.now(), nonce, ...packLedger(ledger), ...times };
      return people ? { ...opening, listed: await peopleOf(() => planOf(phase)) } : opening;
    },
    nextWindows: async ({ calendar, from }) => ({ at: Date.now(), windows: windowsAfter(calendar, from) }),
    async notify({ phase, notice, channels }) {
      // Notices go out even while the playbook is being edited and cannot be read.
      const now: Pick<Plan, 'channels' | 'oidc'> = await planOf(phase).catch(() => ({ channels }));
      const links = { ...linkTo(notice.phase), ...decisionLinks(decisionUrl, notice, now) };
      const context = Context.current();
      return notify({ ...notice, ...links }, now.channels ?? [], {
        ...{ records, env: process.env, earlier: heartbeats.earlier(context) },
        heartbeat: (progress) => {
          heartbeats.beat(context, progress);
        },
      });
    },
    publish: (request) => publishNext(request, { records, planOf, linkTo, clock: options.publishClock }),
    async verifyDecision({ phase, workflowId, run, token }) {
      const plan = await planOf(phase);
      const expected = { ...registeredIn(plan), phase: workflowId, run };
      const proof = await verifiedInTime(token as DecisionToken, workflowId, expected);
      return {
        at: Date.now(),
        ...proof,
        ...(proof.ok ? { listed: listedFor(plan.people?.[proof.by], plan.oidc) } : {}),
      };
    },
    adoptMilestone: async (request) => ({ at: Date.now(), ...(await adoptMilestone(request)) }),
    watchPhase,
    pause: () => Promise.resolve(),
    recordLedger: ({ ledger }) => Promise.resolve(packLedger(ledger)),
    async brief({ phase, task }) {
      // The task starts even while the playbook is being edited and cannot be read.
      const { people } = await planOf(phase.name).catch(() => ({ people: undefined }));
      const who = Object.entries(people ?? {})
        .filter(([, person]) => person.agents.includes(task.agent))
        .map(([id]) => id);
      log.info('Brief', { task: task.ref, title: task.title, agent: task.agent, who });
      return { who };
    },
    readHandover: ({ phase, handover }) => explained(() => readHandover(join(phasesDir, phase), handover)),
    exportHistories: (request) => {
      return exportHistories(
        { records, inTurn: exportsInTurn, firstLookMs: options.firstLookMs ?? FIRST_LOOK_MS },
        request,
      );
    },
    writeHandover: (document) => writeHandover(records, document),
  };
}

function listedFor({ keys, subject }: Partial<Person> = {}, oidc: Oidc | undefined): Listed {
  return {
    ...(keys === undefined ? {} : { keys }),
    ...(subject === undefined ? {} : { subject }),
    ...(oidc === undefined || subject === undefined ? {} : { oidc }),
  };
}

/** Verifies a decision as of now and, if it has expired, as of its arrival: it may have arrived in time and waited for a worker. */
async function verifiedInTime(
  token: DecisionToken,
  workflowId: string,
  expected: Omit<Expected, 'now'>,
): Promise<Verified | Refused> {
  const proof = await verifyDecision(token, { ...expected, now: Date.now() });
  if (proof.ok || proof.reason !== EXPIRED) return proof;
  const now = await cameAt(Context.current().client, workflowId, token);
  return now === undefined ? proof : verifyDecision(token, { ...expected, now });
}

function workflowLink(webUi: string, workflowId: string): string {
  const { namespace } = Context.current().info;
  return `${webUi.replace(/\/+$/, '')}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}

/** Reads the people. A gate opens even while the playbook is being edited or has errors. */
async function peopleOf(readPlan: () => Promise<Plan>): Promise<PeopleNow | { problem: string }> {
  try {
    const { people, operators } = await readPlan();
    return { people: people ?? null, operators: operators ?? null };
  } catch (error) {
    if (error instanceof ApplicationFailure && error.nonRetryable === true) return { problem: error.message };
    throw error;
  }
}

/** Number of errors in a failure message, whose size the server limits. The command in the message shows all errors. */
const ERRORS = 20;

function startable(phase: string, { plan, problems }: Compilation): Plan {
  if (plan !== undefined) return plan;
  const errors = problems.filter(({ severity }) => severity === 'error').map(line);
  const more = errors.length <= ERRORS ? [] : [`and ${String(errors.length - ERRORS)} more`];
  const why = `${phase} cannot start; "npm run plan -- check phases/${phase}" shows what to mend:`;
  throw permanent([why, ...errors.slice(0, ERRORS), ...more].join('\n'));
}

/** Refuses gates for signed decisions that nothing could meet but the answers of a worker that signs none. */
function refuseUnsigned(plan: Plan): void {
  const stuck = gatesOf(plan)
    .filter(({ policy }) => policy?.trust === 'signed')
    .flatMap(({ criteria }) => criteria.filter(({ approval, checks }) => approval === 'no' && checks.length > 0));
  if (stuck.length === 0) return;
  const ids = stuck.map(({ id }) => id).join(', ');
  throw permanent(
    `only checks meet ${ids}, whose gates count nothing unsigned, and this worker signs nothing that it answers: ` +
      'it keeps its records in S3, so set PHASEGATE_WORKER_KEY',
  );
}

function taskOf(plan: Plan, ref: TaskRef) {
  const task = plan.milestones
    .flatMap(({ lanes }) => lanes.flatMap(({ tasks }) => tasks))
    .find((one) => one.ref === ref);
  if (task === undefined) throw permanent(`the plan has no task ${ref} any more`);
  return task;
}

/** Turns errors about the phase folder into non-retryable failures: a person has to mend the folder first. */
async function explained<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof PhaseError || (error instanceof Error && error.name === 'PermanentError')) {
      throw permanent(error.message);
    }
    throw error;
  }
}

function permanent(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidPhase');
}

function line(problem: Problem): string {
  const { place, severity, code, message } = problem;
  const where = `${place.file}:${String(place.line)}:${String(place.column)}`;
  return `${where}: ${severity} ${code}: ${message}${hintsInWords(problem)}`;
}

/** Makes a function that runs actions one after the other, in the order of the calls. A failed action does not stop the next. */
function inTurn(): <T>(action: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const mine = last.then(action);
    last = mine.catch(() => undefined);
    return mine;
  };
}
