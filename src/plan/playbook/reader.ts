import { type Document, isCollection, isMap, isNode, isPair, isScalar, type LineCounter, visit } from 'yaml';
import type { z } from 'zod';
import { meantBy } from '../../base/match.ts';
import type { Problem } from '../problems.ts';
import type { Source } from '../source.ts';
import type { Path, PlaybookHints, PlaybookProblems, Section } from '../section.ts';
import { isPolicyKey, keysAt, type Playbook, playbookShape } from './schema.ts';
import { keysInShape, shapeInWords } from './words.ts';
import { readPlaybookYaml } from './yaml.ts';

/** A playbook that has been read: its value, if the shape is right, the problems, and the place of every key. */
export class PlaybookReader implements PlaybookProblems {
  readonly problems: Problem[] = [];
  readonly playbook: Playbook | undefined;
  readonly #file: string;
  readonly #document: Document | undefined;
  readonly #lines: LineCounter;

  readonly #sections: readonly Section[];

  /** @param sections parts of the playbook that capabilities own */
  constructor({ file, text }: Source, sections: readonly Section[]) {
    this.#sections = sections;
    const { document, lines, value, errors } = readPlaybookYaml(text);
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
    for (const { message, offset } of errors) this.#add('error', 'yaml', `${message}.`, offset);
    // A file with comments only is an empty playbook.
    this.playbook = errors.length > 0 ? undefined : this.#read(value ?? {});
  }

  /** Reports an error at the key that the path leads to. */
  error(code: string, path: Path, message: string, hints: PlaybookHints = {}): void {
    this.#add('error', code, message, this.#offset(path), hints);
  }

  finding(code: string, path: Path, message: string, hints: PlaybookHints = {}): void {
    this.#add('finding', code, message, this.#offset(path), hints);
  }

  /**
   * Reports the issues that zod found below a path, each at its own key.
   *
   * @param shape shape of the value at the path, if a kind defines it; it supplies the known keys for suggestions
   */
  shapeErrors(path: Path, issues: readonly z.core.$ZodIssue[], shape?: z.ZodType): void {
    for (const issue of issues) this.#shapeError(path, deepest(issue), shape);
  }

  /** Calls `visitor` with every text value of the playbook, and with a function that reports an error at the text. */
  eachText(
    visitor: (text: string, error: (code: string, message: string, hints?: PlaybookHints) => void) => void,
  ): void {
    if (this.#document === undefined) return;
    visit(this.#document, {
      Scalar: (key, { value, range }) => {
        if (key === 'key' || typeof value !== 'string') return;
        visitor(value, (code, message, hints = {}) => {
          this.#add('error', code, message, range?.[0] ?? 0, hints);
        });
      },
    });
  }

  #read(value: unknown): Playbook | undefined {
    const shape = playbookShape(this.#sections);
    const parsed = shape.safeParse(value);
    if (parsed.success) return parsed.data;
    this.shapeErrors([], parsed.error.issues);
    const sound = withoutFaults(value, parsed.error.issues);
    return sound === undefined ? undefined : shape.safeParse(sound).data;
  }

  #shapeError(base: Path, issue: z.core.$ZodIssue, shape: z.ZodType | undefined): void {
    const path = [...base, ...issue.path];
    const beside = misplaced(path, issue);
    if (beside !== undefined) {
      this.error('key-unknown', beside, `"${String(beside.at(-1))}" is not a criterion.`, {
        suggestion: underPolicy(beside),
      });
    } else if (issue.code === 'unrecognized_keys') {
      const known = shape === undefined ? keysAt(path, this.#sections) : keysInShape(shape, issue.path);
      for (const key of issue.keys) this.#unknownKey(path, key, known);
    } else {
      const words = shapeInWords(issue, this.#document?.getIn(path.map(String)));
      this.error('shape', path, `${path.map(String).join('.') || 'The playbook'}: ${words}.`);
    }
  }

  #unknownKey(path: Path, key: string, known: readonly string[]): void {
    const at = [...path, key];
    if (known.includes(key)) {
      const others = known.filter((one) => one !== key).join(' and ');
      this.error('key-unknown', at, `"${key}" and ${others} exclude each other: keep one of them.`);
    } else if (path.length === 0 && isPolicyKey(['gates', 'entry', key])) {
      this.error('key-unknown', at, `There is no key "${key}" here.`, { suggestion: underPolicy(at) });
    } else this.error('key-unknown', at, `There is no key "${key}" here.`, meantBy(key, known));
  }

