import { clip, plainLine } from '../../base/text.ts';
import type { Span } from '../planned.ts';
import { extentOf, type GanttBar, type GanttChart, type GanttRow } from './gantt.ts';
import { html } from './escape.ts';

const WIDTH = 1000;
/** Where the bars begin: names stand left of it. */
const LEFT = 300;
const RIGHT = 12;
const TOP = 62;
const ROW = 24;
/** Characters of a name. */
const NAME = 44;
const TICKS = 9;

/** Draws a chart with two bars a row: what was planned, and below it what has happened and is expected. */
export function ganttSvg(chart: GanttChart): string {
  const { title, description, groups, dates, now } = chart;
  const extent = extentOf(chart);
  const x = (at: number) => LEFT + ((at - extent.start) / (extent.end - extent.start)) * (WIDTH - LEFT - RIGHT);
  const rows: (GanttRow & { readonly isGroup: boolean })[] = groups.flatMap((group) => [
    { label: group.title, bar: group.bar, isGroup: true },
    ...group.rows.map((row) => ({ ...row, isGroup: false })),
  ]);
  const height = TOP + rows.length * ROW + 8;
  const ticks = dates.ticks(extent.start, extent.end, TICKS);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(WIDTH)}" height="${String(height)}" viewBox="0 0 ${String(WIDTH)} ${String(height)}" font-size="12" role="img" aria-labelledby="gantt-title gantt-words">`,
    `<title id="gantt-title">${html(title)}</title><desc id="gantt-words">${html(description)}</desc>`,
    legend(),
    ...ticks.map(({ at, label }) => {
      const where = round(x(at));
      const line = `<path class="line" d="M${where} ${String(TOP - 8)}V${String(height - 8)}"/>`;
      // At the edge there is no room for it.
      if (x(at) > WIDTH - 30) return line;
      return `${line}<text class="soft" x="${where}" y="${String(TOP - 14)}" text-anchor="middle">${html(label)}</text>`;
    }),
    ...rows.map((row, index) => rowOf(row, TOP + index * ROW, x)),
    ...(now === undefined || now < extent.start || now > extent.end
      ? []
      : [`<path class="now" d="M${round(x(now))} ${String(TOP - 8)}V${String(height - 8)}"><title>now</title></path>`]),
    '</svg>',
  ].join('\n');
}

function rowOf(
  { label, bar, isGroup }: GanttRow & { readonly isGroup: boolean },
  top: number,
  x: (at: number) => number,
): string {
  const name = clip(plainLine(label, 200), NAME);
  const text = `<text x="${isGroup ? '4' : '16'}" y="${String(top + 16)}"${isGroup ? ' font-weight="600"' : ''}>${html(name)}</text>`;
  return `<g><title>${html(bar.words)}</title>${text}${barsOf(bar, top, x)}</g>`;
}

function barsOf(
  { planned, actual, forecast, state, isCritical }: GanttBar,
  top: number,
  x: (at: number) => number,
): string {
  const line = isCritical ? ' path' : '';
  return [
    rect('planned', planned, { top: top + 3, height: 6, x }),
    ...(forecast === undefined ? [] : [rect(`forecast${line}`, forecast, { top: top + 11, height: 9, x })]),
    ...(actual === undefined
      ? []
      : [rect(`${state === 'pending' ? 'running' : state}${line}`, actual, { top: top + 11, height: 9, x })]),
  ].join('');
}

function rect(
  name: string,
  { start, end }: Span,
  { top, height, x }: { readonly top: number; readonly height: number; readonly x: (at: number) => number },
): string {
  // What took no time is seen all the same.
  const width = Math.max(2, x(end) - x(start));
  return `<rect class="${name}" x="${round(x(start))}" y="${String(top)}" width="${round(width)}" height="${String(height)}"/>`;
}

/** Colours have their words, and patterns of lines tell what is expected. */
function legend(): string {
  const words = [
    ['planned', 'planned'],
    ['done', 'finished'],
    ['running', 'in progress'],
    ['late', 'late'],
    ['forecast', 'expected'],
    ['done path', 'decides the end of the phase'],
  ] as const;
  const widths = [84, 84, 102, 62, 90, 0];
  return words
    .map(([name, word], index) => {
      const at = widths.slice(0, index).reduce((sum, width) => sum + width, 4);
      return `<rect class="${name}" x="${String(at)}" y="6" width="14" height="9"/><text x="${String(at + 20)}" y="15">${word}</text>`;
    })
    .join('');
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
