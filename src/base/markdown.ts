import { plainLine } from './text.ts';

/** Renders a table, or the line `none` when there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const line = (cells: readonly string[]) => `| ${cells.map(inert).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Escapes text from outside for one line, or one cell: it is not read as Markdown or HTML. */
export function inert(text: string): string {
  return plainLine(text, Infinity)
    .replaceAll('\\', '\\\\')
    .replace(/[|<>`*_~[\]&]/g, '\\$&');
}

/** Joins parts of a document with blank lines. */
export function paragraphs(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
