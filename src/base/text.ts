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

/** Workflow ids are free text; a file name is not, and must not lead out of the folder. */
export function safeName(id: string): string {
  return encodeURIComponent(id).replaceAll('.', '%2E').slice(0, 200);
}

/** Summaries and details are metadata that the server limits; a longer one fails the workflow task. */
export const SUMMARY_CHARACTERS = 200;
export const DETAILS_CHARACTERS = 20_000;

/** One line, at most 200 characters. */
export function clipSummary(text: string): string {
  return clip(text.replace(/\s+/g, ' ').trim(), SUMMARY_CHARACTERS);
}

/** At most 20,000 characters, cut at a line. */
export function clipDetails(markdown: string): string {
  if (markdown.length <= DETAILS_CHARACTERS) return markdown;
  const room = markdown.slice(0, DETAILS_CHARACTERS - 40);
  return `${room.slice(0, room.lastIndexOf('\n'))}\n\n… cut; see the status query\n`;
}

/** Text of at most that many characters, with a mark where some are left out. */
export function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

const LINE_CHARACTERS = 500;

/** What people write and checks find, on one line of a list. */
export function line(text: string): string {
  return clip(text.replace(/\s+/g, ' '), LINE_CHARACTERS).toWellFormed();
}

/** Lines of Markdown that show commands ready to paste; none where there are none. */
export function codeBlock(commands: readonly string[]): string[] {
  return commands.length === 0 ? [] : ['', '```', ...commands, '```'];
}
