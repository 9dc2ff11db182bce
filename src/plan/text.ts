/** One line without surplus white space. */
export function singleLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** For comparing what people write: case, dashes and white space do not count. */
export function normalise(text: string): string {
  return singleLine(text)
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .toLowerCase();
}

/** The lines of a text, by the line endings that Markdown knows. */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** `"a", "b"` */
export function quoteAll(words: Iterable<string>): string {
  return [...words].map((word) => `"${word}"`).join(', ');
}

/** `1 day`, `2.5 days` */
export function days(count: number): string {
  const rounded = Math.round(count * 100) / 100;
  return counted(rounded, 'day');
}

/** `1 finding`, `2 findings`, `3 histories` */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
