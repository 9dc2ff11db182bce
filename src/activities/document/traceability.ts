import { inert, table } from '../../base/markdown.ts';
import { counted } from '../../base/text.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { matchesGate } from '../../plan/walk.ts';
import { drawDocument, type DrawnDocument } from './document.ts';
import type { Known, KnownCriterion, LoadedRun, StoredCase } from './known.ts';

/** Cases that the text names for each criterion. */
const CASES = 10;

interface Traced extends KnownCriterion {
  readonly cases: readonly { readonly suite: string; readonly key: string; readonly state: StoredCase['state'] }[];
}

/**
 * Draws the traceability matrix: each criterion, the cases that prove it, and their results.
 *
 * @param gates whose criteria have to be proven; absent: those that some case names
 */
export function traceability(
  phase: PhaseIdentity,
  { criteria }: Known,
  runs: readonly LoadedRun[],
  gates?: readonly string[],
): DrawnDocument {
  const byCriterion = casesByCriterion(runs);
  const wanted = criteria.filter(({ id, gate }) =>
    gates === undefined ? byCriterion.has(id) : gates.some((pattern) => matchesGate(pattern, gate)),
  );
  const traced = wanted.map((criterion): Traced => {
    const { id, sameAs = id } = criterion;
    const cases = [...new Set([id, sameAs])].flatMap((one) => byCriterion.get(one) ?? []);
    return { ...criterion, cases };
  });
  const unproven = traced.filter((one) => resultOf(one) !== 'passed');
  const foreign = [...byCriterion.keys()].filter((id) => !criteria.some((criterion) => criterion.id === id)).toSorted();
  const count = counted(traced.length, 'criterion', 'criteria');
  const lacking = unproven.slice(0, 20).map((one) => `${one.id} ${resultOf(one)}`);
  const more = unproven.length > 20 ? ` and ${String(unproven.length - 20)} more` : '';
  const verdict =
    traced.length === 0
      ? 'no case names a criterion'
      : unproven.length === 0
        ? `${count}, each with passing cases and no failing one`
        : `${count}, of which ${String(unproven.length)} not proven: ${lacking.join(', ')}${more}`;
  return drawDocument({
    name: 'traceability',
    phase,
    verdict,
    good: traced.length > 0 && unproven.length === 0,
    parts: [
      '## From criteria to results',
      matrix(traced),
      '## Evidence',
      evidence(runs),
      ...(foreign.length === 0
        ? []
        : [`Cases name criteria that the plan does not have: ${inert(foreign.slice(0, 50).join(', '))}`]),
    ],
    data: {
      criteria: traced,
      unknown: foreign,
      results: runs.map(({ key, result }) => ({ key, ...result.result, revision: result.revision })),
    },
  });
}

function casesByCriterion(runs: readonly LoadedRun[]): Map<string, Traced['cases'][number][]> {
  const found = new Map<string, Traced['cases'][number][]>();
  for (const { key: suite, cases } of runs) {
    for (const { key, state, criteria = [] } of cases) {
      for (const id of criteria) found.set(id, [...(found.get(id) ?? []), { suite, key, state }]);
    }
  }
  return found;
}

/** As the check `acceptance` has it: a case that fails counts more than all that pass, and a skipped one does not count. */
function resultOf({ cases }: Traced): 'passed' | 'failed' | 'no passing case' | 'no case' {
  if (cases.length === 0) return 'no case';
  if (cases.some(({ state }) => state === 'failed')) return 'failed';
  return cases.some(({ state }) => state !== 'skipped') ? 'passed' : 'no passing case';
}

function matrix(traced: readonly Traced[]): string {
  const rows = traced.map((one) => {
    const { id, text, cases } = one;
    // What fails comes first.
    const sorted = cases.toSorted((a, b) => Number(b.state !== 'passed') - Number(a.state !== 'passed'));
    const named = sorted.slice(0, CASES).map(({ suite, key, state }) => `${suite} ${key} (${state})`);
    const more = cases.length - named.length;
    return [id, text, [...named, ...(more > 0 ? [`and ${String(more)} more`] : [])].join('; '), resultOf(one)];
  });
  return table(['Criterion', 'Text', 'Cases', 'Result'], rows, 'No case names a criterion.');
}

function evidence(runs: readonly LoadedRun[]): string {
  const rows = runs.map(({ key, result }) => [key, result.revision, result.result.where, result.result.sha256]);
  return table(['Suite', 'Revision', 'Result', 'SHA-256'], rows, 'No suite has run.');
}
