/** What a run of a suite tells the phase, made small enough for it. */
import { bytesOf } from '../../base/json.ts';
import type { FailingCase, SuiteFact as ReadFact } from './read-fact.ts';
import { LISTED } from './read-fact.ts';

/** A fact as the step tells it: its result is always a file of the records. */
export interface SuiteFact extends ReadFact {
  readonly result: { readonly where: string; readonly sha256: string };
}

/** Criteria that the cases of one suite may name. */
export const MOST_CRITERIA = 500;

/** Shorter messages, before cases are left out, in characters. */
const SHORT = 80;

/** Makes a fact fit into a number of bytes: first its messages become shorter, then its lists. */
export function fitted(fact: SuiteFact, bytes: number): SuiteFact {
  let fitting = fact;
  if (bytesOf(fitting) > bytes) {
    const failing = fact.failing.map((one): FailingCase => ({
      ...one,
      title: shorter(one.title),
      message: shorter(one.message),
    }));
    fitting = { ...fact, failing };
  }
  for (let most = LISTED; bytesOf(fitting) > bytes && most > 1; most = Math.floor(most / 1.5)) {
    fitting = withAtMost(fitting, most);
  }
  return fitting;
}

function withAtMost({ more: _more, ...fact }: SuiteFact, most: number): SuiteFact {
  const failing = fact.failing.slice(0, most);
  const left = fact.cases.failed - failing.length;
  return {
    ...fact,
    failing,
    skipped: fact.skipped.slice(0, most),
    flaky: fact.flaky.slice(0, most),
    ...(fact.passing === undefined ? {} : { passing: fact.passing.slice(0, most) }),
    ...(left > 0 ? { more: left } : {}),
  };
}

function shorter(text: string): string {
  return text.length <= SHORT ? text : `${text.slice(0, SHORT - 1).toWellFormed()}…`;
}
