import type { Client } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { now, within } from './clock.ts';
import { runPhase, startPhase, untilGateOpens } from './phase-run.ts';
import type { Setting } from './setting.ts';
import { milestones } from './shape.ts';
import { sides, type Side } from './sides.ts';
import type { WorkerProcess } from './worker-process.ts';

/** One value for each side. */
export type OfBoth<T> = { readonly [side in Side]: T };
export type Workers = OfBoth<WorkerProcess>;

/** Pause between two queries: of a single phase, and of each of many phases, so that the total rate is about the same. */
const POLL_MS = { alone: 4, amongMany: 100 } as const;
const PARKING_MS = 300_000;
/** Time limit for each of many parallel phases, which wait for each other. The machine may be busy with other work too. */
const AMONG_MANY_MS = 600_000;
/** Pause in which the memory of the last phases is released. */
const REST_MS = 1000;

export interface PhaseFigures {
  readonly walls: OfBoth<number[]>;
  readonly effects: OfBoth<number[]>;
  /** History events of a phase and its milestones. */
  readonly events: OfBoth<number[]>;
}

/**
 * Runs phases one at a time, with the sides in alternating order.
 *
 * @param told called with the number of phases of each side that have run
 */
export async function measurePhases(
  client: Client,
  workers: Workers,
  runs: number,
  told: (done: number) => void = () => undefined,
): Promise<PhaseFigures> {
  const figures: PhaseFigures = { walls: none(), effects: none(), events: none() };
  for (let run = 0; run < runs; run += 1) {
    for (const side of inTurn(run)) {
      const { workflowId, wall, effects } = await runPhase(client, workers[side], POLL_MS.alone);
      figures.walls[side].push(wall);
      figures.effects[side].push(...effects);
      figures.events[side].push(await countEvents(client, workflowId));
    }
    told(run + 1);
  }
  return figures;
}

/** Measures phases a minute with a number of parallel phases, over all repetitions. */
export async function measureThroughput(
  client: Client,
  workers: Workers,
  { atOnce, repeats }: { readonly atOnce: number; readonly repeats: number },
): Promise<OfBoth<number>> {
  const took = { phasegate: 0, baseline: 0 };
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const side of inTurn(repeat)) {
      const began = now();
      await Promise.all(
        Array.from({ length: atOnce }, async () =>
          runPhase(client, workers[side], POLL_MS.amongMany, {}, AMONG_MANY_MS),
        ),
      );
      took[side] += now() - began;
    }
  }
  const perMinute = (ms: number) => (atOnce * repeats * 60_000) / ms;
  return { phasegate: perMinute(took.phasegate), baseline: perMinute(took.baseline) };
}

export interface MemoryFigures {
  /** Resident memory of a new worker, in megabytes. */
  readonly idle: OfBoth<number[]>;
  /** Resident memory of the same worker while phases wait at their entry gate. */
  readonly parked: OfBoth<number[]>;
}

/** Measures new workers: memory that a busy worker keeps from earlier work would hide the memory of the phases. */
export async function measureMemory(
  setting: Setting,
  { phases, repeats }: { readonly phases: number; readonly repeats: number },
): Promise<MemoryFigures> {
  const figures: MemoryFigures = { idle: none(), parked: none() };
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const side of inTurn(repeat)) {
      const worker = await setting.startWorker(side);
      await delay(REST_MS);
      figures.idle[side].push(await worker.memory());
      await within(PARKING_MS, `${String(phases)} phases wait`, (late) => park(setting.client, worker, phases, late));
      await delay(REST_MS);
      figures.parked[side].push(await worker.memory());
      await worker.stop();
    }
  }
  return figures;
}

async function park(client: Client, worker: WorkerProcess, phases: number, late: AbortSignal): Promise<void> {
  for (let index = 0; index < phases; index += 1) {
    await untilGateOpens(await startPhase(client, worker), worker, POLL_MS.alone, { late });
  }
}

async function countEvents(client: Client, phase: string): Promise<number> {
  const ids = [phase, ...milestones.map((number) => `${phase}:${number}`)];
  const histories = await Promise.all(ids.map(async (id) => client.workflow.getHandle(id).fetchHistory()));
  return histories.reduce((sum, { events }) => sum + (events?.length ?? 0), 0);
}

/** Alternates the order of the sides (A B, B A, A B …), so that changes on the machine affect both. */
function inTurn(round: number): Side[] {
  return round % 2 === 0 ? [...sides] : sides.toReversed();
}

function none(): OfBoth<number[]> {
  return { phasegate: [], baseline: [] };
}
