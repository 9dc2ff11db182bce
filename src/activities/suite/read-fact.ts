import type { Evidence } from '../../gates/ledger.ts';
import { isRecord } from '../../base/json.ts';
import { isSeverity, type Severity } from '../../plan/severity.ts';

/** Topic of what a step tells of a suite. */
export const SUITE_TOPIC = 'suite';

/** What a run of a suite against an environment has found, as its step tells it to the phase: small, for the phase keeps it. */
export interface SuiteFact {
  readonly suite: string;
  readonly environment: string;
  /** Digest of the code that ran there. */
  readonly revision: string;
  /** ISO instant at which the run ended. */
  readonly at: string;
  readonly cases: {
    readonly total: number;
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly flaky: number;
  };
  /** Digest of the sorted keys of its cases. */
  readonly caseSet: string;
  /** Where the whole result is. */
  readonly result: Evidence;
  readonly component: string;
  readonly agent: string;
  readonly severity: Severity;
  /** At most LISTED; `more` counts the rest. */
  readonly failing: readonly FailingCase[];
  /** Keys; at most LISTED. A list that is shorter than its count is not complete. */
  readonly skipped: readonly string[];
  /** Keys of cases that failed and passed when they were run again; at most LISTED. */
  readonly flaky: readonly string[];
  /** Keys of the cases that the round has asked for and that have passed; at most LISTED. Absent outside of rounds. */
  readonly passing?: readonly string[];
  /** By criterion (`4.2/exit/1`): how many of the cases that prove it have passed and failed. */
  readonly criteria: { readonly [criterion: string]: { readonly passed: number; readonly failed: number } };
  readonly more?: number;
}

export interface FailingCase {
  /** At most 200 characters. */
  readonly key: string;
  /** At most 160 characters. */
  readonly title: string;
  /** First line, at most 300 characters. */
  readonly message: string;
}

/** Cases that a fact lists. */
export const LISTED = 500;

/** Revision of a suite that names none: whether another one runs cannot be told. */
export const UNSTATED = 'unstated';

const NAME_CHARACTERS = 200;
const TEXT_CHARACTERS = 1_000;
const CRITERIA = 1_000;

/**
 * Reads the data of a fact. Anybody may send a Signal that looks like one, so everything is checked. By hand, because this runs in the
 * workflow, whose bundle holds no validation library.
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
    [suite, environment].every((name) => isName(name) && name !== '' && !name.includes('/')) &&
    [revision, caseSet, component, agent].every(isName) &&
    typeof at === 'string' &&
    at.length <= 40 &&
    Number.isFinite(Date.parse(at)) &&
    isCases(cases) &&
    isEvidence(result) &&
    isSeverity(severity) &&
    isListOf(failing, isFailing) &&
    isListOf(skipped, isName) &&
    isListOf(flaky, isName) &&
    (passing === undefined || isListOf(passing, isName)) &&
    isCriteria(criteria) &&
    (more === undefined || isCount(more))
  );
}

function isFailing(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { key, title, message } = value;
  return isName(key) && key !== '' && isText(title) && isText(message);
}

function isCases(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return [value['total'], value['passed'], value['failed'], value['skipped'], value['flaky']].every(isCount);
}

function isCriteria(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  const isCounted = (one: unknown) => isRecord(one) && isCount(one['passed']) && isCount(one['failed']);
  return entries.length <= CRITERIA && entries.every(([criterion, one]) => isName(criterion) && isCounted(one));
}

function isEvidence(value: unknown): boolean {
  if (isText(value)) return true;
  return isRecord(value) && isText(value['where']) && (value['sha256'] === undefined || isName(value['sha256']));
}

function isListOf(value: unknown, holds: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= LISTED && value.every(holds);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= NAME_CHARACTERS;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_CHARACTERS;
}
