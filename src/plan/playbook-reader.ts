import { isCollection, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { Source } from './compile.ts';
import { nearest } from './nearest.ts';
import { knownKeys, playbookSchema, type Playbook } from './playbook.ts';
import type { Problem } from './problem.ts';
import { quoteAll } from './text.ts';

export type Path = readonly PropertyKey[];

export type Hints = Pick<Problem, 'expected' | 'suggestion' | 'blocks'>;

/** A playbook's text, its value where it has the right shape, and where each of its keys stands. */
export class PlaybookReader {
  readonly problems: Problem[] = [];
  readonly playbook: Playbook | undefined;
  private readonly file: string;
  private readonly lines = new LineCounter();
  private readonly document: Document;

  constructor({ file, text }: Source) {
    this.file = file;
    this.document = parseDocument(text, { lineCounter: this.lines });
    for (const { message, pos } of this.document.errors) {
      this.add('error', 'yaml', message.split('\n', 1)[0] ?? message, pos[0]);
    }
    this.playbook = this.document.errors.length > 0 ? undefined : this.read();
  }

  /** Reports an error at the key that the path leads to. */
  error(code: string, path: Path, message: string, hints: Hints = {}): void {
    this.add('error', code, message, this.offset(path), hints);
  }

  finding(code: string, path: Path, message: string, hints: Hints = {}): void {
    this.add('finding', code, message, this.offset(path), hints);
  }

  /** Reports what zod found wrong below a path, each issue at its own key. */
  shapeErrors(path: Path, issues: readonly z.core.$ZodIssue[]): void {
    for (const issue of issues) this.shapeError(path, deepest(issue));
  }

  private read(): Playbook | undefined {
    // A file that holds comments only is an empty playbook.
    let value: unknown;
    try {
      value = this.document.toJS({ maxAliasCount: 100 }) ?? {};
    } catch (error) {
      this.add('error', 'yaml', error instanceof Error ? error.message : String(error), 0);
      return undefined;
    }
    const parsed = playbookSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.shapeErrors([], parsed.error.issues);
    return undefined;
  }

  private shapeError(base: Path, issue: z.core.$ZodIssue): void {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(path);
      for (const key of issue.keys) {
        const near = nearest(key, known);
        this.error('unknown-key', [...path, key], `unknown key "${key}"`, {
          ...(known.length === 0 ? {} : { expected: `one of ${quoteAll(known)}` }),
          ...(near === undefined ? {} : { suggestion: `Did you mean "${near}"?` }),
        });
      }
      return;
    }
    this.error('shape', path, `${path.map(String).join('.') || 'the playbook'}: ${issue.message}`);
  }

  private add(severity: Problem['severity'], code: string, message: string, offset: number, hints: Hints = {}): void {
    const { line, col } = this.lines.linePos(offset);
    // An empty file has no line yet.
    this.problems.push({ severity, code, message, place: { file: this.file, line: line || 1, column: col || 1 }, ...hints });
  }

  /** Where the key at the end of a path stands, or the innermost one on the way that exists. */
  private offset(path: Path): number {
    let node: unknown = this.document.contents;
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

/** Of a union that nothing fits, the issue that came furthest: it is about what the author meant. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().map(deepest);
  const best = inner.toSorted((a, b) => rank(b) - rank(a))[0];
  return best === undefined ? issue : { ...best, path: [...issue.path, ...best.path] };
}

function rank(issue: z.core.$ZodIssue): number {
  return issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0);
}

function keysAt(path: Path): readonly string[] {
  const candidates = Object.entries(knownKeys).filter(([pattern]) => {
    const parts = pattern === '' ? [] : pattern.split('.');
    return parts.length === path.length && parts.every((part, index) => part === '*' || part === path[index]);
  });
  return candidates[0]?.[1] ?? [];
}
