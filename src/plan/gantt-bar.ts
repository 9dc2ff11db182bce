import { type DateReader, expectedLength, parseLength } from './gantt-time.ts';
import type { Point, ProblemCollector } from './problem-collector.ts';

/** A bar as its own line states it: `Networking Configuration :crit, a2, after a1, 2d`. */
export interface BarStatement {
  readonly title: string;
  /** Absent where the line gives none. */
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
  | { readonly type: 'length'; readonly time: number }
  | { readonly type: 'at'; readonly time: number; readonly point: Point };

/** A piece of a line and where it stands. */
export interface Field {
  readonly text: string;
  readonly point: Point;
}

const tagNames = ['done', 'active', 'crit', 'milestone'];
const expectedBar = 'Title :id, start, length';

/** Reads one bar. What cannot be read is reported and taken as the mildest value, so that the rest of the chart is still read. */
export function readBar(line: Field, dates: DateReader | undefined, problems: ProblemCollector): BarStatement {
  const colon = line.text.indexOf(':');
  const title = line.text.slice(0, colon).trim();
  if (title === '') problems.error('gantt-bar', 'A bar has no title.', line.point, { expected: expectedBar });

  const data = piece(line, colon + 1, line.text.length);
  const fields = splitFields(data);
  const tags = takeTags(fields);
  const { id, start, end } = assign(fields, dates);
  const where = fields[0]?.point ?? data.point;

  if (end === undefined || fields.length > 3 || fields.some(({ text }) => text === '')) {
    problems.error('gantt-bar', `The bar "${title}" does not say when it runs.`, where, {
      expected: expectedBar,
      ...(title === '' || fields.length <= 3 ? {} : { suggestion: 'A title holds no colon, and a field no comma.' }),
    });
    return {
      title,
      // A name to go on with, so that `after` still finds it.
      id: fields.find(({ text }) => text !== '')?.text ?? title,
      tags,
      start: { type: 'previous', point: where },
      end: { type: 'length', time: 0 },
      point: line.point,
    };
  }
  return {
    title,
    tags,
    ...(id === undefined ? {} : { id: readId(id, problems) }),
    start: start === undefined ? { type: 'previous', point: where } : readStart(start, dates, problems),
    end: readEnd(end, dates, problems),
    point: line.point,
  };
}

interface Assigned {
  readonly id?: Field;
  readonly start?: Field;
  readonly end?: Field;
}

/** Mermaid tells the fields apart by their number alone: `end`, `start, end`, `id, start, end`. */
function assign(fields: readonly Field[], dates: DateReader | undefined): Assigned {
  const [first, second, third] = fields;
  if (first === undefined) return {};
  if (second === undefined) return { end: first };
  if (third !== undefined) return { id: first, start: second, end: third };
  // Mermaid refuses `a2, 2d`; nothing but an id can be meant, and the bar then follows the one before it.
  const isStart =
    /\s|^after$/i.test(first.text) || !/^[A-Za-z_]/.test(first.text) || dates?.parse(first.text) !== undefined;
  return isStart ? { start: first, end: second } : { id: first, end: second };
}

function readId(field: Field, problems: ProblemCollector): string {
  if (!/^[\p{L}\p{N}_.-]+$/u.test(field.text)) {
    problems.error('gantt-id', `"${field.text}" cannot be the id of a bar.`, field.point, {
      expected: 'letters, digits, "_", "." and "-"',
    });
  }
  return field.text;
}

function readStart(field: Field, dates: DateReader | undefined, problems: ProblemCollector): BarStart {
  const after = /^after\s+/i.exec(field.text);
  if (after !== null) return { type: 'after', ids: words(field, after[0].length) };
  const time = dates?.parse(field.text);
  if (time !== undefined) return { type: 'at', time, point: field.point };
  // Without a readable dateFormat every date would be wrong; that one error is enough.
  if (dates !== undefined) {
    problems.error('gantt-start', `"${field.text}" is not a start.`, field.point, {
      expected: `a date as dateFormat ${dates.format} writes it (${dates.example}), or "after" and the ids of bars`,
    });
  }
  return { type: 'after', ids: [] };
}

function readEnd(field: Field, dates: DateReader | undefined, problems: ProblemCollector): BarEnd {
  const length = parseLength(field.text);
  if (length !== undefined) return { type: 'length', time: length };
  const time = dates?.parse(field.text);
  if (time !== undefined) return { type: 'at', time, point: field.point };
  if (dates !== undefined || /^\d+(\.\d+)?\s*[A-Za-z]+$/.test(field.text)) {
    const suggestion = suggestLength(field.text);
    problems.error('gantt-length', `"${field.text}" is neither a length nor an end.`, field.point, {
      expected: expectedLength,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  return { type: 'length', time: 0 };
}

/** `2D`, `2 days` and `2d ` mean the same to people. */
function suggestLength(text: string): string | undefined {
  if (/^until\b/i.test(text)) return 'Write the length, and "after" at the bar that follows.';
  const match = /^(\d+(?:\.\d+)?)\s*(d|h|w)[a-z]*$/i.exec(text);
  if (match !== null) return `Write "${match[1]}${match[2]?.toLowerCase()}".`;
  return /^\d+(\.\d+)?\s*(M|y)/.test(text) ? 'Months and years vary in length: write days or weeks.' : undefined;
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

/** Part of a field, without the white space around it. */
export function piece(field: Field, from: number, to: number): Field {
  const part = field.text.slice(from, to);
  const indent = part.length - part.trimStart().length;
  return {
    text: part.trim(),
    point: { line: field.point.line, column: field.point.column + from + indent },
  };
}
