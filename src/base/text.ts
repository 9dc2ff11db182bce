/** Collapses white space, line breaks included, to single spaces. */
export function singleLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Normal form for comparing texts that people write: case, kinds of dashes and amounts of white space do not count. */
export function normalise(text: string): string {
  return singleLine(text)
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .toLowerCase();
}

/** The lines of a text. The line endings are those of Markdown. */
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

/** Makes a file name of a workflow id, which is free text: the name must not lead out of its folder. */
export function safeName(id: string): string {
  return encodeURIComponent(id).replaceAll('.', '%2E').slice(0, 200);
}

/** Characters of a summary that the Web UI shows. The server takes 400 bytes, and a longer one fails the workflow task. */
export const SUMMARY_CHARACTERS = 120;
/** Limit of the server for details, which are user metadata as well. */
export const DETAILS_CHARACTERS = 20_000;
/** What stands between the parts of a summary. */
const BETWEEN = ' · ';
/** Below this, a part of a summary says nothing any more. */
const SHORTEST_PART = 8;

/**
 * Makes one line of at most 120 characters. Where a summary with several parts is longer, its longest parts are cut, so that each can be
 * told: `A task with a very long ti… · development`.
 */
export function clipSummary(text: string): string {
  const summary = singleLine(text);
  if (summary.length <= SUMMARY_CHARACTERS) return summary;
  const parts = summary.split(BETWEEN);
  let room = SUMMARY_CHARACTERS - BETWEEN.length * (parts.length - 1);
  if (room < SHORTEST_PART * parts.length) return clip(summary, SUMMARY_CHARACTERS);
  // What short parts leave is for the long ones.
  const limits = new Map<number, number>();
  const shortestFirst = parts.map(({ length }, index) => ({ length, index })).sort((a, b) => a.length - b.length);
  for (const [done, { length, index }] of shortestFirst.entries()) {
    const limit = Math.min(length, Math.floor(room / (parts.length - done)));
    limits.set(index, limit);
    room -= limit;
  }
  return parts.map((part, index) => clip(part, limits.get(index) ?? 0)).join(BETWEEN);
}

/** Cuts a text to at most 20,000 characters, at the end of a line. */
export function clipDetails(markdown: string): string {
  if (markdown.length <= DETAILS_CHARACTERS) return markdown;
  const room = markdown.slice(0, DETAILS_CHARACTERS - 40);
  return `${room.slice(0, room.lastIndexOf('\n'))}\n\n… cut; see the status query\n`;
}

/** Cuts a text to at most `limit` characters; an ellipsis marks the cut. */
export function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

/** Control characters, and those that are invisible or turn the direction of writing: what a reader sees would not be what is there. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Makes one line of at most `limit` characters out of text from outside; white space and unseen characters become single spaces. */
export function plainLine(text: string, limit: number): string {
  return clip(singleLine(text.replace(UNSEEN, ' ')), limit).toWellFormed();
}

const LINE_CHARACTERS = 500;

/** Cuts free text, from a person or a check, to one line of a list: at most 500 characters. */
export function line(text: string): string {
  return clip(text.replace(/\s+/g, ' '), LINE_CHARACTERS).toWellFormed();
}

/** Markdown lines of a code block with commands to paste; empty when there are no commands. */
export function codeBlock(commands: readonly string[]): string[] {
  return commands.length === 0 ? [] : ['', '```', ...commands, '```'];
}

/** The beginning of a revision, for people: twelve characters on one line. */
export function shortOf(revision: string): string {
  return plainLine(revision, 200).slice(0, 12);
}
