import type { Client, WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { now, within } from './clock.ts';
import { people } from './gate-phases.ts';
import { GATES, milestones, PHASE } from './shape.ts';
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

/** How a phase is run, where it is not the one that both sides have. */
export interface Ways {
  /** Its folder. */
  readonly phase?: string;
  /** Does what comes before the approval that clears a gate, and answers that one, ready to be sent. */
  readonly lastApproval?: (handle: WorkflowHandle, gate: string) => Promise<object>;
}

/** The approval that clears a gate by itself. */
export async function plainApproval(_handle: WorkflowHandle, gate: string): Promise<object> {
  return { gate, by: people[0] };
}

/**
 * Starts a phase of the worker's side and returns without waiting for anything.
 *
 * @param phase folder; phasegate's side only.
 */
export async function startPhase(client: Client, worker: WorkerProcess, phase = PHASE): Promise<WorkflowHandle> {
  started += 1;
  const { side, taskQueue } = worker;
  return drivers[side].start(client, { taskQueue, workflowId: `${side}-${String(started)}`, phase });
}

/**
 * Runs one phase to its end, approving every gate as soon as a query shows it open.
 *
 * @param pollMs pause between two queries.
 */
export async function runPhase(
  client: Client,
  worker: WorkerProcess,
  pollMs: number,
  ways: Ways = {},
  limitMs = LIMIT_MS,
): Promise<PhaseRun> {
  return within(limitMs, `a ${worker.side} phase completes`, (late) => drive(client, worker, pollMs, ways, late));
}

async function drive(
  client: Client,
  worker: WorkerProcess,
  pollMs: number,
  { phase, lastApproval = plainApproval }: Ways,
  late: AbortSignal,
): Promise<PhaseRun> {
  const began = now();
  const handle = await startPhase(client, worker, phase);
  const { workflowId } = handle;
  const effects: Promise<number>[] = [];
  const approved = new Set<string>();
  while (approved.size < GATES) {
    const gate = await untilGateOpens(handle, worker, pollMs, { approved, late });
    approved.add(gate);
    const approval = await lastApproval(handle, gate);
    const at = now();
    if (isMilestoneEntry(gate)) effects.push(worker.nextNoop(workflowId).then((start) => start - at));
    await handle.signal('approve', approval);
  }
  await handle.result();
  return { workflowId, wall: now() - began, effects: await Promise.all(effects) };
}

/** Asks until a gate is open that is not among those `approved`, and answers which. */
export async function untilGateOpens(
  handle: WorkflowHandle,
  worker: WorkerProcess,
  pollMs: number,
  { approved = new Set(), late }: { readonly approved?: ReadonlySet<string>; readonly late?: AbortSignal } = {},
): Promise<string> {
  for (;;) {
    late?.throwIfAborted();
    worker.requireAlive();
    const gate = await drivers[worker.side].openGate(handle);
    if (gate !== undefined && !approved.has(gate)) return gate;
    await delay(pollMs);
  }
}

/** Whether no-op tasks start when that gate clears. */
export function isMilestoneEntry(gate: string): boolean {
  return milestones.some((number) => gate === `${number}/entry`);
}
