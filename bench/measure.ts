import type { Client, WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { milestones } from './shape.ts';
import { drivers } from './sides.ts';
import type { Side, WorkerProcess } from './worker-process.ts';

export interface Bench {
  readonly client: Client;
  readonly side: Side;
  readonly worker: WorkerProcess;
  readonly taskQueue: string;
}

export interface PhaseRun {
  /** Milliseconds from before the start to after the result. */
  readonly wall: number;
  /** Milliseconds from before the approval of a milestone's entry gate to the start of its first no-op. */
  readonly effects: readonly number[];
}

const GATES = 2 + milestones.length * 3;
let count = 0;

/** Runs one phase, approving every gate as soon as a query shows it open. */
export async function runPhase(bench: Bench, pollMs = 4): Promise<PhaseRun & { handle: WorkflowHandle }> {
  const { client, side, worker, taskQueue } = bench;
  const began = performance.now();
  count += 1;
  const handle = await drivers[side].start(client, taskQueue, `${side}-${String(count)}`);
  const effects: Promise<number>[] = [];
  const approved = new Set<string>();
  while (approved.size < GATES) {
    const gate = await drivers[side].openGate(handle);
    if (gate === undefined || approved.has(gate)) {
      await delay(pollMs);
      continue;
    }
    approved.add(gate);
    const at = performance.timeOrigin + performance.now();
    if (/^[\d.]+\/entry$/.test(gate)) effects.push(worker.nextNoop(handle.workflowId).then((start) => start - at));
    await handle.signal('approve', { gate, by: 'bench' });
  }
  await handle.result();
  return { wall: performance.now() - began, effects: await Promise.all(effects), handle };
}

/** Events of the phase and its milestones. */
export async function historyEvents({ client }: Bench, phase: string): Promise<number> {
  const ids = [phase, ...milestones.map((number) => `${phase}:${number}`)];
  const histories = await Promise.all(ids.map((id) => client.workflow.getHandle(id).fetchHistory()));
  return histories.reduce((sum, { events }) => sum + (events?.length ?? 0), 0);
}

/** Phases a minute with that many at once. */
export async function throughput(bench: Bench, atOnce: number): Promise<number> {
  const began = performance.now();
  await Promise.all(Array.from({ length: atOnce }, () => runPhase(bench, 100)));
  return (atOnce * 60_000) / (performance.now() - began);
}

/** Resident megabytes of the worker with that many phases parked at their entry gate. */
export async function parkedMemory({ client, side, worker, taskQueue }: Bench, phases: number): Promise<number> {
  const handles: WorkflowHandle[] = [];
  for (let index = 0; index < phases; index += 1) {
    handles.push(await drivers[side].start(client, taskQueue, `${side}-parked-${String(index)}`));
  }
  for (const handle of handles) while ((await drivers[side].openGate(handle)) === undefined) await delay(20);
  const megabytes = await worker.memory();
  await Promise.all(handles.map((handle) => handle.terminate()));
  return megabytes;
}

/** The value below which that share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
