import { type DateFormat, parseIso } from './dates.ts';
import { expectedLength, type Length, parseLength } from './time.ts';
import type { Hints, Point, ProblemCollector } from '../problems.ts';

/** One line with a bar: `Networking Configuration :crit, a2, after a1, 2d`. */
export interface BarStatement {
  readonly title: string;
  /** Absent when the line has no id. */
  readonly id?: string;
  readonly tags: readonly string[];
  readonly start: BarStart;
  readonly end: BarEnd;
  readonly point: Point;
}

export type BarStart =
  | { readonly type: 'previous'; readonly point: Point }
  | { readonly type: 'after'; readonly ids: readonly Field[] }
  | { readonly type: 'at'; readonly time: number; readonly point: Point };

export type BarEnd =
  | { readonly type: 'length'; readonly length: Length; readonly point: Point }
  | { readonly type: 'until'; readonly ids: readonly Field[]; readonly point: Point }
  /** `fixed`: an ISO date without a time of day. Mermaid does not move such an end for days off. */
  | { readonly type: 'at'; readonly time: number; readonly fixed: boolean; readonly point: Point };

/** A piece of a line, with its place in the document. */
export interface Field {
  readonly text: string;
  readonly point: Point;
}

/** Mermaid's tags. `vert` marks a vertical line across the chart, which is not a task. */
const tagNames = ['done', 'active', 'crit', 'milestone', 'vert'];
const expectedBar = 'Title :id, start, length';
const noLength: Length = { time: 0, months: 0 };

/** Reads one bar. A part that cannot be read is reported and gets a harmless value, so that the rest of the chart is still read. */
export function readBar(
  title: Field,
  data: Field,
  dates: DateFormat | undefined,
  problems: ProblemCollector,
): BarStatement {
  const fields = splitFields(data);
  const tags = takeTags(fields);
  const { id, start, end } = assign(fields);
  const where = fields[0]?.point ?? data.point;
  const bar = { title: title.text, tags, point: title.point };

  if (end === undefined || fields.length > 3 || fields.some(({ text }) => text === '')) {
    problems.error('gantt-bar', `The bar "${title.text}" does not say when it runs.`, where, {
      expected: expectedBar,
      ...(fields.length <= 3 ? {} : { suggestion: 'A title holds no colon, and a field no comma.' }),
    });
    return {
      ...bar,
      // With some id, an `after` that names the bar does not cause a second error.
      id: fields.find(({ text }) => text !== '')?.text ?? title.text,
      start: { type: 'after', ids: [] },
      end: { type: 'length', length: noLength, point: where },
    };
  }
  return {
    ...bar,
    ...(id === undefined ? {} : { id: readId(id, problems) }),
    start: start === undefined ? { type: 'previous', point: where } : readStart(start, dates, problems),
    end: readEnd(end, dates, problems),
  };
}

/** True when the text after a colon is that of a bar. It tells whether a line that Mermaid reads as something else was meant as a bar. */
export function isBarData(text: string): boolean {
  const fields = splitFields({ text, point: { line: 1, column: 1 } });
  takeTags(fields);
  const [end, start] = [fields.at(-1)?.text ?? '', fields.at(-2)?.text ?? ''];
  if (fields.length === 0 || fields.length > 3 || fields.some((field) => field.text === '')) return false;
  return /^\d+(\.\d+)?(ms|[smhdwMy])$|^until\s/.test(end) || [start, end].some(saysWhen);
}

function saysWhen(text: string): boolean {
  return /^after\s/.test(text) || parseIso(text) !== undefined;
}

interface Assigned {
  readonly id?: Field;
  readonly start?: Field;
  readonly end?: Field;
}

/** Mermaid tells the fields apart only by how many there are: `end`, `start, end`, `id, start, end`. */
function assign(fields: readonly Field[]): Assigned {
  const [first, second, third] = fields;
  if (first === undefined) return {};
  if (second === undefined) return { end: first };
  return third === undefined ? { start: first, end: second } : { id: first, start: second, end: third };
}

function readId(field: Field, problems: ProblemCollector): string {
  if (!/^[\p{L}\p{N}_.-]+$/u.test(field.text)) {
    problems.error('gantt-id', `"${field.text}" cannot be the id of a bar.`, field.point, {
      expected: 'letters, digits, "_", "." and "-"',
    });
  }
  return field.text;
}

