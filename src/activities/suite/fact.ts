/** What a run of a suite tells the phase. Pure: the phase's reducer reads it, in the workflow, whose bundle holds no validation library. */
import { bytesOf, isRecord } from '../../base/json.ts';
import { isSeverity, type Severity } from '../../plan/severity.ts';

/** Topic of the fact; its key is `<suite>/<environment>`. */
export const SUITE = 'suite';

/** How far the clock of a worker may be ahead of the phase's. A run from further ahead is left out, or all after it would seem old. */
export const AHEAD_MS = 600_000;

/** Cases that a fact names in each of its lists. */
export const NAMED = 500;
/** Criteria that the cases of one suite may name. */
export const MOST_CRITERIA = 500;
/** The revision of a suite for which the playbook states none: whether another one runs cannot be told. */
export const UNSTATED = 'unstated';

/** A case that has failed. */
export type FailingCase = {
  /** At most 200 characters. */
  readonly key: string;
  /** At most 160 characters. */
  readonly title: string;
  /** First line of why it has failed; at most 300 characters. */
  readonly message: string;
};

/** A type and no interface, because it is JSON as well. */
export type SuiteFact = {
  readonly suite: string;
  readonly environment: string;
  /** What was tested: the same before and after the run. */
  readonly revision: string;
  /** ISO instant at which the run ended. */
  readonly at: string;
  /** `failed` has the flaky ones as well where the suite's policy is `fail`; then `flaky` does not count them. */
  readonly cases: CaseCounts;
  /** `caseSetDigest` of the cases that ran. */
  readonly caseSet: string;
  /** The whole result in the records. */
  readonly result: { readonly where: string; readonly sha256: string };
  readonly component: string;
  readonly agent: string;
  readonly severity: Severity;
  /** Sorted by key. Each list leaves out what does not fit; then it is shorter than its count. */
  readonly failing: readonly FailingCase[];
  readonly skipped: readonly string[];
  readonly flaky: readonly string[];
  /** Cases that the round was told to see pass, and that have passed: their issues close, though the case set may be another one. */
  readonly passing?: readonly string[];
  /** By id of a criterion, how many cases of it have passed and failed. Skipped ones do not count. */
  readonly criteria: { readonly [criterion: string]: { readonly passed: number; readonly failed: number } };
  /** Failing cases that `failing` leaves out. While there are some, a case that it does not name may have failed. */
  readonly more?: number;
};

export type CaseCounts = {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly flaky: number;
};

/**
 * Reads the data of a fact. Anybody may send a Signal that looks like one, so everything is checked.
 *
 * @returns `undefined` when it is no such fact
 */
export function readSuiteFact(data: unknown): SuiteFact | undefined {
  return isSuiteFact(data) ? data : undefined;
}

/** Whether every case that has not passed is listed, so that one that is not listed has passed. */
export function isComplete({ cases, failing, skipped, flaky, more = 0 }: SuiteFact): boolean {
  const isListed = failing.length >= cases.failed && skipped.length >= cases.skipped && flaky.length >= cases.flaky;
  return more === 0 && isListed;
}

function isSuiteFact(data: unknown): data is SuiteFact {
  if (!isRecord(data)) return false;
  const { suite, environment, revision, at, cases, caseSet, result, component, agent, severity, failing } = data;
  const { skipped, flaky, passing, criteria, more } = data;
  return (
    [suite, environment].every((name) => isText(name, 100) && NAME.test(name)) &&
    suite !== USERS &&
    isText(revision, 200) &&
    revision !== '' &&
    isDigest(caseSet) &&
    [component, agent].every((name) => isText(name, 80)) &&
    isText(at, 40) &&
    Number.isFinite(Date.parse(at)) &&
    isCases(cases) &&
    isResult(result) &&
    isSeverity(severity) &&
    isListOf(failing, isFailing) &&
    isListOf(skipped, isKey) &&
    isListOf(flaky, isKey) &&
    (passing === undefined || isListOf(passing, isKey)) &&
    isCriteria(criteria) &&
    (more === undefined || isCount(more))
  );
}

function isFailing(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { key, title, message } = value;
  return isKey(key) && isText(title, 160) && isText(message, 300);
}

function isCases(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return [value['total'], value['passed'], value['failed'], value['skipped'], value['flaky']].every(isCount);
}

function isCriteria(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  const isCounted = (one: unknown) => isRecord(one) && isCount(one['passed']) && isCount(one['failed']);
  return entries.length <= MOST_CRITERIA && entries.every(([id, one]) => id.length <= 130 && isCounted(one));
}

function isResult(value: unknown): boolean {
  return isRecord(value) && isText(value['where'], 1_000) && isDigest(value['sha256']);
}

function isListOf(value: unknown, holds: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= NAMED && value.every(holds);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isKey(value: unknown): boolean {
  return isText(value, 200) && value !== '';
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}

/** Cases of users stand under this name among those of suites. */
export const USERS = 'uat';

const NAME = /^[A-Za-z0-9][A-Za-z0-9-]*$/;

/** Shorter messages, before cases are left out, in characters. */
const SHORT = 80;

/** Makes a fact fit into a number of bytes: first its messages become shorter, then its lists. */
export function fitted(fact: SuiteFact, bytes: number): SuiteFact {
  let fitting = fact;
  if (bytesOf(fitting) > bytes) {
    const failing = fact.failing.map((one) => ({ ...one, title: shorter(one.title), message: shorter(one.message) }));
    fitting = { ...fact, failing };
  }
  for (let most = NAMED; bytesOf(fitting) > bytes && most > 1; most = Math.floor(most / 1.5)) {
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
