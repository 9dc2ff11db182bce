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

/** Pause between two queries: of one phase alone, and of each of many, which together ask as often. */
const POLL_MS = { alone: 4, amongMany: 100 } as const;
const PARKING_MS = 300_000;
/** How long each of many phases at once may take: they wait for each other, and the machine may have other things to do. */
const AMONG_MANY_MS = 600_000;
/** For buffers and garbage of the last phases to be returned. */
const REST_MS = 1000;

export interface PhaseFigures {
  readonly walls: OfBoth<number[]>;
  readonly effects: OfBoth<number[]>;
  /** History events of a phase and its milestones together. */
  readonly events: OfBoth<number[]>;
}

/**
 * Runs phases one at a time, the sides in alternating order.
 *
 * @param told how many of each side have run
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

/** Phases a minute with that many at once, over all repetitions. */
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
  /** Resident megabytes of a worker that has done nothing yet. */
  readonly idle: OfBoth<number[]>;
  /** The same worker once that many phases wait at their entry gate. */
  readonly parked: OfBoth<number[]>;
}

/** Measures workers that do nothing else: what a busy one has kept of earlier work would hide what a phase takes. */
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

/** A B, B A, A B …: whatever changes on the machine meanwhile falls on both. */
function inTurn(round: number): Side[] {
  return round % 2 === 0 ? [...sides] : sides.toReversed();
}

function none(): OfBoth<number[]> {
  return { phasegate: [], baseline: [] };
}
