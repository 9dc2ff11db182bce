import { splitLines } from './text.ts';

/** Deeper than any playbook or template that somebody writes, and shallow enough for a recursive parser. */
const DEEPEST = 200;

/**
 * Whether a YAML text is nested so deeply that it must not be parsed: the parser is recursive, and when V8 compiles a regular
 * expression at the end of the stack it ends the whole process. Counts what may open a level, without understanding it.
 */
export function isTooDeep(text: string): boolean {
  let brackets = 0;
  const columns: number[] = [];
  for (const line of splitLines(text)) {
    const [indicators = ''] = /^[ \t?-]*/.exec(line) ?? [];
    const opened = [...indicators.matchAll(/[?-](?=\s)/g)].map(({ index }) => index).concat(indicators.length);
    const [first = 0] = opened;
    while ((columns.at(-1) ?? -1) >= first) columns.pop();
    columns.push(...opened);
    for (const [bracket] of line.matchAll(/[[\]{}]/g)) {
      brackets = bracket === '[' || bracket === '{' ? brackets + 1 : Math.max(0, brackets - 1);
      if (brackets > DEEPEST) return true;
    }
    if (columns.length + brackets > DEEPEST) return true;
  }
  return false;
}
