import { placeholders } from '../gates/messages.ts';
import { mayOverride, mayResubmit, mayWaive, operatorsOf, type Able } from '../gates/able.ts';
import { holdOnGate } from '../gates/holds.ts';
import { asAsked, validVotes } from '../gates/criteria.ts';
import type { GatesState, GateState } from '../gates/model.ts';
import { excluded } from '../gates/separation.ts';
import { unmet } from '../gates/unmet.ts';
import type { Criterion } from '../plan/gate-model.ts';
import { isSatisfied, rulesOf } from '../plan/quorum.ts';
import { onlyOne, releaseCommand, signalCommand, signAllCommand } from './commands.ts';
import type { WaysOut } from './messages.ts';

/** What helps where approvals cannot, and what is said where nothing helps. */
export function waysOut(state: GatesState, current: GateState, workflowId: string): WaysOut {
  if (current.state === 'rejected') {
    const isForSomebody = (current.rejection?.rework.length ?? 0) > 0 || mayOpenAgain(state, current) !== undefined;
    return isForSomebody ? {} : { stuck: `nobody is left who may open it again: ${CHANGE}` };
  }
  if (current.state !== 'open') return {};
  const override = overrideOf(state, current, workflowId);
  const stuck = stuckCriteria(state, current);
  const held = heldName(state, current);
  const operators = operatorsOf(state);
  return {
    // A hold stands above it.
    ...(override === undefined || held !== undefined ? {} : { override }),
    ...(stuck.length === 0 ? {} : { stuck: stuckInWords(stuck, override) }),
    ...(held === undefined || operators === undefined
      ? {}
      : { release: releaseCommand(workflowId, held, onlyOne(operators)) }),
  };
}

const CHANGE = 'people in the playbook have to change';

function mayOpenAgain(state: GatesState, current: GateState): Able {
  return current.gate.guards?.what === 'changes' ? operatorsOf(state) : mayResubmit(state, current);
}

/** Unmet criteria that all who are left together could not meet. An operator who is left may still waive them. */
export function stuckCriteria(state: GatesState, current: GateState): Criterion[] {
  const { gate } = current;
  if (current.state !== 'open') return [];
  return unmet(state, gate.id).filter((planned) => {
    if (canBeMet(state, current, planned) || mayWaive(state, gate, planned) !== undefined) return false;
    const to = gate.policy?.deadline?.then === 'escalate' ? gate.policy.deadline.to : undefined;
    if (to === undefined || current.escalatedTo !== undefined) return true;
    const later = { ...current, escalatedTo: to };
    return !canBeMet({ ...state, gates: { ...state.gates, [gate.id]: later } }, later, planned);
  });
}

/** Checks may pass yet, whoever is left. */
function canBeMet(state: GatesState, current: GateState, planned: Criterion): boolean {
  const { approval } = asAsked(state, current.gate, planned);
  return approval === 'no' || approval === 'or' || canBeApproved(state, current, planned);
}

/** Whether all who are left together could approve a criterion; in open mode there is always somebody else. */
export function canBeApproved(state: GatesState, { gate }: GateState, planned: Criterion): boolean {
  if (state.people === null) return true;
  const criterion = asAsked(state, gate, planned);
  const votes = validVotes(state, gate, criterion);
  const left = Object.entries(state.people ?? {}).filter(
    ([by]) => !votes.some((vote) => vote.by === by) && excluded(state, gate, by, criterion) === undefined,
  );
  // Without their order, which those who are left can keep.
  return isSatisfied(rulesOf(criterion), [...votes, ...left.map(([by, { roles }]) => ({ by, roles }))]);
}

function stuckInWords(stuck: readonly Criterion[], override: WaysOut['override']): string {
  const numbers = stuck.map(({ number }) => String(number)).join(', ');
  const what = `${stuck.length === 1 ? 'criterion' : 'criteria'} ${numbers}`;
  if (override === undefined) return `nobody is left who may approve ${what}: ${CHANGE}`;
  return `nobody is left who may approve ${what}; ${override.role} (${override.who.join(', ')}) may override`;
}

function overrideOf(state: GatesState, { gate }: GateState, workflowId: string): WaysOut['override'] {
  const role = gate.policy?.override?.role;
  const who = mayOverride(state, gate);
  if (role === undefined || who === undefined) return undefined;
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
