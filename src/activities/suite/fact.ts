/** What a run of a suite tells the phase. Pure: the phase's reducer reads it. */
import { z } from 'zod';
import { bytesOf } from '../../base/json.ts';
import { severity } from './shape.ts';

/** Topic of the fact; its key is `<suite>/<environment>`. */
export const SUITE = 'suite';

/** Cases that a fact names in each of its lists. */
export const NAMED = 500;
/** Criteria that the cases of one suite may name. */
export const MOST_CRITERIA = 500;
/** The revision of a suite for which the playbook states none. */
export const UNSTATED = 'unstated';

const words = (most: number) => z.string().max(most);
const key = words(200);
const count = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/);

const failingCase = z.object({
  key,
  title: words(160),
  /** First line of why it has failed. */
  message: words(300),
});

export type FailingCase = z.output<typeof failingCase>;

export const suiteFact = z.object({
  suite: name,
  environment: name,
  /** What was tested: the same before and after the run. */
  revision: words(200).min(1),
  /** When the run ended. */
  at: z.iso.datetime(),
  /** `failed` has the flaky ones as well where the suite's policy is `fail`; then `flaky` does not count them. */
  cases: z.object({ total: count, passed: count, failed: count, skipped: count, flaky: count }),
  /** `caseSetDigest` of the cases that ran. */
  caseSet: digest,
  /** The whole result in the records. */
  result: z.object({ where: words(1000), sha256: digest }),
  component: words(80),
  agent: words(80),
  severity,
  /** Sorted by key. Each list leaves out what does not fit; then it is shorter than its count. */
  failing: z.array(failingCase).max(NAMED),
  skipped: z.array(key).max(NAMED),
  flaky: z.array(key).max(NAMED),
  /** Cases that the round was told to see pass, and that have passed: their issues close, though the case set may be another one. */
  passing: z.array(key).max(NAMED).exactOptional(),
  /** By id of a criterion, how many cases of it have passed and failed. Skipped ones do not count. */
  criteria: z.record(words(130), z.object({ passed: count, failed: count })),
  /** Failing cases that `failing` leaves out. While there are some, a case that it does not name may have failed. */
  more: count.min(1).exactOptional(),
});

export type SuiteFact = z.output<typeof suiteFact>;

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
