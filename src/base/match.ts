import { distance } from 'fastest-levenshtein';
import { normalise, quoteAll } from './text.ts';

/** An item that a playbook refers to by number, or by a unique beginning of its text. */
export interface Numbered {
  readonly number: number;
  readonly text: string;
}

export type Match<Item> =
  { readonly found: Item } | { readonly message: string; readonly hints: { expected?: string; suggestion?: string } };

/**
 * Finds an item by number (`2`), by its whole text, or by a unique beginning of it. Case does not count.
 *
 * @param what the items in words, for the message: "criteria of 4.1/exit"
 */
export function match<Item extends Numbered>(items: readonly Item[], wanted: string, what: string): Match<Item> {
  const key = normalise(wanted);
  const exact = items.find(({ number, text }) => String(number) === key || normalise(text) === key);
  if (exact !== undefined) return { found: exact };
  const beginning = items.filter(({ text }) => key !== '' && normalise(text).startsWith(key));
  const [first, second] = beginning;
  if (first !== undefined && second === undefined) return { found: first };
  if (first !== undefined) {
    const texts = quoteAll(beginning.map(({ text }) => text));
    return {
      message: `"${wanted}" begins ${beginning.length} ${what}.`,
      hints: { expected: `a beginning of one only of ${texts}` },
    };
  }
  return { message: `"${wanted}" begins none of the ${what}.`, hints: nearestBeginning(items, wanted) };
}

/** Compares `wanted` with as many characters of each text: a beginning is never similar to a whole sentence. */
function nearestBeginning(items: readonly Numbered[], wanted: string): { expected?: string; suggestion?: string } {
  const beginnings = new Map(items.map(({ text }) => [text.slice(0, Math.max(wanted.length, 1)), text]));
  const near = /^\d+$/.test(wanted) ? undefined : nearest(wanted, beginnings.keys());
  if (near !== undefined) return { suggestion: `Did you mean "${beginnings.get(near) ?? near}"?` };
  return { expected: `one of ${items.map(({ number, text }) => `${number} "${text}"`).join(', ')}` };
}

/** Hints of a problem with an unknown word: the candidate that is most similar, or else all candidates. */
export function meantBy(word: string, candidates: readonly string[]): { expected?: string; suggestion?: string } {
  const suggestion = didYouMean(word, candidates);
  if (suggestion !== undefined) return { suggestion };
  return candidates.length === 0 ? {} : { expected: `one of ${quoteAll(candidates)}` };
}

/** The candidate that a misspelt word most likely stands for; `undefined` when none is similar enough to suggest. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    const isNear = edits <= allowedEdits(word, candidate) || isSwapped(word.toLowerCase(), candidate.toLowerCase());
    if (isNear && edits < (best?.edits ?? Infinity)) best = { candidate, edits };
  }
  return best?.candidate;
}

/** `Did you mean "a1"?`, as the suggestion of a problem. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? undefined : `Did you mean "${candidate}"?`;
}

/** True when the words differ only by two adjacent letters that are swapped. */
function isSwapped(word: string, candidate: string): boolean {
  let at = 0;
  while (at < word.length && word[at] === candidate[at]) at += 1;
  const swapped = `${word.slice(0, at)}${word.slice(at + 1, at + 2)}${word.slice(at, at + 1)}${word.slice(at + 2)}`;
  return candidate === swapped;
}

/** A third of the longer word, but at least two, and one for words as short as Gantt ids. */
function allowedEdits(word: string, candidate: string): number {
  const length = Math.max(word.length, candidate.length);
  return Math.max(length < 5 ? 1 : 2, Math.floor(length / 3));
}
