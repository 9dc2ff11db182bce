import { figure, percentiles, type Figure } from './figures.ts';
import { measureMemory, measurePhases, measureThroughput } from './measure.ts';
import type { Setting } from './setting.ts';

/** How much of everything a bench does. */
export interface Amounts {
  /** Phases of each side before anything counts. */
  readonly warmUps: number;
  /** Phases of each side, one at a time. */
  readonly runs: number;
  /** Phases at once, and how often. */
  readonly throughput: { readonly atOnce: number; readonly repeats: number };
  /** Phases parked at their entry gate, and how often. */
  readonly memory: { readonly phases: number; readonly repeats: number };
}

/** About three minutes on two cores. */
export const full: Amounts = {
  warmUps: 5,
  runs: 40,
  throughput: { atOnce: 50, repeats: 2 },
  memory: { phases: 200, repeats: 3 },
};

/** Shows that the bench works, not how fast anything is. */
export const quick: Amounts = {
  warmUps: 1,
  runs: 2,
  throughput: { atOnce: 4, repeats: 1 },
  memory: { phases: 4, repeats: 1 },
};

/**
 * Measures everything.
 *
 * @param say is told what is being measured.
 */
export async function bench(setting: Setting, amounts: Amounts, say: (line: string) => void): Promise<Figure[]> {
  const { client } = setting;
  const { warmUps, runs, throughput, memory } = amounts;
  const workers = {
    phasegate: await setting.startWorker('phasegate'),
    baseline: await setting.startWorker('baseline'),
  };
  await measurePhases(client, workers, warmUps);
  say(`measuring ${String(runs)} phases of each side, one at a time …`);
  const { walls, effects, events } = await measurePhases(client, workers, runs);
  say(`measuring ${String(throughput.atOnce)} phases at once …`);
  const perMinute = await measureThroughput(client, workers, throughput);
  await Promise.all([workers.phasegate.stop(), workers.baseline.stop()]);
  say(`measuring the memory of workers with ${String(memory.phases)} phases that wait …`);
  const { idle, parked } = await measureMemory(setting, memory);
  return [
    figure('phase wall, median', 'ms', percentiles(walls, 0.5)),
    figure('decision to effect, p50', 'ms', percentiles(effects, 0.5)),
    figure('decision to effect, p95', 'ms', percentiles(effects, 0.95)),
    figure('history events', '', percentiles(events, 0.5)),
    figure(`phases a minute, ${String(throughput.atOnce)} at once`, '', perMinute, 'more'),
    figure(`worker memory, ${String(memory.phases)} parked`, 'MB', percentiles(parked, 0.5)),
    figure('worker memory, idle', 'MB', percentiles(idle, 0.5)),
  ];
}
