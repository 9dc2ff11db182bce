import { isBarData, type Field } from './bar.ts';
import { GanttLexer, type Token, type TokenKind } from './lexer.ts';
import type { ChartText } from './text.ts';
import { didYouMean } from '../../base/match.ts';
import type { Hints, Point, ProblemCollector } from '../problems.ts';

/** One statement of a chart that the plan depends on. */
export type Statement =
  | { readonly type: 'bar'; readonly title: Field; readonly data: Field }
  | { readonly type: 'section'; readonly title: string; readonly point: Point }
  | { readonly type: Setting; readonly value: Field }
  /** A line with an error, which has been reported. It may have been a bar. */
  | { readonly type: 'refused'; readonly line: string };

type Setting = 'dateFormat' | 'excludes' | 'includes' | 'weekend' | 'inclusiveEndDates';

/** Keywords of the statements that have a value. Those that only change the drawing are read and dropped. */
const valued: { readonly [Kind in TokenKind]?: string } = {
  title: 'title',
  section: 'section',
  dateFormat: 'dateFormat',
  axisFormat: 'axisFormat',
  tickInterval: 'tickInterval',
  todayMarker: 'todayMarker',
  excludes: 'excludes',
  includes: 'includes',
};

const keywords = ['section', 'title', 'dateFormat', 'axisFormat', 'excludes', 'includes', 'inclusiveEndDates'];
const expectedLine = '"section Title" or a bar, as "Title :id, start, length"';

/** Reads the statements of a chart by Mermaid's grammar. A line that Mermaid refuses is an error; so is a bar that it would not draw. */
export function readStatements(chart: ChartText, problems: ProblemCollector): Statement[] {
  return new StatementReader(chart, problems).read();
}

class StatementReader {
  readonly #chart: ChartText;
  readonly #problems: ProblemCollector;
  readonly #lexer: GanttLexer;
  readonly #statements: Statement[] = [];

  constructor(chart: ChartText, problems: ProblemCollector) {
    this.#chart = chart;
    this.#problems = problems;
    this.#lexer = new GanttLexer(chart.text);
  }

  read(): Statement[] {
    // Only white space comes before `gantt`; see `isGantt`.
    let token = this.#lexer.next();
    while (token !== undefined && token.kind !== 'gantt') token = this.#lexer.next();
    // `#statement` returns a token that it has read and not used: the first token of the next statement.
    for (let next = this.#lexer.next(); next !== undefined; next = this.#statement(next) ?? this.#lexer.next());
    return this.#statements;
  }

  #statement(token: Token): Token | undefined {
    const { kind, text, at } = token;
    const end = at + text.length;
    if (kind === 'barTitle') return this.#bar(token);
    if (kind === 'click') return this.#click(token);
    if (valued[kind] !== undefined) this.#valued(kind, valued[kind], token);
    else if (kind === 'weekend' || kind === 'weekday') return this.#day(kind, token);
    else if (kind === 'inclusiveEndDates') this.#statements.push({ type: kind, value: this.#chart.field(end, end) });
    else if (kind === 'accTitle' || kind === 'accDescr') return this.#accessible(kind, token);
    else if (kind === 'comment') this.#comment(token);
    else if (kind !== 'newLine' && kind !== 'accValue') this.#refuse(token);
    return undefined;
  }

