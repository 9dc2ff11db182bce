import Table from 'cli-table3';
import type { OfBoth } from './measure.ts';

/** One figure of both sides. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly phasegate: number;
  readonly baseline: number;
  readonly ratio: number;
  /** What the ratio should be. */
  readonly aim: string;
  readonly met: boolean;
}

/** Compares both sides; `better` says whether more or less of it is wanted. */
export function figure(
  name: string,
  unit: string,
  { phasegate, baseline }: OfBoth<number>,
  better: 'less' | 'more' = 'less',
): Figure {
  const ratio = phasegate / baseline;
  const [aim, met] = better === 'less' ? ['at most 1.2', ratio <= 1.2] : ['at least 0.8', ratio >= 0.8];
  return { name, unit, phasegate: round(phasegate, 1), baseline: round(baseline, 1), ratio: round(ratio, 3), aim, met };
}

/** The value below which that share of each side's values lies. */
export function percentiles({ phasegate, baseline }: OfBoth<readonly number[]>, share: number): OfBoth<number> {
  return { phasegate: percentile(phasegate, share), baseline: percentile(baseline, share) };
}

/** The value below which that share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function figureTable(figures: readonly Figure[]): string {
  const rows = new Table({ head: ['', 'phasegate', 'baseline', 'ratio', 'aim', ''], style: { head: [], border: [] } });
  for (const { name, unit, phasegate, baseline, ratio, aim, met } of figures) {
    const show = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`.trim();
    rows.push([name, show(phasegate), show(baseline), ratio.toFixed(2), aim, met ? 'met' : 'missed']);
  }
  return rows.toString();
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