function readStart(field: Field, dates: DateFormat | undefined, problems: ProblemCollector): BarStart {
  const after = /^after\s+/.exec(field.text);
  if (after !== null) return { type: 'after', ids: readIds(field, after[0].length, problems) };
  const time = dates?.parse(field.text) ?? (dates?.counts === 'dates' ? parseIso(field.text) : undefined);
  if (time !== undefined) return { type: 'at', time, point: field.point };
  // Without a readable dateFormat every date would be an error; the error about the dateFormat is enough.
  if (dates !== undefined) {
    problems.error('gantt-start', `"${field.text}" is not a start.`, field.point, {
      expected: `a date as dateFormat ${dates.format} writes it (${dates.example}), or "after" and the ids of bars`,
      ...suggestStart(field.text),
    });
  }
  return { type: 'after', ids: [] };
}

function suggestStart(text: string): Hints {
  if (/^after\s/i.test(text)) return { suggestion: 'Write "after" in lower case, as Mermaid requires.' };
  if (/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(text)) {
    return { suggestion: 'After an id, write a start and a length. Only a bar without an id may leave out the start.' };
  }
  if (parseIso(text.replace(/\s*(Z|[+-]\d\d:?\d\d)$/, '')) === undefined) return {};
  return { suggestion: 'Leave the zone out: all dates of a plan are in one zone.' };
}

function readEnd(field: Field, dates: DateFormat | undefined, problems: ProblemCollector): BarEnd {
  const { text, point } = field;
  const until = /^until\s+/.exec(text);
  if (until !== null) return { type: 'until', ids: readIds(field, until[0].length, problems), point };
  const time = dates?.parse(text);
  if (time !== undefined) return { type: 'at', time, fixed: /^\d{4}-\d\d-\d\d$/.test(text), point };
  const length = parseLength(text);
  const varies = length !== undefined && length.months > 0 && dates?.counts !== 'dates';
  if (length !== undefined && !varies) {
    if (length.drawnAs !== undefined) reportDrawn(field, length.drawnAs, problems);
    return { type: 'length', length, point };
  }
  if (dates !== undefined || /^\d+(\.\d+)?\s*[A-Za-z]+$/.test(text)) {
    problems.error('gantt-length', `"${text}" is neither a length nor an end.`, point, {
      expected: expectedLength,
      ...(varies
        ? { suggestion: 'Months and years vary in length: write days or weeks, or dates.' }
        : suggestEnd(text)),
    });
  }
  return { type: 'length', length: noLength, point };
}

function reportDrawn({ text, point }: Field, drawnAs: string, problems: ProblemCollector): void {
  problems.finding('gantt-length-rounded', `Mermaid draws "${text}" as ${drawnAs}, and the plan follows it.`, point, {
    suggestion: 'Write hours; a day has 24.',
  });
}

/** Suggests the form that Mermaid reads: people also write `2D` or `2 days` for `2d`. */
function suggestEnd(text: string): Hints {
  if (/^until\b/i.test(text)) return { suggestion: 'Write "until" in lower case, and the ids of bars after it.' };
  if (/[^%]%%/.test(text)) return { suggestion: 'A comment stands on a line of its own.' };
  const match = /^(\d+(?:\.\d+)?)\s*(d|h|w)[a-z]*$/i.exec(text);
  return match === null ? {} : { suggestion: `Write "${match[1]}${match[2]?.toLowerCase()}".` };
}

/** Reads the ids after `after` and `until`. There Mermaid only reads ids of the letters A to Z, digits, `_` and `-`. */
function readIds(field: Field, from: number, problems: ProblemCollector): Field[] {
  const ids = words(field, from);
  const isOdd = ({ text }: Field): boolean => /[^\w-]/.test(text);
  for (const odd of ids.filter(isOdd)) {
    problems.error('gantt-id', `Mermaid finds no bar by the id "${odd.text}".`, odd.point, {
      expected: 'after "after" and "until", ids made of the letters A to Z, digits, "_" and "-"',
    });
  }
  return ids.filter((id) => !isOdd(id));
}

function takeTags(fields: Field[]): string[] {
  const tags: string[] = [];
  while (tagNames.includes(fields[0]?.text ?? '')) tags.push(fields.shift()?.text ?? '');
  return tags;
}

function splitFields(data: Field): Field[] {
  const fields: Field[] = [];
  let from = 0;
  for (const part of data.text.split(',')) {
    fields.push(piece(data, from, from + part.length));
    from += part.length + 1;
  }
  return fields;
}

function words(field: Field, from: number): Field[] {
  return [...field.text.slice(from).matchAll(/\S+/g)].map((match) =>
    piece(field, from + match.index, from + match.index + match[0].length),
  );
}

/** A part of a field, without surrounding white space. */
export function piece(field: Field, from: number, to: number): Field {
  const part = field.text.slice(from, to);
  const indent = part.length - part.trimStart().length;
  return {
    text: part.trim(),
    point: { line: field.point.line, column: field.point.column + from + indent },
  };
}