  #bar({ text, at }: Token): Token | undefined {
    const title = this.#chart.field(at, at + text.length);
    const data = this.#lexer.next();
    if (data?.kind === 'barData') {
      const from = data.at + 1;
      this.#statements.push({ type: 'bar', title, data: this.#chart.field(from, from + data.text.length - 1) });
      return undefined;
    }
    if (data?.kind === 'colon') {
      this.#error('gantt-bar', `The bar "${title.text}" does not say when it runs.`, this.#after(data), {
        expected: 'Title :id, start, length',
      });
      return undefined;
    }
    const suggestion = didYouMean(title.text.split(/\s/, 1)[0] ?? '', keywords);
    this.#error('gantt-line', `"${title.text}" is not part of a Gantt chart.`, title.point, {
      expected: expectedLine,
      ...(suggestion === undefined ? suggestionFor(title.text) : { suggestion }),
    });
    return data;
  }

  #after({ at, text }: Token): Field['point'] {
    return this.#chart.pointAt(at + text.length);
  }

  #valued(kind: TokenKind, keyword: string, { text, at }: Token): void {
    if (text[keyword.length] === '\n') {
      const message = `"${keyword}" has no value, so Mermaid reads the next line as its value.`;
      this.#error('gantt-line', message, this.#chart.pointAt(at), { expected: `"${keyword}" and its value` });
      // The bars below still belong to a section.
      if (kind === 'section') this.#statements.push({ type: kind, title: '', point: this.#chart.pointAt(at) });
      this.#lexer.restart(at + keyword.length);
      return;
    }
    const value = this.#chart.field(at + keyword.length, at + text.length);
    const colon = value.text.indexOf(':');
    if (colon >= 0 && isBarData(value.text.slice(colon + 1))) this.#loses(keyword, at);
    else if (kind === 'section' && value.text === '') this.#refuse({ kind, text, at });
    else if (kind === 'section') {
      this.#statements.push({ type: kind, title: value.text, point: this.#chart.pointAt(at) });
    } else if (kind === 'dateFormat' || kind === 'excludes' || kind === 'includes') {
      this.#statements.push({ type: kind, value });
    }
  }

  #loses(keyword: string, at: number): void {
    const written = this.#chart.text.slice(at, at + keyword.length);
    this.#error(
      'gantt-keyword',
      `Mermaid reads this line as a "${keyword}" statement and draws no bar.`,
      this.#chart.pointAt(at),
      {
        expected: `a bar whose title does not begin with "${written}"`,
        suggestion: `Begin the title with another word, or with a quotation mark.`,
      },
    );
  }

  /** Reads `weekend friday` and `weekday monday`. Mermaid ends them after the day's name and reads the rest of the line as a bar. */
  #day(kind: 'weekend' | 'weekday', { text, at }: Token): Token | undefined {
    const end = at + text.length;
    const day = /\S+$/.exec(text)?.[0] ?? '';
    if (kind === 'weekend') this.#statements.push({ type: kind, value: this.#chart.field(end - day.length, end) });
    const next = this.#lexer.next();
    if (next?.kind === 'barTitle') {
      this.#problems.finding(
        'gantt-title',
        `Mermaid reads "${text}" as a statement of its own and calls the bar "${next.text.trim()}".`,
        this.#chart.pointAt(at),
        { suggestion: 'Begin the title with another word.' },
      );
    }
    return next;
  }

  #accessible(kind: 'accTitle' | 'accDescr', { at }: Token): Token | undefined {
    const value = this.#lexer.next();
    if (value?.kind !== 'accValue') return value;
    if (isBarData(value.text)) this.#loses(kind, at);
    return undefined;
  }

  #comment({ text, at }: Token): void {
    const words = text.trimStart();
    if (words.startsWith('%%')) return;
    const colon = words.indexOf(':');
    if (colon < 0 || !isBarData(words.slice(colon + 1))) return;
    const place = this.#chart.pointAt(at + text.length - words.length);
    this.#error('gantt-keyword', 'Mermaid reads this line as a comment and draws no bar.', place, {
      expected: 'a bar whose title has no "%" among its first two characters',
    });
  }

  #click(token: Token): Token | undefined {
    const first = this.#lexer.next();
    if (first?.kind !== 'href' && first?.kind !== 'callbackName') {
      this.#refuse(token, {
        expected: '"click id href" and an address in quotation marks, or "click id call name()"',
        suggestion: `${ifBar} than "click".`,
      });
      return undefined;
    }
    let next = this.#lexer.next();
    if (first.kind === 'callbackName' && next?.kind === 'callbackArguments') next = this.#lexer.next();
    if (first.kind === 'callbackName' && next?.kind === 'href') return undefined;
    if (first.kind === 'href' && next?.kind === 'callbackName') {
      next = this.#lexer.next();
      if (next?.kind === 'callbackArguments') return undefined;
    }
    return next;
  }

  #error(code: string, message: string, at: Point, hints: Hints): void {
    this.#problems.error(code, message, at, hints);
    this.#statements.push({ type: 'refused', line: this.#chart.lineOf(at) });
  }

  /** Reports a line that Mermaid refuses, and continues with the next line. */
  #refuse({ kind, at }: Token, hints: Hints = hintsFor(kind)): void {
    const end = this.#chart.lineEnd(at);
    const line = this.#chart.field(at, end);
    if (kind === 'barData' || kind === 'colon') {
      this.#error('gantt-bar', 'A bar has no title.', line.point, { expected: 'Title :id, start, length' });
    } else {
      const quoted = quotedTitle(line.text);
      const suggestion =
        quoted === undefined ? hints.suggestion : `${ifBar}, or put the title into quotation marks: ${quoted}.`;
      this.#error('gantt-line', `Mermaid refuses "${line.text}".`, line.point, {
        ...hints,
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    this.#lexer.restart(end);
  }
}

const ifBar = 'If it is a bar, begin its title with another word';

/** The title of a line that looks like a bar, in quotation marks: Mermaid then reads it as a bar, whatever its first word is. */
function quotedTitle(line: string): string | undefined {
  const colon = line.indexOf(':');
  const title = line.slice(0, Math.max(colon, 0)).trim();
  return title !== '' && isBarData(line.slice(colon + 1)) ? `"${title}"` : undefined;
}

function hintsFor(kind: TokenKind): Hints {
  const another = `${ifBar}.`;
  if (kind === 'topAxis') {
    return { suggestion: 'The axis is put on top by front matter: "config: {gantt: {topAxis: true}}".' };
  }
  if (kind === 'accDescription') return { expected: '"accDescr: text"', suggestion: another };
  if (kind === 'date') return { expected: expectedLine, suggestion: 'A title does not begin with a date.' };
  return { expected: expectedLine, suggestion: another };
}

function suggestionFor(line: string): Hints {
  if (/^displayMode\b/i.test(line)) return { suggestion: 'Write "displayMode: compact" into front matter.' };
  if (/^[#;]/.test(line)) return { suggestion: 'A comment stands on a line of its own and begins with "%%".' };
  return {};
}
