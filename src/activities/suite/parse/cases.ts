import { stripVTControlCharacters } from 'node:util';
import { sha256 } from '../../../base/digest.ts';
import { PermanentError } from '../../../base/errors.ts';
import { singleLine } from '../../../base/text.ts';

/** One test of a suite. */
export interface Case {
  /** The same in every run: it depends on names alone, and has at most 200 characters. */
  readonly key: string;
  readonly title: string;
  /** `flaky`: it has failed and then passed. */
  readonly state: 'passed' | 'failed' | 'skipped' | 'flaky';
  /** How long it has run. */
  readonly ms: number;
  /** Why it has failed; of a flaky one, its first failure. */
  readonly message?: string;
  readonly stack?: string;
  /** Ids of criteria of the plan that it is a test of. */
  readonly criteria?: readonly string[];
}

/** A case as a report has it. */
export interface ReportedCase {
  /** Names of what it stands in, from the outside in. */
  readonly path: readonly string[];
  readonly name: string;
  readonly state: Case['state'];
  readonly ms?: number | undefined;
  readonly message?: string | undefined;
  readonly stack?: string | undefined;
  /** Tags such as `@criterion:4.2/exit/1`, and texts that name criteria. */
  readonly tags?: readonly string[];
  readonly criteria?: readonly string[];
}

export const KEY_CHARACTERS = 200;
const TITLE_CHARACTERS = 160;
const MESSAGE_CHARACTERS = 2_000;
const STACK_BYTES = 4_000;
/** Most cases of one report. */
const MOST_CASES = 200_000;
const MOST_CRITERIA = 20;
/** Of a case and all that it stands in. Each is normalised, while nothing else can run. */
const NAMES_CHARACTERS = 20_000;

/** Id of a criterion: `4.2/exit/1`, `completion/3`, `4.1/b1/entry/2`. */
const criterionId = /^(?:[\w.-]{1,40}\/){1,3}\d{1,3}$/;
const criterionTag = /@criterion:(\S+)/g;
/** A tag by itself, which some reports have without its `@`. */
const tagAlone = /^@?criterion:(\S+)$/;
/** C0 and C1 controls, and the marks that change the direction of what people see. */
// eslint-disable-next-line no-control-regex -- They are what has to go.
const unseen = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** The cases of a report, as they are read. */
export class Cases {
  readonly #cases: Case[] = [];
  readonly #counts = new Map<string, number>();

  /** @throws PermanentError beyond 200,000 cases, and for names that are too long */
  add({ path, name, state, ms = 0, message, stack, tags = [], criteria = [] }: ReportedCase): void {
    if (this.#cases.length >= MOST_CASES) {
      throw new PermanentError(`the report has more than ${MOST_CASES} cases; split the suite`);
    }
    const ofTags = tags.flatMap((tag) => tagAlone.exec(tag)?.[1] ?? []);
    const written = [...criteria, ...tagged(name), ...ofTags].filter((id) => criterionId.test(id));
    const ids = [...new Set(written)].slice(0, MOST_CRITERIA);
    if (path.reduce((sum, part) => sum + part.length, name.length) > NAMES_CHARACTERS) {
      throw new PermanentError(`a case of it has names of more than ${NAMES_CHARACTERS} characters together`);
    }
    const title = visible(name);
    const key = this.#unique(keyOf([...path.map(visible), title].filter((part) => part !== '').join(' › ')));
    // A case that is expected to fail has a message although it has passed.
    const hasFailed = state === 'failed' || state === 'flaky';
    const said = hasFailed ? cut(readable(message), MESSAGE_CHARACTERS) : '';
    const trace = hasFailed ? cutBytes(readable(stack), STACK_BYTES) : '';
    this.#cases.push({
      key,
      title: clipped(title === '' ? key : title, TITLE_CHARACTERS),
      state,
      ms: Number.isFinite(ms) && ms > 0 ? Math.round(ms) : 0,
      ...(said === '' ? {} : { message: said }),
      ...(trace === '' ? {} : { stack: trace }),
      ...(ids.length === 0 ? {} : { criteria: ids }),
    });
  }

  /** The cases in the order of the report. */
  all(): readonly Case[] {
    return this.#cases;
  }

  /** Cases with identical names are told apart by their order. */
  #unique(key: string): string {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count === 1) return key;
    const numbered = `${key.slice(0, KEY_CHARACTERS - 8).toWellFormed()} #${count}`;
    // A case may be called as another is numbered.
    return this.#counts.has(numbered) ? this.#unique(numbered) : (this.#counts.set(numbered, 1), numbered);
  }
}

/** Why a case has failed, in its first line: what a fact and a board show. */
export function firstLine(text: string, limit: number): string {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  return clipped(visible(stripVTControlCharacters(line)), limit);
}

/** A name as one line, without tags of criteria. */
function visible(name: string): string {
  return singleLine(name.replace(criterionTag, '').replace(unseen, ' ')).toWellFormed();
}

/** A name that is too long ends in its digest, so that it stays different from others with the same beginning. */
function keyOf(name: string): string {
  if (name === '') return '(no name)';
  if (name.length <= KEY_CHARACTERS) return name;
  return `${name.slice(0, KEY_CHARACTERS - 15).toWellFormed()} … ${sha256(name).slice(0, 12)}`;
}

/** A text of several lines, without the colours of a terminal. */
function readable(text = ''): string {
  return stripVTControlCharacters(text.slice(0, 2 * STACK_BYTES)).trim();
}

function tagged(text: string): string[] {
  return text.includes('@criterion:') ? [...text.matchAll(criterionTag)].map(([, id = '']) => id) : [];
}

function clipped(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

function cut(text: string, limit: number): string {
  return text.slice(0, limit).toWellFormed();
}

function cutBytes(text: string, limit: number): string {
  const characters = cut(text, limit);
  if (Buffer.byteLength(characters) <= limit) return characters;
  return new TextDecoder().decode(Buffer.from(characters).subarray(0, limit)).replace(/\uFFFD+$/, '');
}
