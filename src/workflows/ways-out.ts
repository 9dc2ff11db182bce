import { placeholders } from '../gates/messages.ts';
import { holdOnGate } from '../gates/holds.ts';
import { asAsked, validVotes } from '../gates/criteria.ts';
import type { GatesState, GateState } from '../gates/model.ts';
import { excluded } from '../gates/separation.ts';
import { unmet } from '../gates/unmet.ts';
import type { Criterion } from '../plan/gate-model.ts';
import { isSatisfied, rulesOf } from '../plan/quorum.ts';
import { signalCommand, signAllCommand } from './commands.ts';
import type { WaysOut } from './messages.ts';
import { onlyOne } from './views.ts';

export function waysOut(state: GatesState, current: GateState, workflowId: string): WaysOut {
  if (current.state !== 'open') return {};
  const override = overrideOf(state, current, workflowId);
  const stuck = stuckCriteria(state, current);
  const held = heldName(state, current);
  return {
    ...(override === undefined ? {} : { override }),
    ...(stuck.length === 0 ? {} : { stuck: stuckInWords(stuck, override) }),
    ...(held === undefined ? {} : { release: signalCommand(workflowId, 'release', { on: held, by: placeholders.by }) }),
  };
}

/** Unmet criteria that all who are left together could not meet. An operator who is left may still waive them. */
export function stuckCriteria(state: GatesState, current: GateState): Criterion[] {
  const { gate } = current;
  if (state.people === null || current.state !== 'open') return [];
  return unmet(state, gate.id).filter((planned) => {
    if (canBeMet(state, current, planned) || mayBeWaived(state, current, planned)) return false;
    const to = gate.policy?.deadline?.then === 'escalate' ? gate.policy.deadline.to : undefined;
    if (to === undefined || current.escalatedTo !== undefined) return true;
    const later = { ...current, escalatedTo: to };
    return !canBeMet({ ...state, gates: { ...state.gates, [gate.id]: later } }, later, planned);
  });
}

function canBeMet(state: GatesState, { gate }: GateState, planned: Criterion): boolean {
  const criterion = asAsked(state, gate, planned);
  if (criterion.approval === 'no' || criterion.approval === 'or') return true;
  const votes = validVotes(state, gate, criterion);
  const left = Object.entries(state.people ?? {}).filter(
    ([by]) => !votes.some((vote) => vote.by === by) && excluded(state, gate, by, criterion) === undefined,
  );
  // Without their order, which those who are left can keep.
  return isSatisfied(rulesOf(criterion), [...votes, ...left.map(([by, { roles }]) => ({ by, roles }))]);
}

function mayBeWaived(state: GatesState, { gate }: GateState, criterion: Criterion): boolean {
  if (criterion.reviews !== undefined) return false;
  const { people, operators } = state;
  return Object.entries(people ?? {}).some(([by, { roles }]) => {
    const operates = operators === null || roles.some((role) => operators.includes(role));
    return operates && excluded(state, gate, by, criterion) === undefined;
  });
}

function stuckInWords(stuck: readonly Criterion[], override: WaysOut['override']): string {
  const numbers = stuck.map(({ number }) => String(number)).join(', ');
  const what = `${stuck.length === 1 ? 'criterion' : 'criteria'} ${numbers}`;
  if (override === undefined) return `nobody is left who may approve ${what}: people in the playbook have to change`;
  return `nobody is left who may approve ${what}; ${override.role} (${override.who.join(', ')}) may override`;
}

function overrideOf({ people }: GatesState, { gate }: GateState, workflowId: string): WaysOut['override'] {
  const role = gate.policy?.override?.role;
  if (role === undefined) return undefined;
  const who = Object.entries(people ?? {}).flatMap(([by, { roles }]) => (roles.includes(role) ? [by] : []));
  if (people !== null && who.length === 0) return undefined;
  const by = onlyOne(who);
  const command =
    gate.policy?.trust === 'signed'
      ? `${signAllCommand(workflowId, gate.id, by)} --override --reason ${placeholders.reason}`
      : signalCommand(workflowId, 'override', { gate: gate.id, by, reason: placeholders.reason });
  return { role, who, command };
}

/** The name under which the gate is held: its own, its milestone's, or the phase's. */
function heldName(state: GatesState, { gate }: GateState): string | undefined {
  const hold = holdOnGate(state, gate);
  return hold === undefined ? undefined : Object.keys(state.holds).find((on) => state.holds[on] === hold);
}
