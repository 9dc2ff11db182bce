import type { JsonObject } from '../../base/json.ts';
import { counted, line } from '../../base/text.ts';
import type { GatesState } from '../../gates/model.ts';
import type { StateAnswer } from '../../gates/slice.ts';
import type { Criterion } from '../../plan/gate-model.ts';
import { matchesGate } from '../../plan/walk.ts';
import type { SuitesState } from './results.ts';

/** Criteria that a reason names. */
const NAMED = 5;

/** Says whether each criterion of some gates has a case that passes, and none that fails. */
export function answerAcceptance({ gates }: GatesState, { results }: SuitesState, input: JsonObject): StateAnswer {
  const patterns = textsOf(input['gates']) ?? [];
  const suites = textsOf(input['suites']);
  const all = Object.values(gates).map(({ gate }) => gate);
  const unknown = patterns.filter((pattern) => !all.some(({ id }) => matchesGate(pattern, id)));
  if (unknown.length > 0) return { state: 'failed', reason: `there is no gate ${unknown.join(', ')}` };
  const criteria = all
    .filter(({ id }) => patterns.some((pattern) => matchesGate(pattern, id)))
    .flatMap((gate) => gate.criteria);
  const counting = Object.values(results).filter(({ suite }) => suites?.includes(suite) !== false);
  const counts = countsIn(counting.map((one) => one.criteria));
  const missing = criteria.flatMap((criterion) => {
    const why = lacking(criterion, counts);
    return why === undefined ? [] : [`${criterion.id} "${line(criterion.text).slice(0, 60)}" ${why}`];
  });
  const evidence = counting.map(({ result }) => result);
  if (missing.length > 0) {
    const rest = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
    const named = missing.slice(0, NAMED).join(', ');
    const of = counted(criteria.length, 'criterion', 'criteria');
    return { state: 'failed', reason: `${missing.length} of ${of} not accepted: ${named}${rest}`, evidence };
  }
  if (criteria.length === 0) return { state: 'failed', reason: `${patterns.join(', ')} has no criteria` };
  const what = criteria.length === 1 ? 'the criterion has' : `each of ${criteria.length} criteria has`;
  return { state: 'passed', reason: `${what} a case that passes and none that fails`, evidence };
}

type Counts = SuitesState['results'][string]['criteria'];

function countsIn(all: readonly Counts[]): ReadonlyMap<string, { passed: number; failed: number }> {
  const counts = new Map<string, { passed: number; failed: number }>();
  for (const [id, { passed, failed }] of all.flatMap((one) => Object.entries(one))) {
    const before = counts.get(id) ?? { passed: 0, failed: 0 };
    counts.set(id, { passed: before.passed + passed, failed: before.failed + failed });
  }
  return counts;
}

/** Why a criterion is not accepted. Cases may name it, or the same criterion of an earlier gate. */
function lacking({ id, sameAs }: Criterion, counts: ReturnType<typeof countsIn>): string | undefined {
  const of = [counts.get(id), sameAs === undefined ? undefined : counts.get(sameAs)].flatMap((one) => one ?? []);
  const sum = (what: 'passed' | 'failed') => of.reduce((total, one) => total + one[what], 0);
  if (sum('failed') > 0) return `(${counted(sum('failed'), 'case fails', 'cases fail')})`;
  return sum('passed') > 0 ? undefined : '(no case)';
}

/** The texts of a list; `undefined` where there is none. */
function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}
