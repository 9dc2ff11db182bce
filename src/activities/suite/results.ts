/** What the phase keeps of suites. Pure: the phase's reducer writes it, and checks read it. */
import { bytesOf, own } from '../../base/json.ts';
import { AHEAD_MS, type SuiteFact } from './fact.ts';

/** Name of the slice. */
export const SUITES = 'suites';

/** Cases that a kept result names in each of its lists; all of them are in the records. */
const NAMED = 20;
/** Suites in environments. A phase with more has the rest left out. */
const MOST_RESULTS = 64;
const MOST_ROWS = 20;
/** Bytes of the slice's state, which continue-as-new carries with everything else. */
const STATE_BYTES = 400_000;

export type SuitesState = {
  /** The latest result of each suite, by `<suite>/<environment>`. */
  readonly results: { readonly [key: string]: KeptResult };
  /** Earlier and latest results, at most twenty each, oldest first. */
  readonly history: { readonly [key: string]: readonly Row[] };
};

/** A result without what only issues need: of cases it names keys. */
export type KeptResult = Omit<SuiteFact, 'failing' | 'skipped' | 'flaky' | 'passing' | 'more'> & {
  readonly failing: readonly string[];
  readonly skipped: readonly string[];
  readonly flaky: readonly string[];
};

type Row = Pick<SuiteFact, 'at' | 'revision' | 'cases'> & {
  /** Digest of the result. */
  readonly sha256: string;
};

/** Adds a result; one that has ended before the latest only adds to the history. `undefined` when there is no room: then there is no result of the suite at all, so that no earlier one counts. */
export function withResult(state: SuitesState, key: string, fact: SuiteFact, isLatest = true): SuitesState | undefined {
  const others = Object.keys(state.results).filter((one) => one !== key);
  if (others.length >= MOST_RESULTS) return undefined;
  const { more: _more, passing: _passing, ...kept } = fact;
  const named = (list: readonly string[]) => list.slice(0, NAMED);
  const result: KeptResult = {
    ...kept,
    failing: named(fact.failing.map((one) => one.key)),
    skipped: named(fact.skipped),
    flaky: named(fact.flaky),
  };
  const {
    at,
    revision,
    cases,
    result: { sha256 },
  } = fact;
  const known = state.history[key] ?? [];
  const row = { at, revision, cases, sha256 };
  // By the time at which they ended, so that the latest is the last, and stays.
  const rows = (isLatest ? [...known, row] : [row, ...known].toSorted(byEnd)).slice(-MOST_ROWS);
  const results = isLatest ? { ...state.results, [key]: result } : state.results;
  const next = { results, history: { ...state.history, [key]: rows } };
  return [next, withoutHistory(next), withoutNames(withoutHistory(next))].find((one) => bytesOf(one) <= STATE_BYTES);
}

function byEnd(one: Row, other: Row): number {
  return Date.parse(one.at) - Date.parse(other.at);
}

/**
 * Whether the suite has a result that has ended later: facts come again in any order when workflows begin anew.
 *
 * @param now epoch milliseconds; a result from further ahead than clocks may differ does not count as later
 */
export function hasLater({ results }: SuitesState, key: string, fact: SuiteFact, now: number): boolean {
  const latest = own(results, key);
  if (latest === undefined) return false;
  const at = Date.parse(latest.at);
  return at > Date.parse(fact.at) && at <= now + AHEAD_MS;
}

/** True when the result has been taken before. */
export function isKnown({ history }: SuitesState, key: string, { result }: SuiteFact): boolean {
  return own(history, key)?.some(({ sha256 }) => sha256 === result.sha256) === true;
}

/** Removes what is known of a suite. */
export function withoutResult({ results, history }: SuitesState, key: string): SuitesState {
  const { [key]: _result, ...otherResults } = results;
  const { [key]: _rows, ...otherRows } = history;
  return { results: otherResults, history: otherRows };
}

function withoutHistory({ results, history }: SuitesState): SuitesState {
  const latest = Object.entries(history).map(([key, rows]) => [key, rows.slice(-1)]);
  return { results, history: Object.fromEntries(latest) as SuitesState['history'] };
}

function withoutNames({ results, history }: SuitesState): SuitesState {
  const without = Object.entries(results).map(([key, one]) => [key, { ...one, failing: [], skipped: [], flaky: [] }]);
  return { results: Object.fromEntries(without) as SuitesState['results'], history };
}
