import { own } from '../base/json.ts';
import { AMENDMENT } from '../plan/amendments.ts';
import type { Gate, GateId, TaskRef } from '../plan/gate-model.ts';
import { gatesOf } from '../plan/walk.ts';
import type { Draft } from './draft.ts';
import type { GatesEvent } from './events.ts';
import type { GateState, TaskSummary } from './model.ts';
import { summariesOf } from './summaries.ts';

type Amended = GatesEvent & { type: 'amended' };

/**
 * Takes the gates of an amended plan. An open gate that has changed ends its round, and its next round opens with what it asks now: what
 * was said to other criteria does not count for these.
 */
export function replaceGates(draft: Draft, { plan, changes, number }: Amended): void {
  const changed = new Set(changes.flatMap(({ gate }) => gate ?? []));
  const reason = `amendment ${String(number)} has changed what it asks`;
  const reopened: GateState[] = [];
  const gates = gatesOf(plan).map((gate): [GateId, GateState] => {
    const known = draft.gate(gate.id);
    if (known === undefined) return [gate.id, { gate, state: 'pending', round: 0, criteria: {} }];
    const current = { ...known, gate: asKnown(gate, known.gate) };
    if (!changed.has(gate.id) || known.state !== 'open') return [gate.id, current];
    reopened.push(known);
    const rejection = { by: 'phase', reason, rework: [] };
    return [gate.id, { ...current, state: 'rejected', closedAt: draft.at, rejection }];
  });
  const mine = draft.gate(AMENDMENT);
  draft.state = {
    ...draft.state,
    gates: Object.fromEntries(mine === undefined ? gates : [...gates, [AMENDMENT, mine]]),
  };
  for (const { gate, round } of reopened) {
    const told = `${reason}: round ${String(round)} is over, what was said in it does not count any more, and the next one opens`;
    draft.record({ what: 'closed', trust: 'phase', on: gate.id, round, code: 'ACCEPTED', reason: told });
    draft.effects.push({ type: 'notice', gate: gate.id, kind: 'closed', reason: told });
    draft.effects.push({ type: 'reopen', gate: gate.id });
  }
}

/** A gate as the plan has it now, with the criteria that it got while the phase ran: what steps ask, and reviews of overrides. */
function asKnown(gate: Gate, known: Gate): Gate {
  if (gate.guards?.what === 'changes')
    return known.criteria.length === 0 ? gate : { ...gate, criteria: known.criteria };
  const reviews = known.criteria.filter(({ reviews }) => reviews !== undefined);
  if (reviews.length === 0) return gate;
  const numbered = reviews.map((criterion, index) => {
    const number = gate.criteria.length + index + 1;
    return { ...criterion, id: `${gate.id}/${String(number)}`, number };
  });
  return { ...gate, criteria: [...gate.criteria, ...numbered] };
}

/** Takes the tasks of an amended plan: how they stand is as it was, and those that are not in it any more are forgotten. */
export function replaceTasks(draft: Draft, { plan }: Amended): void {
  const { state } = draft;
  const tasks = Object.entries(summariesOf(plan)).map(([ref, fresh]): [TaskRef, TaskSummary] => {
    const known = own(state.tasks, ref);
    return [ref, known === undefined ? fresh : asBefore(fresh, known)];
  });
  const isPlanned = ([ref]: [TaskRef, unknown]) => tasks.some(([other]) => other === ref);
  draft.state = {
    ...state,
    tasks: Object.fromEntries(tasks),
    desk: Object.fromEntries(Object.entries(state.desk).filter(isPlanned)),
    progress: Object.fromEntries(Object.entries(state.progress).filter(isPlanned)),
  };
}

function asBefore(fresh: TaskSummary, { state, by, results, ended, rounds }: TaskSummary): TaskSummary {
  return {
    ...fresh,
    state,
    ...(by === undefined ? {} : { by }),
    ...(results === undefined ? {} : { results }),
    ...(ended === undefined ? {} : { ended }),
    ...(rounds?.done === undefined ? {} : { rounds }),
  };
}
