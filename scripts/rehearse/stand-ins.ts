import { ApplicationFailure, type Client } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import type { Adopted, AdoptionRequest, PhaseActivities } from '../../src/contract/activities.ts';
import type { MilestoneResult } from '../../src/contract/inputs.ts';
import type { CheckCall, CheckResult, StepCall, StepResult } from '../../src/contract/kinds.ts';
import type { Window } from '../../src/calendar/windows.ts';
import type { GateId } from '../../src/plan/gate-model.ts';
import type { Plan } from '../../src/plan/model.ts';
import { packLedger } from '../../src/record/packed-ledger.ts';
import { timesOfRound, windowsAfter } from '../../src/worker/host/rounds.ts';
import { REHEARSED } from './plan.ts';

/** Longer than most phases; then it is asked again. The server gives an activity up whose next attempt lies ten years ahead. */
const LATER = 1000 * 86_400_000;

/** What the stand-ins tell of the future: when something will happen by itself. */
export interface Foreseen {
  /** Windows in which a gate may clear. */
  readonly windows: Map<GateId, readonly Window[]>;
  /** Epoch milliseconds. */
  readonly instants: Set<number>;
}

export interface StandInOptions {
  /** As it is rehearsed. */
  readonly plan: Plan;
  readonly foreseen: Foreseen;
  readonly client: Client;
  /** When a step that begins at an instant ends; epoch milliseconds. */
  readonly endOf: (call: StepCall, from: number) => number;
  /** Time of the server. */
  readonly now: () => Promise<number>;
}

/**
 * The activities of a rehearsal. None touches files, AWS or the network. A step fails once, retryably, with its planned length as the pause
 * before the next attempt: time can be skipped while an activity waits for its next attempt, and not while it runs.
 */
export function standIns({
  plan,
  foreseen,
  client,
  endOf,
  now,
}: StandInOptions): Record<string, unknown> & PhaseActivities {
  const begun = new Set<string>();
  const expect = (...instants: readonly (number | undefined)[]) => {
    for (const instant of instants) if (instant !== undefined) foreseen.instants.add(instant);
  };
  const kinds = {
    async [`step.${REHEARSED}`](call: StepCall): Promise<StepResult> {
      if (begun.has(call.identity)) return {};
      begun.add(call.identity);
      const from = await now();
      const end = endOf(call, from);
      expect(end);
      throw waiting('takes its planned length', end - from);
    },
    [`check.${REHEARSED}`]({ poll }: CheckCall): Promise<CheckResult> {
      // Everything holds, so that nothing can be found to have failed.
      if (poll === 'until failed') return Promise.reject(waiting('still holds', LATER));
      return Promise.resolve({ state: 'passed', reason: 'passes in every rehearsal' });
    },
  };
  const phase: PhaseActivities = {
    compilePhase: () => Promise.resolve({ plan, findings: 0, blocking: [], searchAttributes: false }),
    openRound({ gate, people, ledger, time }) {
      const times = time === undefined ? {} : timesOfRound(time.policy, time.at);
      const { windows = [], times: round } = times;
      foreseen.windows.set(gate, windows);
      expect(...windows.map(({ opens }) => opens), round?.wait, round?.deadline, round?.extended);
      return Promise.resolve({
        ...{ at: 0, nonce: randomBytes(16).toString('hex'), ...packLedger(ledger), ...times },
        ...(people ? { listed: { people: plan.people ?? null, operators: plan.operators ?? null } } : {}),
      });
    },
    nextWindows({ calendar, from }) {
      const windows = windowsAfter(calendar, from);
      expect(...windows.map(({ opens }) => opens));
      return Promise.resolve({ at: 0, windows });
    },
    brief: ({ task }) => {
      const who = Object.entries(plan.people ?? {}).filter(([, { agents }]) => agents.includes(task.agent));
      return Promise.resolve({ who: who.map(([name]) => name) });
    },
    recordLedger: ({ ledger }) => Promise.resolve(packLedger(ledger)),
    pause: () => Promise.resolve(),
    writeHandover: () => Promise.resolve({ where: 'nowhere: this is a rehearsal', sha256: '0'.repeat(64) }),
    exportHistories: ({ runId }) =>
      Promise.resolve({ state: 'elsewhere', where: '', runId, histories: 0, missing: [] }),
    watchPhase: () => Promise.reject(waiting('the phase is there', LATER)),
    adoptMilestone: (request) => adopted(client, request),
    notify: () => Promise.resolve({ refused: [] }),
    publish: () => absent('standups'),
    verifyDecision: () => absent('signatures'),
    recompileTask: () => absent('retries'),
    readHandover: () => absent('hand-overs'),
  };
  return { ...phase, ...kinds };
}

/** A long phase continues as new, and goes on with the milestones that run. */
async function adopted(
  client: Client,
  { workflowId, wait }: AdoptionRequest,
): Promise<Adopted & { readonly at: number }> {
  const milestone = client.workflow.getHandle(workflowId);
  const { status } = await milestone.describe();
  if (status.name === 'COMPLETED') {
    return { at: 0, state: 'completed', result: (await milestone.result()) as MilestoneResult };
  }
  // The phase looks again when the milestone says that it ends.
  if (wait) throw waiting(`${workflowId} runs`, LATER);
  return { at: 0, state: status.name === 'RUNNING' ? 'running' : 'free' };
}

function waiting(why: string, ms: number): ApplicationFailure {
  return ApplicationFailure.create({ message: why, type: 'NotYet', nextRetryDelay: Math.max(1, ms) });
}

/** The phase of a rehearsal has nothing that would call it. */
function absent(what: string): Promise<never> {
  return Promise.reject(ApplicationFailure.nonRetryable(`a rehearsal has no ${what}`));
}
