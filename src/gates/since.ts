import { isMet } from './criteria.ts';
import type { CriterionState, GatesState, GateState } from './model.ts';
import type { Turn } from './turn.ts';

/**
 * Notes of every criterion of the open gates whether it is met, and since when. Looked at after every event that may have
 * changed it: an approval can stop counting by what happens at another gate.
 */
export function stampCriteria(turn: Turn, before: GatesState): void {
  const { gates, people, tasks } = turn.state;
  if (gates === before.gates && people === before.people && tasks === before.tasks) return;
  for (const gate of Object.values(gates)) if (gate.state === 'open') stamp(turn, gate);
}

function stamp(turn: Turn, gate: GateState): void {
  const changed = gate.gate.criteria.flatMap((criterion): [string, CriterionState][] => {
    const known = gate.criteria[criterion.id] ?? { votes: [], checks: {} };
    const met = isMet(turn.state, gate.gate, criterion);
    return known.met === met ? [] : [[criterion.id, { ...known, met, since: turn.at }]];
  });
  if (changed.length === 0) return;
  turn.setGate(gate.gate.id, { ...gate, criteria: { ...gate.criteria, ...Object.fromEntries(changed) } });
}
