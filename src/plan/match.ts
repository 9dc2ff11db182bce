import { nearest } from './nearest.ts';
import { normalise, quoteAll } from './text.ts';

/** Something that a playbook refers to by number or by a unique beginning of its text. */
export interface Numbered {
  readonly number: number;
  readonly text: string;
}

export type Match<T> = { readonly found: T } | { readonly message: string; readonly suggestion?: string };

/** Finds by number (`2`) or by a unique beginning of the text, in any case. */
export function match<T extends Numbered>(items: readonly T[], wanted: string, what: string): Match<T> {
  const key = normalise(wanted);
  const byNumber = items.find(({ number }) => String(number) === key);
  if (byNumber !== undefined) return { found: byNumber };
  const matches = items.filter(({ text }) => normalise(text).startsWith(key));
  const [first, second] = matches;
  if (first !== undefined && second === undefined) return { found: first };
  if (first !== undefined) {
    return { message: `"${wanted}" begins ${String(matches.length)} ${what}: ${quoteAll(matches.map(({ text }) => text))}` };
  }
  // Compared over the same length: a prefix is never near to a whole sentence.
  const beginnings = new Map(items.map(({ text }) => [text.slice(0, Math.max(wanted.length, 1)), text]));
  const near = nearest(wanted, beginnings.keys());
  const suggestion =
    near === undefined
      ? `There are ${items.map(({ number, text }) => `${String(number)} "${text}"`).join(', ')}`
      : `Did you mean "${near}" (${beginnings.get(near) ?? ''})?`;
  return { message: `"${wanted}" begins none of the ${what}`, suggestion };
}

/** What was probably meant, or else what there is: the hints of a problem. */
export function meantBy(word: string, candidates: readonly string[]): { expected?: string; suggestion?: string } {
  const near = nearest(word, candidates);
  return {
    ...(candidates.length === 0 ? {} : { expected: `one of ${quoteAll(candidates)}` }),
    ...(near === undefined ? {} : { suggestion: `Did you mean "${near}"?` }),
  };
}
