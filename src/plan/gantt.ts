import { type BarStatement, type Field, piece, readBar } from './gantt-bar.ts';
import { type DateReader, dateReader, defaultDateFormat } from './gantt-time.ts';
import { didYouMean } from './nearest.ts';
import type { Point, ProblemCollector } from './problem-collector.ts';
import { scheduleBars } from './schedule.ts';
import { splitLines } from './text.ts';

/** A Gantt chart as Mermaid draws it. */
export interface Gantt {
  readonly sections: readonly GanttSection[];
  /** From the first start to the last end. */
  readonly plannedDays: number;
}

export interface GanttSection {
  readonly title: string;
  readonly bars: readonly GanttBar[];
  readonly point: Point;
}

export interface GanttBar {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  /** Days from the chart's first start. */
  readonly start: number;
  readonly days: number;
  /** Ids of the bars that it follows. */
  readonly after: readonly string[];
  readonly point: Point;
}

export interface SectionStatement {
  readonly title: string;
  readonly bars: BarStatement[];
  readonly point: Point;
}

/** Statements that say how the chart looks, not what is done when. */
const drawing =
  /^((title|axisFormat|tickInterval|todayMarker|displayMode|weekday|weekend|click)\s|topAxis$|acc(Title|Descr)\s*[:{])/i;
const statements = ['section', 'title', 'dateFormat', 'axisFormat', 'excludes', 'includes', 'inclusiveEndDates'];

/** Whether a Mermaid block is a Gantt chart; Mermaid draws other things too. */
export function isGantt(code: string): boolean {
  return /^gantt\s*$/i.test(chartLines(splitLines(code).map(unplaced))[0]?.text ?? '');
}

/**
 * Reads the lines of a Mermaid Gantt chart, each with its place in the document. Total: whatever is wrong is reported, and
 * the rest is read all the same.
 */
export function readGantt(lines: readonly Field[], problems: ProblemCollector): Gantt {
  const [keyword, ...body] = chartLines(lines);
  const dates = readDateFormat(body, problems);
  const sections: SectionStatement[] = [];
  let inclusiveEnds = false;
  for (const line of body) {
    const section = /^section\s+/i.exec(line.text);
    if (section !== null) {
      sections.push({ title: line.text.slice(section[0].length), bars: [], point: line.point });
    } else if (/^(dateFormat\s|inclusiveEndDates$)/i.test(line.text)) {
      inclusiveEnds ||= /^inclusiveEndDates$/i.test(line.text);
    } else if (/^(excludes|includes)\s/i.test(line.text)) {
      problems.finding(
        'gantt-working-days',
        `"${line.text}" is not followed: a plan day is a day of work.`,
        line.point,
      );
    } else if (!drawing.test(line.text)) {
      addBar(line, sections.at(-1), dates, problems);
    }
  }
  if (sections.length === 0 && !body.some(({ text }) => text.includes(':'))) {
    problems.error('gantt-section', 'The Gantt chart has no section.', keyword?.point ?? { line: 1, column: 1 }, {
      expected: 'a line "section Title" for each lane, with its bars below it',
    });
  }
  for (const { title, bars, point } of sections) {
    if (bars.length > 0) continue;
    problems.error('gantt-section', `The section "${title}" has no bar.`, point, {
      expected: 'at least one bar, as "Title :id, start, length"',
    });
  }
  const countsDays = dates === undefined || /^DD?$/.test(dates.format);
  return scheduleBars(sections, { countsDays, inclusiveEnds }, problems);
}

function addBar(
  line: Field,
  section: SectionStatement | undefined,
  dates: DateReader | undefined,
  problems: ProblemCollector,
): void {
  if (!line.text.includes(':')) {
    const word = line.text.split(/\s/, 1)[0] ?? '';
    const suggestion = didYouMean(word, statements);
    problems.error('gantt-line', `"${line.text}" is not part of a Gantt chart.`, line.point, {
      expected: '"section Title" or a bar, as "Title :id, start, length"',
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    return;
  }
  const bar = readBar(line, dates, problems);
  if (section !== undefined) section.bars.push(bar);
  else {
    problems.error('gantt-section', `The bar "${bar.title}" stands in no section.`, line.point, {
      expected: 'a line "section Title" above it: every section is a lane',
    });
  }
}

/** It holds for the whole chart, wherever it stands. */
function readDateFormat(body: readonly Field[], problems: ProblemCollector): DateReader | undefined {
  const line = body.find(({ text }) => /^dateFormat\s/i.test(text));
  if (line === undefined) return dateReader(defaultDateFormat);
  const format = piece(line, 'dateFormat'.length, line.text.length);
  const reader = dateReader(format.text);
  if (reader === undefined) {
    problems.error('gantt-date-format', `The dateFormat "${format.text}" is not supported.`, format.point, {
      expected: 'D (plan days), or a date made of YYYY, MM and DD, with HH, mm and ss where hours count',
    });
  }
  return reader;
}

/** What the chart says, line by line: without comments, front matter and multi-line descriptions. */
function chartLines(lines: readonly Field[]): Field[] {
  const said: Field[] = [];
  let until: string | undefined;
  for (const line of lines) {
    const text = withoutComment(piece(line, 0, line.text.length));
    if (until !== undefined) {
      if (text.text.endsWith(until)) until = undefined;
    } else if (said.length === 0 && text.text === '---') until = '---';
    else if (/^accDescr\s*\{[^}]*$/i.test(text.text)) until = '}';
    else if (text.text !== '') said.push(text);
  }
  return said;
}

/** Mermaid skips lines that begin with `%%` and whatever follows `#` or `;` in a bar. */
function withoutComment(line: Field): Field {
  if (line.text.startsWith('%%') || line.text.startsWith('#')) return { ...line, text: '' };
  const colon = line.text.indexOf(':');
  const end = colon < 0 ? -1 : line.text.slice(colon).search(/[#;]/);
  return end < 0 ? line : piece(line, 0, colon + end);
}

function unplaced(text: string): Field {
  return { text, point: { line: 1, column: 1 } };
}
