import { splitLines } from '../../base/text.ts';
import type { Point, ProblemCollector } from '../problems.ts';
import { type BarStatement, type Field, readBar } from './bar.ts';
import { type DateFormat, dateFormat, defaultDateFormat } from './dates.ts';
import { readDaysOff } from './days-off.ts';
import { isMarker } from './links.ts';
import type { Gantt, SectionStatement } from './model.ts';
import { scheduleBars } from './schedule.ts';
import { readStatements, type Statement } from './statements.ts';
import { ChartText } from './text.ts';

/** True when a Mermaid block is a Gantt chart and not another kind of diagram. */
export function isGantt(code: string): boolean {
  const { text } = new ChartText(splitLines(code).map((line) => ({ text: line, point: { line: 1, column: 1 } })));
  return /^\s*gantt\b/.test(text);
}

/**
 * Reads the lines of a Mermaid Gantt chart, each with its place in the document. Never throws: errors are reported, and the rest of the
 * chart is read.
 */
export function readGantt(lines: readonly Field[], problems: ProblemCollector): Gantt {
  const statements = readStatements(new ChartText(lines), problems);
  const last = (type: Parameters<typeof lastOf>[1]): Field | undefined => lastOf(statements, type, problems);
  const dates = readDateFormat(last('dateFormat'), problems);
  const sections = readSections(statements, dates, problems);
  if (!statements.some(({ type }) => type === 'section' || type === 'bar' || type === 'refused')) {
    problems.error('gantt-section', 'The Gantt chart has no section.', lines[0]?.point ?? { line: 1, column: 1 }, {
      expected: 'a line "section Title" for each lane, with its bars below it',
    });
  }
  const daysOff = readDaysOff(
    dates,
    { excludes: last('excludes'), includes: last('includes'), weekend: last('weekend') },
    problems,
  );
  const inclusiveEnds = statements.some(({ type }) => type === 'inclusiveEndDates');
  const refused = statements.flatMap((one) => (one.type === 'refused' ? [one.line] : []));
  return scheduleBars(sections, { dates, inclusiveEnds, daysOff, refused }, problems);
}

/** Reads the bars of each section. Markers may stand above the first section. */
function readSections(
  statements: readonly Statement[],
  dates: DateFormat | undefined,
  problems: ProblemCollector,
): SectionStatement[] {
  const { above, below } = splitAtSections(statements);
  const bars = (written: readonly Statement[]): BarStatement[] =>
    written.flatMap((one) => (one.type === 'bar' ? [readBar(one.title, one.data, dates, problems)] : []));
  const markers = bars(above).filter((bar) => {
    if (isMarker(bar)) return true;
    problems.error('gantt-section', `The bar "${bar.title}" is not in a section.`, bar.point, {
      expected: 'a line "section Title" above it: every section is a lane',
    });
    return false;
  });
  const sections = below.map(({ title, point, written }): SectionStatement => {
    const section = { title, point, bars: bars(written) };
    // A refused line may have been its bar.
    if (section.bars.length === 0 && !written.some(({ type }) => type === 'refused')) reportEmpty(section, problems);
    return section;
  });
  const [first] = markers;
  return first === undefined ? sections : [{ title: '', point: first.point, bars: markers }, ...sections];
}

interface WrittenSection {
  readonly title: string;
  readonly point: Point;
  readonly written: Statement[];
}

function splitAtSections(statements: readonly Statement[]): { above: Statement[]; below: WrittenSection[] } {
  const above: Statement[] = [];
  const below: WrittenSection[] = [];
  for (const statement of statements) {
    if (statement.type === 'section') {
      below.push({ title: statement.title, point: statement.point, written: [] });
    } else (below.at(-1)?.written ?? above).push(statement);
  }
  return { above, below };
}

function reportEmpty({ title, point }: SectionStatement, problems: ProblemCollector): void {
  problems.error('gantt-section', `The section "${title}" has no bar.`, point, {
    expected: 'at least one bar, as "Title :id, start, length"',
  });
}

/** The value of a statement. If there are several such statements, Mermaid uses the last one. */
function lastOf(
  statements: readonly Statement[],
  type: 'dateFormat' | 'excludes' | 'includes' | 'weekend',
  problems: ProblemCollector,
): Field | undefined {
  const values = statements.flatMap((one) => (one.type === type ? [one.value] : []));
  const last = values.pop();
  for (const { point } of values) {
    problems.finding(
      'gantt-setting-twice',
      `"${type}" appears again on line ${last?.point.line ?? 0}, and only that line counts.`,
      point,
      { suggestion: `Put everything into one "${type}".` },
    );
  }
  return last;
}

function readDateFormat(written: Field | undefined, problems: ProblemCollector): DateFormat | undefined {
  const format = dateFormat(written?.text ?? defaultDateFormat);
  if (format === undefined && written !== undefined) {
    problems.error('gantt-date-format', `The dateFormat "${written.text}" is not supported.`, written.point, {
      expected: 'D (plan days), a date with its year such as YYYY-MM-DD HH:mm, or a time of day such as HH:mm',
      ...(/[xXZ]/.test(written.text)
        ? { suggestion: 'Write dates without zone: those of a plan are all of one.' }
        : {}),
    });
  }
  return format;
}
