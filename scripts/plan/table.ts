import Table from 'cli-table3';
import type { Terminal } from './terminal.ts';

/** Columns narrower than this would break words rather than lines. */
const NARROWEST = 10;

const plainChars = {
  ...Object.fromEntries(
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'].map((key) => [
      key,
      '',
    ]),
  ),
  ...Object.fromEntries(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'].map((key) => [key, ''])),
  middle: '  ',
};

/** A table that fits the terminal: its widest columns are wrapped. Plain ones have no frame. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { width, plain }: Terminal,
): string {
  const natural = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  // A frame takes a border and two blanks for each column.
  const frame = plain ? 2 * (head.length - 1) : 3 * head.length + 1;
  const widths = fitted(natural, width - frame);
  const made = new Table({
    head: [...head],
    wordWrap: true,
    colWidths: plain ? widths : widths.map((one) => one + 2),
    ...(plain ? { chars: plainChars } : {}),
    style: { head: plain ? [] : ['bold'], border: [], ...(plain ? { 'padding-left': 0, 'padding-right': 0 } : {}) },
  });
  made.push(...rows.map((row) => [...row]));
  const lines = made.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Takes from the widest column, a character at a time, until all fit. */
function fitted(widths: readonly number[], room: number): number[] {
  const fit = [...widths];
  for (let total = sum(fit); total > room; total -= 1) {
    const widest = fit.indexOf(Math.max(...fit));
    if ((fit[widest] ?? 0) <= NARROWEST) break;
    fit[widest] = (fit[widest] ?? 0) - 1;
  }
  return fit;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
