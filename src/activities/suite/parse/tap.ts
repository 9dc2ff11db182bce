import { type FinalResults, Parser, type Result } from 'tap-parser';
import { PermanentError } from '../../../base/errors.ts';
import { isRecord } from '../../../base/json.ts';
import { Cases, type ReportedCase } from './cases.ts';
import { Lines } from './lines.ts';
import type { ReportParser } from './report.ts';

/** Subtests within each other. */
const MOST_DEPTH = 64;
const LONGEST_LINE = 100_000;
/** Characters of a test's diagnostics that are kept. */
const KEPT = 8_000;

/** The diagnostics of a test: the YAML between `---` and `...`. */
interface Block {
  readonly number: number;
  readonly indent: string;
  text: string;
}

/**
 * Reads a report in TAP 13 or 14, piece by piece. The diagnostics are kept as text: YAML from a hostile program is not read. In their place the
 * parser gets their number.
 */
export class TapParser implements ReportParser {
  readonly #lines = new Lines((line) => {
    this.#line(line);
  }, LONGEST_LINE);
  readonly #tap = new Parser();
  readonly #level: Level;
  readonly #diagnostics = new Map<number, string>();
  #block: Block | undefined;
  #blocks = 0;
  /** Whether the line before was a test, which diagnostics may follow. */
  #afterTest = false;

  constructor() {
    this.#level = new Level(this.#tap, '', 0, this.#diagnostics);
  }

  write(text: string): void {
    this.#lines.write(text);
  }

  end(): Cases {
    this.#lines.end();
    if (this.#block !== undefined) throw new PermanentError('it is cut off within the diagnostics of a test');
    this.#tap.end();
    const cases = new Cases();
    for (const one of this.#level.ended()) cases.add(one);
    return cases;
  }

  #line(line: string): void {
    if (this.#block !== undefined) {
      const { indent, number } = this.#block;
      const isOver = line === `${indent}...`;
      if (!isOver && (line.startsWith(indent) || line.trim() === '')) {
        if (this.#block.text.length < KEPT) this.#block.text += `${line.slice(indent.length)}\n`;
        return;
      }
      this.#diagnostics.set(number, this.#block.text);
      this.#block = undefined;
      this.#tap.write(`${indent}---\n${indent}number: ${number}\n${indent}...\n`);
      if (isOver) return;
    }
    const begins = this.#afterTest ? /^(\s+)---$/.exec(line) : null;
    if (begins !== null) {
      this.#blocks += 1;
      this.#block = { number: this.#blocks, indent: begins[1] ?? '', text: '' };
      return;
    }
    this.#afterTest = /^\s*(not )?ok\b/.test(line);
    this.#tap.write(`${line}\n`);
  }
}

/** The tests of one level: of the report, or of a test that has subtests. */
class Level {
  readonly #parser: Parser;
  readonly #name: string;
  readonly #diagnostics: Map<number, string>;
  readonly #cases: ReportedCase[] = [];
  /** The subtests of the test that comes next. */
  #child: Level | undefined;
  #results: FinalResults | undefined;

  constructor(parser: Parser, name: string, depth: number, diagnostics: Map<number, string>) {
    if (depth > MOST_DEPTH) throw new PermanentError(`its subtests are nested more than ${MOST_DEPTH} deep`);
    this.#parser = parser;
    this.#name = name;
    this.#diagnostics = diagnostics;
    parser.on('child', (child: Parser) => {
      this.#child = new Level(child, child.name, depth + 1, diagnostics);
    });
    parser.on('assert', (result: Result) => {
      this.#add(result);
    });
    parser.on('complete', (results: FinalResults) => {
      this.#results = results;
    });
  }

  /**
   * The cases of a level that is complete.
   *
   * @throws PermanentError when it is cut off or malformed
   */
  ended(): readonly ReportedCase[] {
    const where = this.#name === '' ? 'it' : `"${this.#name.slice(0, 100)}"`;
    const { bailedOut } = this.#parser;
    if (bailedOut !== false) {
      const why = typeof bailedOut === 'string' ? `: ${bailedOut.slice(0, 200)}` : '';
      throw new PermanentError(`the program bailed out${why}`);
    }
    const { plan, count = 0, failures = [] } = this.#results ?? {};
    const { start, end } = plan ?? {};
    if (typeof start !== 'number' || typeof end !== 'number' || this.#child !== undefined) {
      throw new PermanentError(`${where} is cut off: there is no plan such as 1..${Math.max(1, count)}`);
    }
    const planned = Math.max(0, end - start + 1);
    if (count !== planned) throw new PermanentError(`${where} has ${count} of ${planned} planned tests`);
    const odd = failures.flatMap(({ tapError }) => (typeof tapError === 'string' ? [tapError] : []))[0];
    if (odd !== undefined) throw new PermanentError(`${where} is no valid TAP: ${odd}`);
    return this.#cases;
  }

  #add(result: Result): void {
    const child = this.#child;
    this.#child = undefined;
    const within = child?.ended() ?? [];
    const group = child === undefined || child.#name === '' ? result.name : child.#name;
    for (const one of within) this.#cases.push({ ...one, path: [group, ...one.path] });
    // A test that has subtests is one itself only when it fails although none of them does.
    const isGroup = within.length > 0 && (result.ok || within.some(({ state }) => state === 'failed'));
    const own = this.#caseOf(result);
    if (!isGroup) this.#cases.push(own);
  }

  #caseOf({ ok, name, skip, todo, time, diag }: Result): ReportedCase {
    const number: unknown = isRecord(diag) ? diag['number'] : undefined;
    const text = typeof number === 'number' ? (this.#diagnostics.get(number) ?? '') : '';
    if (typeof number === 'number') this.#diagnostics.delete(number);
    const isSkipped = skip !== false || todo !== false;
    const isFailed = !ok && !isSkipped;
    return {
      path: [],
      name,
      state: isSkipped ? 'skipped' : isFailed ? 'failed' : 'passed',
      ms: time ?? Number(/^duration_ms: *([\d.]+)/m.exec(text)?.[1] ?? 0),
      ...(isFailed ? { message: messageIn(text), stack: text } : {}),
    };
  }
}

/** The value of `error` or `message` in diagnostics, without their YAML. */
function messageIn(diagnostics: string): string {
  const [, value = '', next = ''] = /^(?:error|message): *(.*)\n?(.*)/m.exec(diagnostics) ?? [];
  const written = /^[|>][+-]?$/.test(value.trim()) ? next.trim() : value.trim();
  return /^(['"]).*\1$/.test(written) ? written.slice(1, -1) : written;
}
