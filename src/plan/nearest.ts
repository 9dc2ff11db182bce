import { distance } from 'fastest-levenshtein';

/** The candidate that a misspelt word most likely stands for; none when nothing is close enough to be worth suggesting. */
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

/** Whether two letters beside each other have changed places. */
function isSwapped(word: string, candidate: string): boolean {
  let at = 0;
  while (at < word.length && word[at] === candidate[at]) at += 1;
  const swapped = `${word.slice(0, at)}${word.slice(at + 1, at + 2)}${word.slice(at, at + 1)}${word.slice(at + 2)}`;
  return candidate === swapped;
}

/** A third of the longer word; two letters at least, so that swapped ones count, but one in words as short as Gantt ids. */
function allowedEdits(word: string, candidate: string): number {
  const length = Math.max(word.length, candidate.length);
  return Math.max(length < 5 ? 1 : 2, Math.floor(length / 3));
}
