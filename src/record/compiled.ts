import { digestOf } from '../base/digest.ts';
import type { CompiledPhase } from '../contract/compiled.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { answersOf } from './answers.ts';
import type { Histories } from './history.ts';

/** A plan by which a phase has gone. */
export interface CompiledSince {
  readonly compiled: CompiledPhase;
  /** Number of the ledger's entry from which on; absent: from the start. */
  readonly entry?: number;
}

/** What the phase was compiled to as it started; absent where its history does not hold it. */
export function firstCompiledIn({ phase: [first = []] }: Pick<Histories, 'phase'>): CompiledPhase | undefined {
  return answersOf(first, 'compilePhase')[0]?.answer as CompiledPhase | undefined;
}

/** Entries by which the plan has become another one. */
export function amendmentsIn(ledger: readonly LedgerEntry[]): LedgerEntry[] {
  return ledger.filter(({ what, trust }) => what === 'amended' && trust === 'phase');
}

/** What the phase went by at last: what its last amendment was compiled to, or else what it has started with. */
export function lastCompiledIn(
  histories: Pick<Histories, 'phase'>,
  ledger: readonly LedgerEntry[],
): CompiledSince | undefined {
  const last = amendmentsIn(ledger).at(-1);
  const first = firstCompiledIn(histories);
  if (last === undefined) return first === undefined ? undefined : { compiled: first };
  const answers = histories.phase.flatMap((run) => answersOf(run, 'compilePhase'));
  const found = answers.find(({ answer }) => digestOf(answer) === last.basedOn?.['compiled']);
  return found === undefined ? undefined : { compiled: found.answer as CompiledPhase, entry: last.number };
}
