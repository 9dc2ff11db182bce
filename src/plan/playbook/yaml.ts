import { isMap, isScalar, isSeq, visit, type Document, type Scalar } from 'yaml';
import { readYaml, type YamlText } from '../../base/yaml.ts';

/** Reads a playbook's text. Never throws. */
export function readPlaybookYaml(text: string): YamlText {
  return readYaml(text, { prepare: keepAsWritten });
}

/** Keys whose values are passed to programs and AWS as text. */
const textual: readonly unknown[] = ['parameters', 'tags', 'env'];

/**
 * Keeps numbers as they are written: YAML reads `4.10` as 4.1 and `0123` as 123, which is wrong for the number of a milestone, for a
 * version and for an account id.
 */
function keepAsWritten(document: Document): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key)) return;
      restore(key);
      if (!textual.includes(key.value) || !isMap(value)) return;
      for (const { value: inner } of value.items) {
        const scalars: readonly unknown[] = isSeq(inner) ? inner.items : [inner];
        for (const scalar of scalars) if (isScalar(scalar)) restore(scalar);
      }
    },
  });
}

function restore(scalar: Scalar): void {
  if (typeof scalar.value === 'number' || typeof scalar.value === 'boolean') {
    scalar.value = scalar.source ?? String(scalar.value);
  }
}
