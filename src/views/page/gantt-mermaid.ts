import { clip, plainLine } from '../../base/text.ts';
import { extentOf, type GanttBar, type GanttChart } from './gantt.ts';

const DAY = 86_400_000;

/**
 * The chart for Mermaid, which has one bar a row: a task's is what has happened and is expected, and a mark tells the planned end of each
 * milestone.
 */
export function ganttMermaid(chart: GanttChart): string {
  const { start, end } = extentOf(chart);
  return [
    'gantt',
    `    title ${name(chart.title)}`,
    '    dateFormat x',
    `    axisFormat ${end - start < DAY ? '%H:%M:%S' : '%e %b'}`,
    ...chart.groups.flatMap((group) => [
      `    section ${name(group.title)}`,
      ...group.rows.map(({ label, bar }) => bars(label, bar)),
      `    Planned end :milestone, ${String(group.bar.planned.end)}, 0d`,
    ]),
  ].join('\n');
}

function bars(label: string, { planned, actual, forecast, state, isCritical }: GanttBar): string {
  const tags = [
    ...(state === 'done' ? ['done'] : state === 'running' ? ['active'] : []),
    ...(state === 'late' || isCritical ? ['crit'] : []),
  ];
  const start = actual?.start ?? forecast?.start ?? planned.start;
  const length = Math.max(1, (forecast?.end ?? actual?.end ?? planned.end) - start);
  return `    ${name(label)} :${[...tags, String(Math.round(start)), `${String(Math.round(length))}ms`].join(', ')}`;
}

/** Without what ends a title in Mermaid, or begins something else, and no keyword at its beginning. */
function name(text: string): string {
  const plain = clip(
    plainLine(text, 200)
      .replace(/[:;#%{}<>"`&\\]/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
    80,
  );
  return /^(section|title|click|href|call|dateFormat|axisFormat|excludes|includes|todayMarker|tickInterval|weekday|weekend|acc|gantt)/i.test(
    plain,
  )
    ? `· ${plain}`
    : plain || 'untitled';
}