  /** Adds a problem once. The same fault is found again for each environment. */
  #add(severity: Problem['severity'], code: string, message: string, offset: number, hints: PlaybookHints = {}): void {
    const { line, col } = this.#lines.linePos(offset);
    // In an empty file, line and column are 0.
    const place = { file: this.#file, line: line || 1, column: col || 1 };
    const isKnown = this.problems.some(
      (one) =>
        one.message === message &&
        one.place.line === place.line &&
        one.place.column === place.column &&
        one.blocks === hints.blocks,
    );
    if (!isKnown) this.problems.push({ severity, code, message, place, ...hints });
  }

  /** Offset of the key at the end of a path, or of the innermost key on the path that exists. */
  #offset(path: Path): number {
    let node: unknown = this.#document?.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const key of path) {
      if (!isCollection(node)) break;
      const item: unknown = isMap(node)
        ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
        : node.items[Number(key)];
      const place: unknown = isPair(item) ? item.key : item;
      if (!isNode(place)) break;
      offset = place.range?.[0] ?? offset;
      node = isPair(item) ? item.value : item;
    }
    return offset;
  }
}

/** The path of a policy key that was written beside the criteria of a gate, where it is read as a criterion. */
function misplaced(path: Path, issue: z.core.$ZodIssue): Path | undefined {
  const last = path.length - (issue.code === 'unrecognized_keys' ? 0 : 1);
  // Such a path has three to seven keys.
  for (let length = 3; length <= Math.min(last + 1, 7); length += 1) {
    if (isPolicyKey(path.slice(0, length))) return path.slice(0, length);
  }
  return undefined;
}

function underPolicy(path: Path): string {
  const key = String(path.at(-1));
  return `Rules for a gate as a whole stand under "policy": write policy: { ${key}: … }.`;
}

/**
 * Finds the most useful issue of a union that no alternative matches: the one with the longest path, because that alternative is
 * probably the intended one. If no path is longer than that of the value itself, the union's own message is better, if it has one.
 */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().map(deepest);
  const best = inner.toSorted((a, b) => rank(b) - rank(a))[0];
  if (best === undefined || (rank(best) < 1 && issue.message !== UNION_DEFAULT)) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

/** Zod's message for a union without a message of its own. */
const UNION_DEFAULT = 'Invalid input';

function rank(issue: z.core.$ZodIssue): number {
  // A missing key may belong to another alternative. An unknown key in an alternative is a better sign of what the author meant.
  if (issue.code === 'unrecognized_keys') return issue.path.length + 1;
  return issue.path.length - (issue.message.endsWith('received undefined') ? 0.5 : 0);
}

/**
 * Removes the parts of `gates` and `milestones` whose shape is wrong, so that the rest can be bound and all problems are reported at
 * once. Returns `undefined` when a part that other parts refer to is wrong: one mistake there would be reported many times.
 */
function withoutFaults(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const { path, ...issue } of issues) {
    const faults = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    const isRootKey = path.length === 0 && issue.code === 'unrecognized_keys';
    if (!isRootKey && path[0] !== 'gates' && path[0] !== 'milestones') return undefined;
    for (const fault of faults) remove(copy, removable(fault));
  }
  return copy;
}

/** The part to remove for a fault. A list or a criterion is removed as a whole, because a part of it would mean something else. */
function removable(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const last = path.at(-1);
  const whole = typeof last === 'number' ? path.slice(0, -1) : path;
  if (path[0] === 'gates') return whole.slice(0, 3);
  if (path[4] === 'gate') return whole.slice(0, 6);
  return path[2] === 'tasks' || path[2] === 'lanes' ? whole : whole.slice(0, 4);
}

function remove(value: unknown, path: readonly PropertyKey[]): void {
  let holder = value;
  for (const key of path.slice(0, -1)) holder = isObject(holder) ? Reflect.get(holder, key) : undefined;
  const last = path.at(-1);
  if (isObject(holder) && last !== undefined) Reflect.deleteProperty(holder, last);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
