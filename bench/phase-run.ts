import type { Client, WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { now, within } from './clock.ts';
import { GATES, milestones } from './shape.ts';
import { drivers } from './sides.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What one phase took. */
export interface PhaseRun {
  readonly workflowId: string;
  /** Milliseconds from before the start to after the result. */
  readonly wall: number;
  /** Milliseconds from before the approval of a milestone's entry gate to the start of its first no-op. */
  readonly effects: readonly number[];
}

const LIMIT_MS = 120_000;
let started = 0;

/** Starts a phase of the worker's side and returns without waiting for anything. */
export async function startPhase(client: Client, worker: WorkerProcess): Promise<WorkflowHandle> {
  started += 1;
  return drivers[worker.side].start(client, worker.taskQueue, `${worker.side}-${String(started)}`);
}

/**
 * Runs one phase to its end, approving every gate as soon as a query shows it open.
 *
 * @param pollMs pause between two queries.
 */
export async function runPhase(client: Client, worker: WorkerProcess, pollMs: number): Promise<PhaseRun> {
  return within(LIMIT_MS, `a ${worker.side} phase completes`, drive(client, worker, pollMs));
}

async function drive(client: Client, worker: WorkerProcess, pollMs: number): Promise<PhaseRun> {
  const began = now();
  const handle = await startPhase(client, worker);
  const { workflowId } = handle;
  const effects: Promise<number>[] = [];
  const approved = new Set<string>();
  while (approved.size < GATES) {
    const gate = await untilGateOpens(handle, worker, pollMs, approved);
    approved.add(gate);
    const at = now();
    if (isMilestoneEntry(gate)) effects.push(worker.nextNoop(workflowId).then((start) => start - at));
    await handle.signal('approve', { gate, by: 'bench' });
  }
  await handle.result();
  return { workflowId, wall: now() - began, effects: await Promise.all(effects) };
}

/** Asks until a gate is open that is not among those `approved`, and answers which. */
export async function untilGateOpens(
  handle: WorkflowHandle,
  worker: WorkerProcess,
  pollMs: number,
  approved: ReadonlySet<string> = new Set(),
): Promise<string> {
  for (;;) {
    worker.requireAlive();
    const gate = await drivers[worker.side].openGate(handle);
    if (gate !== undefined && !approved.has(gate)) return gate;
    await delay(pollMs);
  }
}

function isMilestoneEntry(gate: string): boolean {
  return milestones.some((number) => gate === `${number}/entry`);
}
