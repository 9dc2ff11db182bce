import { splitLines } from '../../base/text.ts';

/** Reads a case set, one key a line. Blank lines do not count. An empty set, and keys that are there twice, are errors. */
export function readCaseSet(
  text: string,
): { readonly cases: readonly string[] } | { readonly twice: readonly string[] } {
  const cases = splitLines(text.replace(/^\uFEFF/, ''))
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const known = new Set<string>();
  const twice = new Set<string>();
  for (const key of cases) {
    if (known.has(key)) twice.add(key);
    known.add(key);
  }
  return cases.length === 0 || twice.size > 0 ? { twice: [...twice] } : { cases };
}
