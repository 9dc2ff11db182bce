import type { GateId } from '../plan/gate-model.ts';
import type { GatesState, GateState } from './model.ts';
import { note, type Turn } from './turn.ts';
import { clearIfMet } from './rounds.ts';
import { endSoak, soakEnd } from './rules/soak.ts';
import { passWindowEdges, windowEdge } from './rules/window.ts';

/** The next instant, in epoch milliseconds, at which time alone changes something; `undefined` when there is none. */
export function nextTick(state: GatesState): number | undefined {
  if (state.over === true) return undefined;
  const times = Object.values(state.gates).flatMap((gate) => (gate.state === 'open' ? dueTimes(gate) : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Does what is due by now at every open gate. */
export function tick(turn: Turn): void {
  for (const id of Object.keys(turn.state.gates)) {
    clearInTime(turn, id);
    remind(turn, id);
    passDeadline(turn, id);
  }
}

function dueTimes(gate: GateState): number[] {
  const times = [waitEnd(gate), soakEnd(gate), windowEdge(gate), reminder(gate), gate.deadline];
  return times.filter((time) => time !== undefined);
}

function waitEnd({ times, waited }: GateState): number | undefined {
  return waited === true ? undefined : times?.wait;
}

function reminder({ times, reminded = 0 }: GateState): number | undefined {
  return times?.remind?.[reminded];
}

/** The gate may have waited for nothing but the time. */
function clearInTime(turn: Turn, id: GateId): void {
  const waited = due(turn, id, waitEnd);
  if (waited !== undefined) turn.setGate(id, { ...waited, waited: true });
  const edge = due(turn, id, windowEdge);
  if (edge !== undefined) passWindowEdges(turn, edge);
  const soaked = due(turn, id, soakEnd);
  if (soaked !== undefined) endSoak(turn, soaked);
  if ([waited, edge, soaked].some((gate) => gate !== undefined)) clearIfMet(turn, id);
}

function remind(turn: Turn, id: GateId): void {
  const gate = due(turn, id, reminder);
  if (gate === undefined) return;
  turn.setGate(id, { ...gate, reminded: (gate.reminded ?? 0) + 1 });
  tell(turn, gate, 'reminder', `open since ${iso(gate.openedAt ?? 0)}`);
}

function passDeadline(turn: Turn, id: GateId): void {
  const gate = due(turn, id, ({ deadline }) => deadline);
  const policy = gate?.gate.policy?.deadline;
  if (gate === undefined || policy === undefined) return;
  const { deadline: _passed, ...rest } = gate;
  const { then, to, by = 0 } = policy;
  const extended = gate.times?.extended ?? turn.at + by * 1000;
  if (then === 'reject') {
    const reason = 'the deadline has passed';
    turn.setGate(id, { ...rest, state: 'rejected', closedAt: turn.at, rejection: { by: 'phase', reason, rework: [] } });
    tell(turn, gate, 'rejected', `${reason}; opens again on resubmit`);
  } else if (then === 'escalate' && to !== undefined) {
    turn.setGate(id, { ...rest, escalatedTo: to });
    tell(turn, gate, 'escalated', `the deadline has passed; ${to} may approve as well`);
  } else if (then === 'extend' && gate.extended !== true) {
    turn.setGate(id, { ...rest, extended: true, deadline: extended });
    tell(turn, gate, 'extended', `the deadline has passed; until ${iso(extended)}`);
  } else {
    turn.setGate(id, rest);
    tell(turn, gate, 'overdue', 'the extended deadline has passed as well');
  }
}

/** The gate, when it is open and its time has come. */
function due(turn: Turn, id: GateId, timeOf: (gate: GateState) => number | undefined): GateState | undefined {
  const gate = turn.gate(id);
  if (gate?.state !== 'open') return undefined;
  const time = timeOf(gate);
  return time !== undefined && time <= turn.at ? gate : undefined;
}

const kinds = {
  reminder: 'reminder',
  escalated: 'escalated',
  extended: 'escalated',
  overdue: 'escalated',
  rejected: 'closed',
} as const;

/** Into the ledger, and to the people. */
function tell(turn: Turn, gate: GateState, what: keyof typeof kinds, reason: string): void {
  note(turn, gate, what, reason);
  turn.effects.push({ type: 'notice', gate: gate.gate.id, kind: kinds[what], reason });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
