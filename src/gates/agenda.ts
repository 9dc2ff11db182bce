import type { GateId } from '../plan/gate-model.ts';
import type { GatesState, GateState } from './model.ts';
import { note, type Draft } from './draft.ts';
import { clearIfMet } from './rounds.ts';
import { endSoak, soakEnd } from './rules/soak.ts';
import { passWindowEdges, windowEdge } from './rules/window.ts';

/** The next instant, in epoch milliseconds, at which time alone changes something at a gate; `undefined` when there is none. */
export function nextDue(state: GatesState): number | undefined {
  const times = Object.values(state.gates).flatMap((gate) => (gate.state === 'open' ? dueTimes(gate) : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Does what is due by now at every open gate. */
export function passTime(draft: Draft): void {
  for (const id of Object.keys(draft.state.gates)) {
    clearInTime(draft, id);
    remind(draft, id);
    passDeadline(draft, id);
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
function clearInTime(draft: Draft, id: GateId): void {
  const waited = due(draft, id, waitEnd);
  if (waited !== undefined) draft.setGate(id, { ...waited, waited: true });
  const edge = due(draft, id, windowEdge);
  if (edge !== undefined) passWindowEdges(draft, edge);
  const soaked = due(draft, id, soakEnd);
  if (soaked !== undefined) endSoak(draft, soaked);
  if ([waited, edge, soaked].some((gate) => gate !== undefined)) clearIfMet(draft, id);
}

function remind(draft: Draft, id: GateId): void {
  const gate = due(draft, id, reminder);
  if (gate === undefined) return;
  draft.setGate(id, { ...gate, reminded: (gate.reminded ?? 0) + 1 });
  tell(draft, gate, 'reminder', `open since ${iso(gate.openedAt ?? 0)}`);
}

function passDeadline(draft: Draft, id: GateId): void {
  const gate = due(draft, id, ({ deadline }) => deadline);
  const policy = gate?.gate.policy?.deadline;
  if (gate === undefined || policy === undefined) return;
  const { deadline: _passed, ...rest } = gate;
  const { then, to, by = 0 } = policy;
  const extended = gate.times?.extended ?? draft.at + by * 1000;
  if (then === 'reject') {
    const reason = 'the deadline has passed';
    draft.setGate(id, {
      ...rest,
      state: 'rejected',
      closedAt: draft.at,
      rejection: { by: 'phase', reason, rework: [] },
    });
    tell(draft, gate, 'rejected', `${reason}; opens again on resubmit`);
  } else if (then === 'escalate' && to !== undefined) {
    draft.setGate(id, { ...rest, escalatedTo: to });
    tell(draft, gate, 'escalated', `the deadline has passed; ${to} may approve as well`);
  } else if (then === 'extend' && gate.extended !== true) {
    draft.setGate(id, { ...rest, extended: true, deadline: extended });
    tell(draft, gate, 'extended', `the deadline has passed; until ${iso(extended)}`);
  } else {
    draft.setGate(id, rest);
    tell(draft, gate, 'overdue', 'the extended deadline has passed as well');
  }
}

/** The gate, when it is open and its time has come. */
function due(draft: Draft, id: GateId, timeOf: (gate: GateState) => number | undefined): GateState | undefined {
  const gate = draft.gate(id);
  if (gate?.state !== 'open') return undefined;
  const time = timeOf(gate);
  return time !== undefined && time <= draft.at ? gate : undefined;
}

const kinds = {
  reminder: 'reminder',
  escalated: 'escalated',
  extended: 'escalated',
  overdue: 'escalated',
  rejected: 'closed',
} as const;

/** Into the ledger, and to the people. */
function tell(draft: Draft, gate: GateState, what: keyof typeof kinds, reason: string): void {
  note(draft, gate, what, reason);
  draft.effects.push({ type: 'notice', gate: gate.gate.id, kind: kinds[what], reason });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
