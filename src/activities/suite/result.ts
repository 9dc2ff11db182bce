import { createHash } from 'node:crypto';
import { safeName } from '../../base/text.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import type { RecordStore } from '../../store/store.ts';
import { type FailingCase, type SuiteFact, MOST_CRITERIA, NAMED } from './fact.ts';
import { type Case, firstLine } from './parse/cases.ts';
import { PermanentError } from '../../base/errors.ts';

/** Everything that a suite has found in one run, without its cases. */
export interface Found {
  readonly suite: string;
  readonly environment: string;
  readonly revision: string;
  /** ISO instant. */
  readonly at: string;
  readonly caseSet: string;
  readonly counts: SuiteFact['cases'];
  /** The reports that were read, in their order. */
  readonly reports: readonly {
    readonly of: 'failing cases' | 'all cases';
    readonly format: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly ms: number;
  }[];
}

/** Writes the whole result to the records, under its digest. */
export async function storeResult(
  records: RecordStore,
  { workflowId, firstRunId }: PhaseIdentity,
  found: Found,
  cases: readonly Case[],
): Promise<{ readonly where: string; readonly sha256: string }> {
  const content = contentOf(found, cases);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const folder = `${safeName(workflowId)}/${safeName(firstRunId)}/suites`;
  const where = `${folder}/${found.suite}-${found.environment}-${sha256.slice(0, 12)}.json`;
  await records.writeOnce(where, content);
  return { where, sha256 };
}

/** Cases that are made bytes at once. */
const AT_ONCE = 500;

/** The result as JSON, one case a line. A text of all cases would be in memory twice, and in two bytes a character. */
function contentOf(found: Found, cases: readonly Case[]): Buffer {
  const parts = [Buffer.from(`${JSON.stringify(found).slice(0, -1)},"cases":[\n`)];
  for (let from = 0; from < cases.length; from += AT_ONCE) {
    const lines = cases.slice(from, from + AT_ONCE).map((one) => JSON.stringify(one));
    parts.push(Buffer.from(`${from === 0 ? '' : ',\n'}${lines.join(',\n')}`));
  }
  parts.push(Buffer.from('\n]}\n'));
  return Buffer.concat(parts);
}

/** How many cases there are in each state. */
export function countsOf(cases: readonly Case[]): SuiteFact['cases'] {
  const counts = { total: cases.length, passed: 0, failed: 0, skipped: 0, flaky: 0 };
  for (const { state } of cases) counts[state] += 1;
  return counts;
}

/** The lists of a fact. */
export function listsOf(
  cases: readonly Case[],
): Pick<SuiteFact, 'failing' | 'skipped' | 'flaky' | 'criteria' | 'more'> {
  const sorted = cases.toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const keys = (state: Case['state']) => sorted.filter((one) => one.state === state).map(({ key }) => key);
  const failing = sorted.filter(({ state }) => state === 'failed');
  return {
    failing: failing.slice(0, NAMED).map(failingCase),
    skipped: keys('skipped').slice(0, NAMED),
    flaky: keys('flaky').slice(0, NAMED),
    criteria: criteriaOf(cases),
    ...(failing.length > NAMED ? { more: failing.length - NAMED } : {}),
  };
}

function failingCase({ key, title, message = '' }: Case): FailingCase {
  return { key, title, message: firstLine(message, 300) };
}

function criteriaOf(cases: readonly Case[]): SuiteFact['criteria'] {
  const criteria = new Map<string, { passed: number; failed: number }>();
  for (const { state, criteria: ids = [] } of cases) {
    if (state === 'skipped') continue;
    for (const id of ids) {
      const of = criteria.get(id) ?? { passed: 0, failed: 0 };
      of[state === 'failed' ? 'failed' : 'passed'] += 1;
      criteria.set(id, of);
    }
  }
  if (criteria.size > MOST_CRITERIA) {
    throw new PermanentError(
      `the cases name ${criteria.size} criteria, and at most ${MOST_CRITERIA} are kept; split the suite`,
    );
  }
  return Object.fromEntries(criteria);
}
