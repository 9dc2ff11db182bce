import type { Field } from './bar.ts';
import type { Point } from '../problems.ts';

/** The text of a chart as Mermaid's lexer receives it, with the place of every character in the document. */
export class ChartText {
  readonly text: string;
  readonly #lines: readonly Field[];
  readonly #starts: readonly number[];
  readonly #byNumber: ReadonlyMap<number, string>;

  constructor(lines: readonly Field[]) {
    this.#lines = withoutComments(lines);
    const starts: number[] = [];
    let at = 0;
    for (const { text } of this.#lines) {
      starts.push(at);
      at += text.length + 1;
    }
    this.#starts = starts;
    this.#byNumber = new Map(this.#lines.map(({ text, point }) => [point.line, text]));
    this.text = this.#lines.map(({ text }) => text).join('\n');
  }

  pointAt(offset: number): Point {
    const line = this.#lineAt(offset);
    const { point } = this.#lines[line] ?? { point: { line: 1, column: 1 } };
    return { line: point.line, column: point.column + offset - (this.#starts[line] ?? 0) };
  }

  /** A part of the text, without surrounding white space. */
  field(from: number, to: number): Field {
    const text = this.text.slice(from, to);
    const indent = text.length - text.trimStart().length;
    return { text: text.trim(), point: this.pointAt(from + (indent < text.length ? indent : 0)) };
  }

  /** Offset of the end of the line that contains an offset. */
  lineEnd(offset: number): number {
    const end = this.text.indexOf('\n', offset);
    return end < 0 ? this.text.length : end;
  }

  /** The whole line of a place in the document. */
  lineOf({ line }: Point): string {
    return this.#byNumber.get(line) ?? '';
  }

  #lineAt(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Removes what Mermaid removes before it reads a chart: front matter, directives (`%%{init: ...}%%`) and lines that begin with `%%`. */
function withoutComments(lines: readonly Field[]): Field[] {
  const kept: Field[] = [];
  let until: string | undefined;
  for (const line of lines) {
    const text = line.text.trim();
    if (until !== undefined) {
      if (text.endsWith(until)) until = undefined;
    } else if (kept.length === 0 && text === '---') until = '---';
    else if (text.startsWith('%%{')) until = text.includes('}%%') ? undefined : '}%%';
    else if (!text.startsWith('%%') && (kept.length > 0 || text !== '')) kept.push(line);
  }
  return kept;
}
