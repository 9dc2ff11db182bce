import type { JsonObject } from '../../base/json.ts';
import { line } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { GatesEvent } from '../../gates/events.ts';
import type { GatesState } from '../../gates/model.ts';
import type { BoardSection, Slice } from '../../gates/slice.ts';
import { answerAcceptance } from './accepted.ts';
import { readSuiteFact, SUITE } from './fact.ts';
import { hasLater, isKnown, SUITES, type SuitesState, withoutResult, withResult } from './results.ts';
import { summary } from './summary.ts';

/** Lines of the board. */
const SHOWN = 20;

/**
 * What suites have found: the latest result of each in each environment, and how its numbers were before. At most 64 suites in environments,
 * and 400,000 bytes; a result beyond that is left out, which the ledger says.
 */
export const suites: Slice = {
  name: SUITES,
  messages: {},
  initial: { results: {}, history: {} } satisfies SuitesState,
  reduce: takeFact,
  checks: { acceptance: (state, input) => answerAcceptance(state, suitesOf(state), input) },
  board: boardOf,
  handover: (state) => handedOver(suitesOf(state)),
};

/** The state of the slice. */
export function suitesOf({ slices }: Pick<GatesState, 'slices'>): SuitesState {
  return (slices[SUITES] as SuitesState | undefined) ?? { results: {}, history: {} };
}

function takeFact(draft: Draft, event: GatesEvent): void {
  if (event.type !== 'fact' || event.topic !== SUITE) return;
  const { key, data } = event;
  const fact = readSuiteFact(data);
  if (fact === undefined || key !== `${fact.suite}/${fact.environment}`) return;
  const state = suitesOf(draft.state);
  // A milestone that starts anew tells its facts again, also after those of another one.
  if (isKnown(state, key, fact)) return;
  const isLatest = !hasLater(state, key, fact, draft.at);
  const next = withResult(state, key, fact, isLatest);
  draft.setSlice(SUITES, next ?? withoutResult(state, key));
  const late = isLatest ? '' : '; a later result of it counts';
  const reason = `${fact.suite} in ${fact.environment}: ${summary(fact)}${late}`;
  const entry = { what: 'suite', trust: 'phase', on: key, evidence: fact.result } as const;
  if (next === undefined) {
    draft.record({ ...entry, code: 'REFUSED', reason: `${reason}; there is no room for more results of suites` });
  } else draft.record({ ...entry, code: 'ACCEPTED', reason });
}

/** The last result of each suite, and where the whole of it is. */
function handedOver({ results }: SuitesState): JsonObject | undefined {
  const rows = Object.entries(results).map(
    ([key, { revision, cases, result }]) => [key, { revision, cases, result }] as const,
  );
  return rows.length === 0 ? undefined : Object.fromEntries(rows);
}

function boardOf(state: GatesState): readonly BoardSection[] {
  const results = Object.entries(suitesOf(state).results);
  const items = results.slice(0, SHOWN).map(([key, result]) => {
    const failing = result.failing.slice(0, 3).map((one) => `\`${line(one).replaceAll('`', "'")}\``);
    const names = failing.length === 0 ? '' : ` · fails: ${failing.join(', ')}`;
    return { text: `**${key}** · ${line(summary(result))}${names}` };
  });
  const rest = results.length - items.length;
  if (rest > 0) items.push({ text: `and ${rest} more` });
  return items.length === 0 ? [] : [{ title: 'Suites', items }];
}
