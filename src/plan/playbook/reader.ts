import { type Document, isCollection, isMap, isNode, isPair, isScalar, type LineCounter, visit } from 'yaml';
import type { z } from 'zod';
import { meantBy } from '../../base/match.ts';
import type { Problem } from '../problems.ts';
import type { Source } from '../source.ts';
import type { Path, PlaybookHints, PlaybookProblems, Section } from '../section.ts';
import { isPolicyKey, keysAt, type Playbook, playbookShape } from './schema.ts';
import { keysInShape, shapeInWords } from './words.ts';
import { readPlaybookYaml } from './yaml.ts';

/** A playbook's text, its value where it has the right shape, and where each of its keys stands. */
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
    // A file that holds comments only is an empty playbook.
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
   * Reports what zod found wrong below a path, each issue at its own key.
   *
   * @param shape of the value there, where it is a kind's own: it knows which keys there are
   */
  shapeErrors(path: Path, issues: readonly z.core.$ZodIssue[], shape?: z.ZodType): void {
    for (const issue of issues) this.#shapeError(path, deepest(issue), shape);
  }

  /** Hands over every text value of the playbook, and a way to report an error where it stands. */
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
      this.error('key-unknown', beside, `"${String(beside.at(-1))}" is no criterion.`, {
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
      this.error('key-unknown', at, `"${key}" does not stand beside ${others}: only one of them does.`);
    } else if (path.length === 0 && isPolicyKey(['gates', 'entry', key])) {
      this.error('key-unknown', at, `There is no key "${key}" here.`, { suggestion: underPolicy(at) });
    } else this.error('key-unknown', at, `There is no key "${key}" here.`, meantBy(key, known));
  }

  /** The same fault is met once for each environment; it is told once. */
  #add(severity: Problem['severity'], code: string, message: string, offset: number, hints: PlaybookHints = {}): void {
    const { line, col } = this.#lines.linePos(offset);
    // An empty file has no line yet.
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

  /** Where the key at the end of a path stands, or the innermost one on the way that exists. */
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

/** Where a rule of a gate's policy was written beside the gate's criteria and so taken for one. */
function misplaced(path: Path, issue: z.core.$ZodIssue): Path | undefined {
  const last = path.length - (issue.code === 'unrecognized_keys' ? 0 : 1);
  // Gates lie within three to six keys.
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
 * Of a union that nothing fits, the issue that came furthest: it is about what the author meant. Where none came further than
 * the value itself, the union's own words are better, if it has any.
 */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().map(deepest);
  const best = inner.toSorted((a, b) => rank(b) - rank(a))[0];
  if (best === undefined || (rank(best) < 1 && issue.message !== UNION_DEFAULT)) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

/** What zod says of a union that was given no message. */
const UNION_DEFAULT = 'Invalid input';

function rank(issue: z.core.$ZodIssue): number {
  // A key that is missing may be one of another form; one that is misspelt says what was meant.
  if (issue.code === 'unrecognized_keys') return issue.path.length + 1;
  return issue.path.length - (issue.message.endsWith('received undefined') ? 0.5 : 0);
}

/**
 * A playbook's value without the parts of `gates` and `milestones` whose shape is wrong, so that the rest can be bound and
 * everything be reported at once. `undefined` when the fault is in what other parts refer to: there, one mistake would
 * look like many.
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

/** A list goes as a whole, and so does a criterion: half of it would mean something else. */
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
