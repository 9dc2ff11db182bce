import { measureDecisions, sizes } from './decisions.ts';
import { atLeast, atMost, figure, percentiles, type Figure } from './figures.ts';
import { measureMemory, measurePhases, measureThroughput, type OfBoth, type Workers } from './measure.ts';
import type { Setting } from './setting.ts';
import { measureSigned } from './signed.ts';

/** How much of everything a bench does. */
export interface Amounts {
  /** Phases of each side before anything counts. */
  readonly warmUps: number;
  /** Phases of each side, one at a time. */
  readonly runs: number;
  /** Phases with signed decisions, and as many without, one at a time. */
  readonly signed: number;
  /** Phases whose gate has many criteria. */
  readonly decisions: number;
  /** Phases at once, and how often. */
  readonly throughput: { readonly atOnce: number; readonly repeats: number };
  /** Phases parked at their entry gate, and how often. */
  readonly memory: { readonly phases: number; readonly repeats: number };
}

/** About five minutes on two cores. */
export const full: Amounts = {
  warmUps: 5,
  runs: 40,
  signed: 40,
  decisions: 5,
  throughput: { atOnce: 50, repeats: 2 },
  memory: { phases: 200, repeats: 3 },
};

/** Shows that the bench works, not how fast anything is. */
export const quick: Amounts = {
  warmUps: 1,
  runs: 2,
  signed: 2,
  decisions: 1,
  throughput: { atOnce: 4, repeats: 1 },
  memory: { phases: 4, repeats: 1 },
};

/** Everything that was measured, in two tables. */
export interface Figures {
  /** Of whole phases, beside the workflow written by hand. */
  readonly phases: readonly Figure[];
  /** Of decisions, beside simpler ones. */
  readonly gates: readonly Figure[];
}

/**
 * Measures everything.
 *
 * @param say is told what is being measured.
 */
export async function bench(setting: Setting, amounts: Amounts, say: (line: string) => void): Promise<Figures> {
  const { client } = setting;
  const workers = {
    phasegate: await setting.startWorker('phasegate'),
    baseline: await setting.startWorker('baseline'),
  };
  await measurePhases(client, workers, amounts.warmUps);
  say(`measuring ${String(amounts.runs)} phases of each side, one at a time …`);
  const alone = await measurePhases(client, workers, amounts.runs);
  const gates = await benchGates(setting, workers, amounts, say);
  const { throughput, memory } = amounts;
  say(`measuring ${String(throughput.atOnce)} phases at once …`);
  const perMinute = await measureThroughput(client, workers, throughput);
  await Promise.all([workers.phasegate.stop(), workers.baseline.stop()]);
  say(`measuring the memory of workers with ${String(memory.phases)} phases that wait …`);
  const { idle, parked } = await measureMemory(setting, memory);
  const median = (values: OfBoth<readonly number[]>) => percentiles(compared(values), 0.5);
  const phases = [
    figure(['phase wall, median', byHand, 'ms'], median(alone.walls), atMost(1.2)),
    figure(['decision to effect, p50', byHand, 'ms'], median(alone.effects), atMost(1.2)),
    figure(['decision to effect, p95', byHand, 'ms'], percentiles(compared(alone.effects), 0.95), atMost(1.2)),
    figure(['history events', byHand, ''], median(alone.events), atMost(1.2)),
    figure([`phases a minute, ${String(throughput.atOnce)} at once`, byHand, ''], compared(perMinute), atLeast(0.8)),
    figure([`worker memory, ${String(memory.phases)} parked`, byHand, 'MB'], median(parked), atMost(1.2)),
    figure(['worker memory, idle', byHand, 'MB'], median(idle), atMost(1.2)),
  ];
  return { phases, gates };
}

const byHand = 'written by hand';

async function benchGates(
  { client }: Setting,
  { phasegate }: Workers,
  { signed: runs, decisions: phases }: Amounts,
  say: (line: string) => void,
): Promise<Figure[]> {
  say(`measuring ${String(runs)} phases with signed decisions and ${String(runs)} without …`);
  await measureSigned(client, phasegate, 1);
  const { signed, plain } = await measureSigned(client, phasegate, runs);
  const { large, small } = sizes;
  say(`measuring decisions on ${String(large.criteria)} criteria and on ${String(small.criteria)} …`);
  const took = await measureDecisions(client, phasegate, phases);
  const effects = { measured: signed, baseline: plain };
  const unsigned = 'one, unsigned';
  const size = ({ criteria, decisions }: typeof large | typeof small) =>
    `${String(criteria)} criteria, ${String(decisions)} decisions`;
  return [
    figure(['signed, two of three, to effect, p50', unsigned, 'ms'], percentiles(effects, 0.5), atMost(1.5)),
    figure(['signed, two of three, to effect, p95', unsigned, 'ms'], percentiles(effects, 0.95), atMost(1.5)),
    figure(
      [`a decision on ${size(large)}, median`, size(small), 'ms'],
      percentiles({ measured: took.large, baseline: took.small }, 0.5),
      atMost(1.5),
    ),
  ];
}

function compared<T>({ phasegate: measured, baseline }: OfBoth<T>): { measured: T; baseline: T } {
  return { measured, baseline };
}
