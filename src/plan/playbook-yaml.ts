import { isMap, isScalar, LineCounter, parseDocument, visit, type Document, type Scalar } from 'yaml';

/** A text read as YAML: its value, where its parts stand, and what is wrong with it. */
export interface YamlText {
  readonly document: Document | undefined;
  readonly lines: LineCounter;
  /** `undefined` when there are errors. */
  readonly value: unknown;
  readonly errors: readonly { readonly message: string; readonly offset: number }[];
}

/** Never throws. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: sameKey });
    const errors = document.errors.map(({ message, pos }) => ({ message, offset: pos[0] }));
    if (errors.length > 0) return { document, lines, value: undefined, errors };
    keepAsWritten(document);
    // A file that holds comments only is an empty playbook.
    return { document, lines, value: document.toJS({ maxAliasCount: 100 }) ?? {}, errors };
  } catch (error) {
    // What the parser throws instead of reporting: aliases to nothing, aliases of aliases without end, bottomless nesting.
    const message = error instanceof Error ? error.message : String(error);
    return { document: undefined, lines, value: undefined, errors: [{ message, offset: 0 }] };
  }
}

/** Values under these keys reach programs and AWS as text. */
const textual: readonly unknown[] = ['parameters', 'tags', 'env'];

/**
 * YAML reads `4.10` as 4.1 and `0123` as 123. As a milestone's number, a version or an account's id they are meant as they
 * are written.
 */
function keepAsWritten(document: Document): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key)) return;
      restore(key);
      if (!textual.includes(key.value) || !isMap(value)) return;
      for (const entry of value.items) if (isScalar(entry.value)) restore(entry.value);
    },
  });
}

function restore(scalar: Scalar): void {
  if (typeof scalar.value === 'number' || typeof scalar.value === 'boolean') {
    scalar.value = scalar.source ?? String(scalar.value);
  }
}

/** `4.1` and `"4.1"` are the same key to us, and not to YAML. */
function sameKey(a: unknown, b: unknown): boolean {
  return isScalar(a) && isScalar(b) && String(a.source ?? a.value) === String(b.source ?? b.value);
}
