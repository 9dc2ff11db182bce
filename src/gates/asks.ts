import type { Criterion, Gate } from '../plan/gate-model.ts';
import { digestOf } from './chain.ts';
import type { AskedChanges, GatesEvent } from './events.ts';
import type { Turn } from './turn.ts';

/** Lines that a criterion's text repeats; the rest is where it says. */
const LINES = 5;
const TEXT_CHARACTERS = 1000;
const REASON_CHARACTERS = 1000;

/** Puts what a task's steps would do before people: the gate gets a criterion for each, and is ready for its next round. */
export function askChanges(turn: Turn, { gate: id, changes }: GatesEvent & { type: 'ask' }): void {
  const current = turn.gate(id);
  if (current?.gate.guards?.what !== 'changes' || current.state === 'open' || turn.state.over === true) return;
  const criteria = changes.map((one, index) => criterionOf(current.gate, index + 1, one));
  turn.setGate(id, { gate: { ...current.gate, criteria }, state: 'pending', round: current.round, criteria: {} });
  turn.record({
    what: 'asked',
    trust: 'phase',
    on: id,
    code: 'ACCEPTED',
    reason: criteria
      .map(({ text }) => text)
      .join(' · ')
      .slice(0, REASON_CHARACTERS)
      .toWellFormed(),
    criteria: criteria.map((criterion) => criterion.id),
    rests: Object.fromEntries(criteria.map((criterion, index) => [criterion.id, changes[index]?.sha256 ?? ''])),
  });
}

/** A criterion that a step's changes have brought up; who decides it, the plan says. */
export function criterionOf(gate: Gate, number: number, asked?: AskedChanges): Criterion {
  return {
    id: `${gate.id}/${String(number)}`,
    number,
    text: asked === undefined ? '' : inWords(asked),
    checks: [],
    approval: 'only',
    ...gate.asks,
    ...(asked === undefined ? {} : { changes: { where: asked.where, sha256: asked.sha256 } }),
    line: gate.line,
  };
}

function inWords({ lines, where }: AskedChanges): string {
  const told = lines.slice(0, LINES).join('; ').slice(0, TEXT_CHARACTERS).toWellFormed();
  const rest = lines.length - LINES;
  return rest > 0 ? `${told}; and ${String(rest)} more, in ${where}` : told;
}

/**
 * Digest of what a step would do. It covers the very words that are put before people, so that nobody can be shown others than
 * those that the step then compares.
 *
 * @returns hex SHA-256
 */
export function changesDigest({ lines, where }: Pick<AskedChanges, 'lines' | 'where'>): string {
  return digestOf({ lines, where });
}
