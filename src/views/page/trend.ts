import { plainLine, shortOf } from '../../base/text.ts';
import type { SuiteRun } from '../../contract/standing.ts';

const WIDTH = 760;
const LEFT = 180;
const ROW = 84;
const BARS = 56;
const BAR = 22;
const GAP = 6;
/** Suites in one chart. */
const MOST = 40;

/** Colours that are told apart by people who cannot tell red from green, and in print. */
const colours = { passed: '#4c9f70', flaky: '#e0a83b', skipped: '#b8bdc6', failed: '#a3273f' } as const;
const states = ['passed', 'flaky', 'skipped', 'failed'] as const;

interface Trends {
  /** Oldest run first, by suite and environment. */
  readonly history: { readonly [key: string]: readonly SuiteRun[] };
}

/**
 * Draws how the results of each suite went from run to run: one row of stacked bars for each suite. A picture of its own, which takes its
 * colours from the page that it stands in.
 */
export function trendChart({ history }: Trends): string {
  const keys = Object.keys(history).toSorted().slice(0, MOST);
  const height = 30 + keys.length * ROW;
  const rows = keys.map((key, index) => rowOf(key, history[key] ?? [], 30 + index * ROW));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(WIDTH)}" height="${String(height)}" viewBox="0 0 ${String(WIDTH)} ${String(height)}" font-family="sans-serif" font-size="11" role="img">`,
    `<title>Results of suites from run to run</title>`,
    `<rect class="ground" width="100%" height="100%" fill="#ffffff"/>`,
    legend(),
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function legend(): string {
  return states
    .map((state, index) => {
      const x = LEFT + index * 80;
      return `<rect class="${state}" x="${String(x)}" y="8" width="10" height="10" fill="${colours[state]}"/><text x="${String(x + 14)}" y="17">${state}</text>`;
    })
    .join('');
}

function rowOf(key: string, runs: readonly SuiteRun[], top: number): string {
  const bars = runs.map((run, index) => barOf(run, LEFT + index * (BAR + GAP), top));
  return `<text x="8" y="${String(top + BARS / 2)}">${xml(plainLine(key, 28))}</text>${bars.join('')}`;
}

function barOf({ at, revision, cases }: SuiteRun, x: number, top: number): string {
  const total = Math.max(1, cases.total);
  let y = top + BARS;
  const parts = states.map((state) => {
    // What is there is seen, be it one case of ten thousand.
    const height = cases[state] === 0 ? 0 : Math.max(2, (cases[state] / total) * BARS);
    y -= height;
    return height === 0
      ? ''
      : `<rect class="${state}" x="${String(x)}" y="${round(y)}" width="${String(BAR)}" height="${round(height)}" fill="${colours[state]}"/>`;
  });
  const said = states.map((state) => `${String(cases[state])} ${state}`).join(', ');
  const label = `<text x="${String(x + BAR / 2)}" y="${String(top + BARS + 12)}" text-anchor="middle" font-size="8">${xml(shortOf(plainLine(revision, 40)).slice(0, 5))}</text>`;
  return `<g><title>${xml(`${at} at ${plainLine(revision, 80)}: ${said}`)}</title>${parts.join('')}${label}</g>`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Text from outside, within XML. */
function xml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);
}
