/** A table, or a line that says that there is nothing to show. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What comes from AWS stays within its cell, and is text. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('\\', '\\\\')
    .replace(/[|<>`*_[\]]/g, '\\$&')
    .trim();
}

/** Joins parts of a document by empty lines. */
export function paragraphs(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
