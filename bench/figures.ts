import Table from 'cli-table3';

/** One figure, with the baseline that it is compared with. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  readonly baseline: number;
  /** The baseline in words. */
  readonly against: string;
  readonly ratio: number;
  /** The aim for the ratio, in words. */
  readonly aim: string;
  readonly met: boolean;
}

/** A measurement and its baseline. */
export interface Compared<T> {
  readonly measured: T;
  readonly baseline: T;
}

/** An aim for a ratio. */
export interface Aim {
  readonly words: string;
  readonly isMet: (ratio: number) => boolean;
}

export function atMost(most: number): Aim {
  return { words: `at most ${String(most)}`, isMet: (ratio) => ratio <= most };
}

export function atLeast(least: number): Aim {
  return { words: `at least ${String(least)}`, isMet: (ratio) => ratio >= least };
}

/** @param name name of the figure, the baseline in words, and the unit */
export function figure(
  [name, against, unit]: readonly [name: string, against: string, unit: string],
  { measured, baseline }: Compared<number>,
  aim: Aim,
): Figure {
  const ratio = measured / baseline;
  return {
    name,
    unit,
    measured: round(measured, 1),
    baseline: round(baseline, 1),
    against,
    ratio: round(ratio, 3),
    aim: aim.words,
    met: aim.isMet(ratio),
  };
}

/** The same percentile of the measurement and of its baseline. */
export function percentiles({ measured, baseline }: Compared<readonly number[]>, share: number): Compared<number> {
  return { measured: percentile(measured, share), baseline: percentile(baseline, share) };
}

/** The value below which the given share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function figureTable(title: string, figures: readonly Figure[]): string {
  const rows = new Table({
    head: [title, 'phasegate', 'baseline', 'which is', 'ratio', 'aim', ''],
    style: { head: [], border: [] },
  });
  for (const { name, unit, measured, baseline, against, ratio, aim, met } of figures) {
    const show = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`.trim();
    rows.push([name, show(measured), show(baseline), against, ratio.toFixed(2), aim, met ? 'met' : 'missed']);
  }
  return rows.toString();
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
