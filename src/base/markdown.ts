/** Renders a table, or the line `none` when there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Escapes text from AWS, so that it stays within its cell and is not read as Markdown. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('\\', '\\\\')
    .replace(/[|<>`*_[\]]/g, '\\$&')
    .trim();
}

/** Joins parts of a document with blank lines. */
export function paragraphs(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
