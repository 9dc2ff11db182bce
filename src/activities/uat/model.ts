/** What a phase knows of user acceptance tests. Plain JSON: continue-as-new carries it. */
import { bytesOf, isRecord, own } from '../../base/json.ts';
import type { GatesState } from '../../gates/model.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { isSeverity, type Severity } from '../../plan/severity.ts';

/** Key of the sessions among the slices, topic of their fact, and the name of their rounds and of their check. */
export const UAT = 'uat';

/** Environments that have a session, cases of a session, and its bytes: 300,000 in all. */
export const SESSIONS = 5;
export const CASES = 200;
export const SESSION_BYTES = 60_000;

export interface UatState {
  /** By environment. */
  readonly sessions: { readonly [environment: string]: Session };
  /** The last sign-off, for the issues that follow from it. */
  readonly last?: SignOff;
}

/** Cases that people go through in one environment, at one revision. */
export interface Session extends UatFact {
  /** Those that have opened it. What users say now is what each of them waits for. */
  readonly tasks: readonly TaskRef[];
  /** Suites that have run at its revision, as `suite/environment`. */
  readonly suites: readonly string[];
  /** Epoch milliseconds. */
  readonly openedAt: number;
  /** By the key of the case. */
  readonly verdicts: { readonly [key: string]: CaseVerdict };
}

export interface CaseVerdict {
  readonly result: 'passed' | 'failed';
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** At most 300 characters. */
  readonly note?: string;
}

export interface SignOff extends CaseVerdict {
  /** Counted from 1. */
  readonly number: number;
  readonly environment: string;
  readonly key: string;
}

/** What a step tells of a session that begins. */
export interface UatFact {
  readonly environment: string;
  /** Digest of the code that runs there. */
  readonly revision: string;
  /** ISO instant at which the step has run. */
  readonly at?: string;
  readonly cases: readonly UatCase[];
  /** Role whose holders sign off. */
  readonly who: string;
  /** Of the issues that declined cases open. */
  readonly severity?: Severity;
  readonly component?: string;
  readonly agent?: string;
}

export interface UatCase {
  readonly key: string;
  readonly title: string;
  readonly steps: string;
}

export function uatOf({ slices }: Pick<GatesState, 'slices'>): UatState {
  return (slices[UAT] ?? { sessions: {} }) as UatState;
}

/** Reads the data of a fact, which anybody could have made up; `undefined` when it is no session. */
export function readUatFact(data: unknown): UatFact | undefined {
  return isFact(data) && bytesOf(data) <= SESSION_BYTES ? data : undefined;
}

function isFact(data: unknown): data is UatFact {
  if (!isRecord(data)) return false;
  const { environment, revision, at, cases, who, severity, component, agent } = data;
  if (!Array.isArray(cases) || cases.length === 0 || cases.length > CASES || !cases.every(isCase)) return false;
  return (
    isName(environment) &&
    !environment.includes('/') &&
    isName(revision) &&
    (at === undefined || (isName(at) && Number.isFinite(Date.parse(at)))) &&
    isName(who) &&
    new Set(cases.map(({ key }) => key)).size === cases.length &&
    (severity === undefined || isSeverity(severity)) &&
    [component, agent].every((one) => one === undefined || isName(one))
  );
}

function isCase(value: unknown): value is UatCase {
  if (!isRecord(value)) return false;
  const { key, title, steps } = value;
  return isName(key) && isName(title) && typeof steps === 'string' && steps.length <= 2_000;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 200;
}

/** The case that an address names, `testing/place-order`, or its key alone when one session has it. */
export function findCase(
  { sessions }: UatState,
  address: string,
): { readonly session: Session; readonly found: UatCase } | 'several' | undefined {
  const all = Object.values(sessions).flatMap((session) => session.cases.map((found) => ({ session, found })));
  const exact = all.find(({ session, found }) => `${session.environment}/${found.key}` === address);
  if (exact !== undefined) return exact;
  const named = all.filter(({ found }) => found.key === address);
  return named.length > 1 ? 'several' : named[0];
}

/** Cases of a session that nobody has judged yet, that have passed, and that were declined. */
export function tally({ cases, verdicts }: Session): {
  readonly waiting: readonly UatCase[];
  readonly passed: readonly UatCase[];
  readonly declined: readonly UatCase[];
} {
  const resultOf = ({ key }: UatCase) => own(verdicts, key)?.result;
  return {
    waiting: cases.filter((one) => resultOf(one) === undefined),
    passed: cases.filter((one) => resultOf(one) === 'passed'),
    declined: cases.filter((one) => resultOf(one) === 'failed'),
  };
}
