import type { GateId } from '../plan/model.ts';
import type { GatesState, GateState } from './model.ts';
import { clearIfMet } from './rounds.ts';
import type { Turn } from './turn.ts';

/** The next instant, in epoch milliseconds, at which time alone changes something; `undefined` when there is none. */
export function nextTick(state: GatesState): number | undefined {
  if (state.over === true) return undefined;
  const times = Object.values(state.gates).flatMap((gate) => (gate.state === 'open' ? dueTimes(gate) : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Does what is due by now at every open gate. */
export function tick(turn: Turn): void {
  for (const id of Object.keys(turn.state.gates)) {
    endWait(turn, id);
    remind(turn, id);
    passDeadline(turn, id);
  }
}

function dueTimes(gate: GateState): number[] {
  const { deadline } = gate;
  const times = [waitEnd(gate), reminder(gate), deadline];
  return times.filter((time) => time !== undefined);
}

function waitEnd({ gate, openedAt = 0, waited }: GateState): number | undefined {
  const wait = gate.policy?.wait;
  return wait === undefined || waited === true ? undefined : openedAt + wait * 1000;
}

function reminder({ gate, openedAt = 0, reminded = 0 }: GateState): number | undefined {
  const next = gate.policy?.remind?.[reminded];
  return next === undefined ? undefined : openedAt + next * 1000;
}

function endWait(turn: Turn, id: GateId): void {
  const gate = due(turn, id, waitEnd);
  if (gate === undefined) return;
  turn.setGate(id, { ...gate, waited: true });
  clearIfMet(turn, id);
}

function remind(turn: Turn, id: GateId): void {
  const gate = due(turn, id, reminder);
  if (gate === undefined) return;
  turn.setGate(id, { ...gate, reminded: (gate.reminded ?? 0) + 1 });
  note(turn, gate, 'reminder', `open since ${new Date(gate.openedAt ?? 0).toISOString()}`);
}

function passDeadline(turn: Turn, id: GateId): void {
  const gate = due(turn, id, ({ deadline }) => deadline);
  const policy = gate?.gate.policy?.deadline;
  if (gate === undefined || policy === undefined) return;
  const { deadline: _passed, ...rest } = gate;
  const { then, to, by = 0 } = policy;
  if (then === 'reject') {
    const reason = 'the deadline has passed';
    turn.setGate(id, { ...rest, state: 'rejected', closedAt: turn.at, rejection: { by: 'phase', reason, rework: [] } });
    turn.effects.push({ type: 'rejected', gate: id, rework: [] });
    note(turn, gate, 'rejected', `${reason}; opens again on resubmit`);
  } else if (then === 'escalate' && to !== undefined) {
    turn.setGate(id, { ...rest, escalatedTo: to });
    note(turn, gate, 'escalated', `the deadline has passed; ${to} may approve as well`);
  } else if (then === 'extend' && gate.extended !== true) {
    turn.setGate(id, { ...rest, extended: true, deadline: turn.at + by * 1000 });
    note(turn, gate, 'extended', `the deadline has passed; until ${new Date(turn.at + by * 1000).toISOString()}`);
  } else {
    turn.setGate(id, rest);
    note(turn, gate, 'overdue', 'the extended deadline has passed as well');
  }
}

/** The gate, when it is open and its time has come. */
function due(turn: Turn, id: GateId, timeOf: (gate: GateState) => number | undefined): GateState | undefined {
  const gate = turn.gate(id);
  if (gate?.state !== 'open') return undefined;
  const time = timeOf(gate);
  return time !== undefined && time <= turn.at ? gate : undefined;
}

function note(turn: Turn, { gate, round }: GateState, what: string, reason: string): void {
  turn.record({ what, trust: 'phase', on: gate.id, round, code: 'ACCEPTED', reason });
}
