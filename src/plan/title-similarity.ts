import { normalise } from './text.ts';

const fillers = new Set(['and', 'or', 'of', 'the', 'for', 'with', 'to']);

/** How much two titles have in common, from 0 to 1: the share of their words that mean the same. */
export function titleSimilarity(a: string, b: string): number {
  const wordsA = contentWords(a);
  const wordsB = contentWords(b);
  if (wordsA.length + wordsB.length === 0) return 0;
  const shared = wordsA.filter((word) => wordsB.some((other) => sameWord(word, other))).length;
  return (2 * shared) / (wordsA.length + wordsB.length);
}

function contentWords(title: string): string[] {
  const words = normalise(title).match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)].filter((word) => !fillers.has(word));
}

/** "Auth" stands for "Authentication", "Components" for "Component". */
function sameWord(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short === long || (short.length >= 4 && long.startsWith(short));
}
