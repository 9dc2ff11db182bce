import { type Document, isCollection, isScalar, LineCounter, parseDocument, type Tags, visit } from 'yaml';
import { splitLines } from './text.ts';

/** A text read as YAML: its value, where its parts stand, and what is wrong with it. */
export interface YamlText {
  readonly document: Document | undefined;
  readonly lines: LineCounter;
  /** `undefined` when there are errors. */
  readonly value: unknown;
  readonly errors: readonly YamlError[];
}

export interface YamlError {
  readonly message: string;
  readonly offset: number;
}

export interface YamlOptions {
  readonly customTags?: Tags;
  /** Changes the document before its value is made. */
  readonly prepare?: (document: Document) => void;
}

/** Reads YAML, and JSON with it. Never throws. */
export function readYaml(text: string, { customTags = [], prepare }: YamlOptions = {}): YamlText {
  const lines = new LineCounter();
  const failed = (errors: readonly YamlError[], document?: Document): YamlText => ({
    document,
    lines,
    value: undefined,
    errors,
  });
  if (isTooDeep(text)) return failed([{ message: 'It is nested too deeply', offset: 0 }]);
  try {
    const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: sameKey, customTags };
    const document = parseDocument(text, options);
    const errors = document.errors.map(({ message, pos }) => ({ message, offset: pos[0] }));
    if (errors.length > 0) return failed(errors, document);
    const collectionKeys = keysOfCollections(document);
    if (collectionKeys.length > 0) return failed(collectionKeys, document);
    prepare?.(document);
    return { document, lines, value: document.toJS({ maxAliasCount: 100 }), errors };
  } catch (error) {
    // What the parser throws instead of reporting: aliases to nothing, and aliases of aliases without end.
    return failed([{ message: error instanceof Error ? error.message : String(error), offset: 0 }]);
  }
}

/** Lists and maps in place of a key. JavaScript could only turn them into text, at a cost that grows with each level. */
function keysOfCollections(document: Document): YamlError[] {
  const found: YamlError[] = [];
  visit(document, {
    Pair(_, { key }) {
      if (!isCollection(key)) return undefined;
      found.push({ message: 'A key must be a text', offset: key.range?.[0] ?? 0 });
      return visit.SKIP;
    },
  });
  return found;
}

/** `4.1` and `"4.1"` are the same key to us, and not to YAML. */
function sameKey(a: unknown, b: unknown): boolean {
  return isScalar(a) && isScalar(b) && String(a.source ?? a.value) === String(b.source ?? b.value);
}

/** Deeper than any playbook or template that somebody writes, and shallow enough for a recursive parser. */
const DEEPEST = 200;

/**
 * Whether a YAML text is nested so deeply that it must not be parsed: the parser is recursive, and when V8 compiles a regular
 * expression at the end of the stack it ends the whole process. Counts what may open a level, without understanding it.
 */
function isTooDeep(text: string): boolean {
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
