import { bytesOf } from '../../base/json.ts';
import { ALL_ISSUES, type Issue, ISSUES_BYTES, type IssuesState, OPEN_ISSUES } from './model.ts';

/** Leaves out the oldest closed issues, as many as are too many. Open and deferred ones always stay. */
export function kept(state: IssuesState): IssuesState {
  const { issues } = state;
  let tooMany = Math.max(0, issues.length - ALL_ISSUES);
  // Few issues cannot be too long together: each has bounds of its own.
  let tooLong = issues.length < 100 ? 0 : bytesOf(issues) - ISSUES_BYTES;
  if (tooMany === 0 && tooLong <= 0) return state;
  const gone = new Set<Issue>();
  for (const issue of oldestClosed(issues)) {
    if (tooMany <= 0 && tooLong <= 0) break;
    gone.add(issue);
    tooMany -= 1;
    tooLong -= bytesOf(issue) + 1;
  }
  return { ...state, issues: issues.filter((issue) => !gone.has(issue)), dropped: state.dropped + gone.size };
}

function oldestClosed(issues: readonly Issue[]): Issue[] {
  return issues
    .filter(({ state }) => state === 'closed')
    .toSorted((one, other) => (one.closed?.at ?? 0) - (other.closed?.at ?? 0));
}

/** Bytes up to which people and agents may add words to issues. */
const WORDED_BYTES = 900_000;

/** Why no words can be added to issues; `undefined`: there is room for them. */
export function fullOfWords({ issues }: IssuesState): string | undefined {
  if (bytesOf(issues) <= WORDED_BYTES) return undefined;
  return `the log of issues is full: it has more than ${String(WORDED_BYTES)} bytes, and shrinks as issues are closed`;
}

/** Why no issue can be opened; `undefined`: there is room for one. Those that are closed, resolved or deferred make way. */
export function full(log: IssuesState): string | undefined {
  const { issues } = log;
  if (issues.filter(({ state }) => state === 'open').length >= OPEN_ISSUES) {
    return `the log of issues is full: ${String(OPEN_ISSUES)} are open; mend or defer some first`;
  }
  if (issues.filter(({ state }) => state !== 'closed').length >= ALL_ISSUES) {
    return `the log of issues is full: ${String(ALL_ISSUES)} are not closed, and one is closed when its case passes`;
  }
  return fullOfWords(log);
}
