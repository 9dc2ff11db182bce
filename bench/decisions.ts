import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Verdict } from '../src/gates/ledger.ts';
import { now } from './clock.ts';
import { nameOfCriteria, people } from './gate-phases.ts';
import { startPhase, untilGateOpens } from './phase-run.ts';
import type { WorkerProcess } from './worker-process.ts';

/** The gates on which decisions are measured: their criteria, each with its own approval, and the number of earlier decisions. */
export const sizes = {
  large: { criteria: 50, decisions: 500 },
  small: { criteria: 5, decisions: 10 },
} as const;
type Size = keyof typeof sizes;

/** Duration of each decision in milliseconds. */
export type Decisions = { readonly [size in Size]: number[] };

const POLL_MS = 4;
const [by] = people;

/**
 * Measures approvals of single criteria, sent as Updates, from before the request until after the verdict. All criteria of a gate except
 * one are approved. Batches of both sizes alternate, so there are a dozen small phases for each large one.
 */
export async function measureDecisions(client: Client, worker: WorkerProcess, phases: number): Promise<Decisions> {
  const took: Decisions = { large: [], small: [] };
  const batch = sizes.small.criteria - 1;
  for (let phase = 0; phase < phases; phase += 1) {
    const large = await preparePhase(client, worker, 'large');
    for (let next = 1; next + batch <= sizes.large.criteria; next += batch) {
      const small = await preparePhase(client, worker, 'small');
      took.small.push(...(await approveCriteria(small, 1, batch)));
      took.large.push(...(await approveCriteria(large, next, batch)));
      await small.terminate();
    }
    await large.terminate();
  }
  return took;
}

/** Starts a phase and sends its earlier decisions: approvals of one criterion, each followed by a withdrawal. */
async function preparePhase(client: Client, worker: WorkerProcess, size: Size): Promise<WorkflowHandle> {
  const { criteria, decisions } = sizes[size];
  const phase = await startPhase(client, worker, nameOfCriteria(criteria));
  await untilGateOpens(phase, worker, POLL_MS);
  for (let pair = 1; pair < decisions / 2; pair += 1) {
    await phase.signal('approve', { gate: 'entry', criterion: 1, by });
    await phase.signal('withdraw', { gate: 'entry', criterion: 1, by });
  }
  // The last two are Updates, whose verdicts show that all earlier decisions have been handled.
  await decide(phase, 'approve', 1);
  await decide(phase, 'withdraw', 1);
  return phase;
}

async function approveCriteria(phase: WorkflowHandle, first: number, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let criterion = first; criterion < first + count; criterion += 1) {
    const before = now();
    await decide(phase, 'approve', criterion);
    took.push(now() - before);
  }
  return took;
}

async function decide(phase: WorkflowHandle, name: 'approve' | 'withdraw', criterion: number): Promise<void> {
  const args: [object] = [{ gate: 'entry', criterion, by }];
  const { code, reason } = await phase.executeUpdate<Verdict, [object]>(name, { args });
  if (code !== 'ACCEPTED') throw new Error(`${name} of criterion ${String(criterion)}: ${code}, ${reason}`);
}
