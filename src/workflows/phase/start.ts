import { ApplicationFailure, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { CompiledPhase } from '../../contract/compiled.ts';
import { counted } from '../../base/text.ts';
import type { HandoverDocument } from '../../contract/handover.ts';
import { DAY_LENGTH, dayLengthMs, type Pace, type PhaseInput } from '../../contract/inputs.ts';
import type { WorkerKeys } from '../../contract/seal.ts';
import type { PhaseSnapshot, TaskOutcome } from '../../contract/state.ts';
import { startDigests } from '../../gates/chain.ts';
import type { GatesEvent } from '../../gates/events.ts';
import type { GatesState } from '../../gates/model.ts';
import { initialState, reduce } from '../../activities/slices.ts';
import { mayCountBeforehand } from '../../gates/rounds.ts';
import { summariesOf } from '../../gates/summaries.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import type { Plan } from '../../plan/model.ts';
import { gatesOf, milestonesBefore, tasksOf } from '../../plan/walk.ts';
import { phaseActivities } from '../temporal/activities.ts';
import { rootMessage } from '../temporal/failure.ts';
import type { Seals } from '../temporal/seals.ts';
import { workersOf } from './workers.ts';

/**
 * Compiles the phase and records with what it begins: digests, hand-over, and what counts as done beforehand.
 *
 * @param seals take the key of the worker that compiles for the phase's, unless the playbook lists keys
 */
export async function begin(input: PhaseInput, seals: Seals): Promise<PhaseSnapshot> {
  seals.adoptNextKey();
  const compiled = await orFail(phaseActivities(`compile ${input.phase}`).compilePhase({ phase: input.phase }));
  const { plan } = compiled;
  const workers = workersOf(plan, seals.trusted);
  seals.trust(workers);
  const handover = await orFail(handoverGiven(input));
  const earlier = beforehandOf(plan, input.from);
  const outcomes = doneBeforehand(plan, earlier, input.by);
  const events: GatesEvent[] = [
    started(input, compiled, handover, workers),
    ...(compiled.findings === 0 ? [] : [linted(input.phase, compiled.findings)]),
    ...compiled.blocking.map((reason): GatesEvent => ({ type: 'note', what: 'will block', reason })),
    ...(handover === null ? [] : [handedOver(handover)]),
    ...gatesBeforehand(plan, earlier, input),
    ...Object.keys(outcomes).map((task): GatesEvent => ({
      type: 'task',
      task,
      state: 'done',
      desk: null,
      reason: 'beforehand',
    })),
  ];
  return {
    plan,
    gates: events.reduce((state, event) => reduce(state, event, Date.now()).state, stateOf(plan, input.by)),
    milestones: Object.fromEntries(earlier.map((number) => [number, { stage: 'done' as const, runs: 0 }])),
    outcomes,
    outputs: handover?.outputs ?? {},
    contributions: {},
    reopened: [],
    reworking: [],
    readAnew: [],
    handover,
    searchAttributes: compiled.searchAttributes,
    ...(workers === null ? {} : { workers }),
    undelivered: [],
    noticeCount: 0,
  };
}

/** A phase that cannot start fails with the sentence that says why, instead of "Activity task failed". */
async function orFail<T>(activity: Promise<T>): Promise<T> {
  try {
    return await activity;
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw ApplicationFailure.nonRetryable(rootMessage(error), 'InvalidPhase');
  }
}

function stateOf(plan: Plan, by: string): GatesState {
  return initialState({
    gates: gatesOf(plan),
    tasks: summariesOf(plan),
    people: plan.people,
    operators: plan.operators,
    starter: by,
    plan,
  });
}

/** Tasks that the Gantt tags `done`, and all of the milestones before `from`. */
function doneBeforehand(plan: Plan, earlier: readonly string[], by: string): { [task: TaskRef]: TaskOutcome } {
  const done = tasksOf(plan).filter(({ milestone, task }) => earlier.includes(milestone) || task.tags.includes('done'));
  return Object.fromEntries(done.map(({ task }) => [task.ref, { state: 'done' as const, by, beforehand: true }]));
}

function gatesBeforehand(plan: Plan, earlier: readonly string[], input: PhaseInput): GatesEvent[] {
  if (earlier.length === 0) return [];
  const reason = input.reason ?? `the phase was started from ${String(input.from)}`;
  const gates = gatesOf(plan).filter(
    ({ id, milestone, guards }) =>
      id === 'entry' || (milestone !== undefined && earlier.includes(milestone) && guards?.what !== 'changes'),
  );
  const forbidden = gates.filter((gate) => !mayCountBeforehand(gate)).map(({ id }) => id);
  if (forbidden.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `"from" would count ${forbidden.join(', ')} as cleared, which ${forbidden.length === 1 ? 'its' : 'their'} policy forbids; ` +
        'start without "from", or state "beforehand: allow" in the policy',
      'InvalidStart',
    );
  }
  return gates.map(({ id }) => ({ type: 'beforehand', gate: id, by: input.by, reason }));
}

