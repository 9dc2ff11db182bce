import { type Document, isCollection, isScalar, LineCounter, parseDocument, type Tags, visit } from 'yaml';
import { splitLines } from './text.ts';

/** The result of reading a text as YAML: its value, the positions of its parts, and its errors. */
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
  /** Changes the document before it is converted to a JavaScript value. */
  readonly prepare?: (document: Document) => void;
}

/** Reads YAML, which includes JSON. Never throws. */
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
    // The parser throws for unresolved aliases and for more than 100 alias expansions, instead of reporting them.
    return failed([{ message: error instanceof Error ? error.message : String(error), offset: 0 }]);
  }
}

/** Finds keys that are lists or maps. Converting them to JavaScript keys, which are texts, costs more with each level of nesting. */
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

/** Treats `4.1` and `"4.1"` as the same key, which YAML does not. */
function sameKey(a: unknown, b: unknown): boolean {
  return isScalar(a) && isScalar(b) && String(a.source ?? a.value) === String(b.source ?? b.value);
}

/** Levels of nesting: more than any real playbook or template has, and few enough for a recursive parser. */
const DEEPEST = 200;

/**
 * True when a YAML text is nested too deeply to be parsed. The parser is recursive, and V8 ends the whole process when it compiles a
 * regular expression close to the end of the stack. The function counts indicators that may open a level; it does not parse them.
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
