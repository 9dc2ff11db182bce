import type { Client, WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { now, within } from './clock.ts';
import { people } from './gate-phases.ts';
import { GATES, milestones, PHASE } from './shape.ts';
import { drivers } from './sides.ts';
import type { WorkerProcess } from './worker-process.ts';

/** The measurements of one phase. */
export interface PhaseRun {
  readonly workflowId: string;
  /** Milliseconds from before the start to after the result. */
  readonly wall: number;
  /** Milliseconds from before the approval of a milestone's entry gate to the start of its first no-op. */
  readonly effects: readonly number[];
}

const LIMIT_MS = 120_000;
let started = 0;

/** A variant of the phase, for phasegate's side only. */
export interface Variant {
  /** Folder of the phase. */
  readonly phase?: string;
  /** Sends all earlier decisions on a gate, and returns the approval that clears it. */
  readonly lastApproval?: (handle: WorkflowHandle, gate: string) => Promise<object>;
}

/** A single approval that clears a gate. */
export async function plainApproval(_handle: WorkflowHandle, gate: string): Promise<object> {
  return { gate, by: people[0] };
}

/**
 * Starts a phase of the worker's side, and does not wait for it.
 *
 * @param phase folder, for phasegate's side only
 */
export async function startPhase(client: Client, worker: WorkerProcess, phase = PHASE): Promise<WorkflowHandle> {
  started += 1;
  const { side, taskQueue } = worker;
  return drivers[side].start(client, { taskQueue, workflowId: `${side}-${String(started)}`, phase });
}

/**
 * Runs one phase to its end. Every gate is approved as soon as a query shows that it is open.
 *
 * @param pollMs pause between two queries
 */
export async function runPhase(
  client: Client,
  worker: WorkerProcess,
  pollMs: number,
  variant: Variant = {},
  limitMs = LIMIT_MS,
): Promise<PhaseRun> {
  return within(limitMs, `a ${worker.side} phase completes`, (late) => drive(client, worker, pollMs, variant, late));
}

async function drive(
  client: Client,
  worker: WorkerProcess,
  pollMs: number,
  { phase, lastApproval = plainApproval }: Variant,
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

/** Polls until a gate is open that is not in `approved`, and returns its id. */
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

/** True when no-op tasks start after the gate has cleared. */
export function isMilestoneEntry(gate: string): boolean {
  return milestones.some((number) => gate === `${number}/entry`);
}