function started(
  input: PhaseInput,
  compiled: CompiledPhase,
  handover: HandoverDocument | null,
  workers: WorkerKeys,
): GatesEvent {
  const { plan } = compiled;
  const playbook = plan.digests.playbook === undefined ? 'no playbook' : `playbook ${plan.digests.playbook}`;
  return {
    type: 'note',
    what: 'started',
    by: input.by,
    reason: `plan ${plan.digests.plan}, ${playbook}${signers(workers)}${unusual(input)}${input.reason === undefined ? '' : `: ${input.reason}`}`,
    basedOn: startDigests({ compiled, input, handover }),
  };
}

/** Whose answers count, in words. */
function signers(workers: WorkerKeys): string {
  if (workers === null) return '';
  return workers.keys.length === 1
    ? `, workers' key ${String(workers.keys[0])}`
    : `, workers' keys ${workers.keys.join(', ')}`;
}

function linted(phase: string, findings: number): GatesEvent {
  return {
    type: 'note',
    what: 'linted',
    reason: `${counted(findings, 'finding')}; "npm run plan -- check phases/${phase}" shows them`,
  };
}

function handedOver(handover: HandoverDocument): GatesEvent {
  const { number } = handover.phase;
  return { type: 'note', what: 'handover', reason: `hand-over of phase ${number} given at start` };
}

async function handoverGiven({ handover, phase }: PhaseInput): Promise<HandoverDocument | null> {
  if (handover === undefined || handover === null) return null;
  const name = typeof handover === 'string' ? handover : 'hand-over';
  return phaseActivities(`read ${name}`).readHandover({ phase, handover });
}

/** A start input whose every value has been checked. */
export interface Start {
  readonly pace: Pace;
  readonly dayMs: number;
}

const form = '{"phase":"phase-4","by":"dana"}';

/** Fails the workflow for good when the input cannot be meant: nothing has happened yet, so starting again is the mend. */
export function checkStart(input: unknown): asserts input is PhaseInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid(`The input of a phase is an object, for example ${form}`);
  }
  const given = input as { readonly [key: string]: unknown };
  for (const key of ['phase', 'by'] as const) {
    if (typeof given[key] !== 'string' || given[key] === '') {
      throw invalid(`"${key}" is missing or not a text; write for example ${form}`);
    }
  }
  for (const key of ['from', 'reason', 'dayLength'] as const) {
    if (given[key] !== undefined && typeof given[key] !== 'string') throw invalid(`"${key}" must be a text`);
  }
  if (given['pace'] !== undefined && given['pace'] !== 'asap' && given['pace'] !== 'planned') {
    throw invalid(`"pace" is ${JSON.stringify(given['pace'])}; it can be "asap" (default) or "planned"`);
  }
  const { cronSchedule, retryPolicy } = workflowInfo();
  if (cronSchedule !== undefined && cronSchedule !== '')
    throw invalid('A phase is carried out once: start it without a cron schedule');
  if (retryPolicy !== undefined) throw invalid('A phase is carried out once: start it without a retry policy');
  if (given['resume'] !== undefined && workflowInfo().continuedFromExecutionRunId === undefined) {
    throw invalid('"resume" is for continue-as-new only');
  }
  const unknown = Object.keys(given).filter((key) => !known.has(key));
  if (unknown.length > 0) throw invalid(`unknown key "${unknown.join('", "')}"; known are ${[...known].join(', ')}`);
}

const known = new Set(['phase', 'by', 'pace', 'dayLength', 'from', 'reason', 'handover', 'resume']);

/** Reads pace and day length; a plan day is 24 hours unless the input says otherwise. */
export function readStart({ dayLength = DAY_LENGTH, pace = 'asap' }: PhaseInput): Start {
  const dayMs = dayLengthMs(dayLength);
  if (dayMs === undefined) {
    const form = 'write a length with its unit, such as "24h", "8h" or "2s"';
    throw invalid(`"dayLength" is ${JSON.stringify(dayLength)}; ${form}`);
  }
  return { pace, dayMs };
}

/** How the phase goes otherwise than phases do, in words. */
function unusual(input: PhaseInput): string {
  const { pace, dayMs } = readStart(input);
  return [
    ...(pace === 'asap' ? [] : [`, pace ${pace}`]),
    ...(dayMs === dayLengthMs(DAY_LENGTH) ? [] : [`, a plan day is ${String(input.dayLength)}`]),
  ].join('');
}

/** Milestones that count as done when a phase starts `from` one: all that it depends on, directly or not. */
function beforehandOf(plan: Plan, from: string | undefined): string[] {
  if (from === undefined) return [];
  if (!plan.milestones.some(({ number }) => number === from)) {
    const numbers = plan.milestones.map(({ number }) => number).join(', ');
    throw invalid(`"from" is ${JSON.stringify(from)}, which is no milestone; there are ${numbers}`);
  }
  return milestonesBefore(plan, from);
}

function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidStart');
}
