import type { Client } from '@temporalio/client';
import { measureDecisions, sizes } from './decisions.ts';
import { atLeast, atMost, figure, percentiles, type Figure } from './figures.ts';
import {
  measureMemory,
  measurePhases,
  measureThroughput,
  type MemoryFigures,
  type OfBoth,
  type PhaseFigures,
  type Workers,
} from './measure.ts';
import type { Setting } from './setting.ts';
import { measureSigned } from './signed.ts';

/** The numbers of repetitions of a bench. */
export interface Amounts {
  /** Phases of each side that are run before the measurement. */
  readonly warmUps: number;
  /** Phases of each side, one at a time. */
  readonly runs: number;
  /** Phases with signed decisions, and the same number without, one at a time. */
  readonly signed: number;
  /** Phases with a gate of many criteria. */
  readonly decisions: number;
  /** Number of parallel phases, and repetitions. */
  readonly throughput: { readonly atOnce: number; readonly repeats: number };
  /** Number of phases that wait at their entry gate, and repetitions. */
  readonly memory: { readonly phases: number; readonly repeats: number };
}

/** Takes about five minutes on two cores. */
export const full: Amounts = {
  warmUps: 5,
  runs: 40,
  signed: 40,
  decisions: 5,
  throughput: { atOnce: 50, repeats: 2 },
  memory: { phases: 200, repeats: 3 },
};

/** Too few repetitions for a measurement; only shows that the bench works. */
export const quick: Amounts = {
  warmUps: 1,
  runs: 2,
  signed: 2,
  decisions: 1,
  throughput: { atOnce: 4, repeats: 1 },
  memory: { phases: 4, repeats: 1 },
};

/** All figures, in two groups. */
export interface Figures {
  /** Figures of whole phases, compared with the workflow written by hand. */
  readonly phases: readonly Figure[];
  /** Figures of decisions, compared with simpler decisions. */
  readonly gates: readonly Figure[];
}

/** Receives the progress of a bench. */
export interface Follower {
  /** Called when a measurement starts. */
  readonly say: (line: string) => void;
  /** Called with the figures of each part as soon as they exist, because a later part may fail. */
  readonly show: (title: string, figures: readonly Figure[]) => void;
}

/**
 * Runs all measurements, part by part.
 *
 * @throws Error that names the failed part; the figures of earlier parts have been shown
 */
export async function bench(setting: Setting, amounts: Amounts, { say, show }: Follower): Promise<Figures> {
  const { client } = setting;
  const { runs, throughput, memory, signed, decisions } = amounts;
  const part = async (title: string, what: string, measure: () => Promise<Figure[]>): Promise<Figure[]> => {
    say(`measuring ${what} …`);
    try {
      const figures = await measure();
      show(title, figures);
      return figures;
    } catch (error) {
      throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  };
  const workers = {
    phasegate: await setting.startWorker('phasegate'),
    baseline: await setting.startWorker('baseline'),
  };
  const alone = await part('phases, one at a time', `${String(runs)} phases of each side, one at a time`, async () => {
    await measurePhases(client, workers, amounts.warmUps);
    return benchAlone(await measurePhases(client, workers, runs, (done) => tell(say, done, runs)));
  });
  const ofSigned = `${String(signed)} phases with signed decisions and ${String(signed)} without`;
  const gates = [
    ...(await part('signed decisions', ofSigned, () => benchSigned(client, workers, signed))),
    ...(await part('decisions', sizesInWords, () => benchDecisions(client, workers, decisions))),
  ];
  const atOnce = `${String(throughput.atOnce)} phases at once`;
  const many = await part('phases, many at once', atOnce, async () => {
    const perMinute = await measureThroughput(client, workers, throughput);
    return [
      figure([`phases a minute, ${String(throughput.atOnce)} at once`, byHand, ''], compared(perMinute), atLeast(0.8)),
    ];
  });
  await Promise.all([workers.phasegate.stop(), workers.baseline.stop()]);
  const ofMemory = `the memory of workers with ${String(memory.phases)} phases that wait`;
  const parked = await part('memory', ofMemory, async () =>
    benchMemory(await measureMemory(setting, memory), memory.phases),
  );
  return { phases: [...alone, ...many, ...parked], gates };
}

/** Reports progress after every tenth of the runs. */
function tell(say: (line: string) => void, done: number, of: number): void {
  if (done < of && done % Math.ceil(of / 10) === 0) say(`  ${String(done)} of ${String(of)}`);
}

function median(values: OfBoth<readonly number[]>): { measured: number; baseline: number } {
  return percentiles(compared(values), 0.5);
}

function benchAlone({ walls, effects, events }: PhaseFigures): Figure[] {
  return [
    figure(['phase wall, median', byHand, 'ms'], median(walls), atMost(1.2)),
    figure(['decision to effect, p50', byHand, 'ms'], median(effects), atMost(1.2)),
    figure(['decision to effect, p95', byHand, 'ms'], percentiles(compared(effects), 0.95), atMost(1.2)),
    figure(['history events', byHand, ''], median(events), atMost(1.2)),
  ];
}

function benchMemory({ parked, idle }: MemoryFigures, phases: number): Figure[] {
  return [
    figure([`worker memory, ${String(phases)} parked`, byHand, 'MB'], median(parked), atMost(1.2)),
    figure(['worker memory, idle', byHand, 'MB'], median(idle), atMost(1.2)),
  ];
}

const byHand = 'written by hand';

const { large, small } = sizes;
const sizesInWords = `decisions on ${String(large.criteria)} criteria and on ${String(small.criteria)}`;

async function benchSigned(client: Client, { phasegate }: Workers, runs: number): Promise<Figure[]> {
  await measureSigned(client, phasegate, 1);
  const { signed, plain } = await measureSigned(client, phasegate, runs);
  const effects = { measured: signed, baseline: plain };
  const unsigned = 'one, unsigned';
  return [
    figure(['signed, two of three, to effect, p50', unsigned, 'ms'], percentiles(effects, 0.5), atMost(1.5)),
    figure(['signed, two of three, to effect, p95', unsigned, 'ms'], percentiles(effects, 0.95), atMost(1.5)),
  ];
}

async function benchDecisions(client: Client, { phasegate }: Workers, phases: number): Promise<Figure[]> {
  const took = await measureDecisions(client, phasegate, phases);
  const size = ({ criteria, decisions }: typeof large | typeof small) =>
    `${String(criteria)} criteria, ${String(decisions)} decisions`;
  return [
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
