import type { CriteriaView, MetCriterion, OpenGate, OpenGates, UnmetCriterion, WaysOut } from '../contract/answers.ts';
import { type Able, mayApprove, mayOverride, mayResubmit, mayWaive, operatorsOf } from '../gates/able.ts';
import { placeholders } from '../gates/messages/shape.ts';
import type { GatesState, GateState } from '../gates/model.ts';
import { asAsked, howMet, isMet, missingApprovals, unmet, validVotes, whoMayClear } from '../gates/rules/criteria.ts';
import { holdOnGate, holdsOf } from '../gates/rules/hold.ts';
import { excluded, subjectOf } from '../gates/rules/separation.ts';
import { waitsInWords } from '../gates/rules/waits.ts';
import type { Criterion, Gate } from '../plan/gate-model.ts';
import { assign, isSatisfied, rulesOf } from '../plan/quorum.ts';
import type { ShownPhase } from '../contract/state.ts';
import {
  approveAllCommand,
  approveCommand,
  onlyOne,
  releaseCommand,
  resubmitCommand,
  signalCommand,
  signAllCommand,
  signCommand,
  signWaiverCommand,
  taskCommand,
  waiveCommand,
} from './commands.ts';

/** An open gate without the digest of what it is about, which costs more than all the rest and is not shown to people. */
export type ShownGate = Omit<OpenGate, 'subject'>;

/** The `gates` query: what each open or rejected gate still needs, from whom, and by which command. */
export function openGates({ identity, state }: ShownPhase): OpenGates {
  const gates = shownGates(state.gates, identity.workflowId).map((gate) => ({
    ...gate,
    subject: subjectOf(state.gates, gate.gate),
  }));
  return { run: identity.firstRunId, gates };
}

/** The `criteria` query: what every gate asks, met or not. */
export function allCriteria(state: GatesState): CriteriaView {
  const criteria = Object.values(state.gates).flatMap(({ gate, state: stage }) =>
    gate.criteria.map((criterion) => {
      const met = stage === 'cleared' || (stage === 'open' && isMet(state, gate, criterion));
      const { id, text, sameAs } = criterion;
      return { id, gate: gate.id, text, ...(sameAs === undefined ? {} : { sameAs }), met };
    }),
  );
  return { criteria };
}

/** The open and rejected gates, in the order of the plan. A command is shown only if a person may send it. */
export function shownGates(state: GatesState, workflowId: string): ShownGate[] {
  return Object.values(state.gates)
    .filter((gate) => gate.state === 'open' || gate.state === 'rejected')
    .map((gate) => shownGate(state, gate, workflowId));
}

/** "Entry gate of milestone 4.1", "Entry gate of task 4.1/b1", "Completion gate of the phase". */
export function gateTitle(gate: Gate): string {
  const kind = `${gate.kind.charAt(0).toUpperCase()}${gate.kind.slice(1)} gate`;
  if (gate.guards?.what === 'changes') return `Changes of task ${gate.guards.of}`;
  if (gate.guards !== undefined) return `${kind} of ${gate.guards.what} ${gate.guards.of}`;
  return gate.milestone === undefined ? `${kind} of the phase` : `${kind} of milestone ${gate.milestone}`;
}

function shownGate(gates: GatesState, current: GateState, workflowId: string): ShownGate {
  const { gate, state, round, openedAt, deadline, nonce, rejection } = current;
  const stuck = stuckCriteria(gates, current).map(({ id }) => id);
  return {
    gate: gate.id,
    title: gateTitle(gate),
    state,
    round,
    openedAt: openedAt === undefined ? undefined : iso(openedAt),
    deadline: deadline === undefined ? undefined : iso(deadline),
    waits: waitsInWords(gates, current),
    ...waysOut(gates, current, workflowId),
    nonce,
    signed: gate.policy?.trust === 'signed',
    rejection,
    ...gateCommand(gates, current, workflowId),
    unmet: unmet(gates, gate.id).map((criterion) => {
      const whole = unmetCriterion(gates, current, criterion, workflowId);
      const { command: _command, waiver: _waiver, ...withoutCommands } = whole;
      return stuck.includes(criterion.id) ? withoutCommands : whole;
    }),
    met: gate.criteria.flatMap((criterion) => metCriterion(gates, current, criterion)),
  };
}

function unmetCriterion(
  state: GatesState,
  current: GateState,
  criterion: Criterion,
  workflowId: string,
): UnmetCriterion {
  const { gate } = current;
  const { people: who, excluded } = whoMayClear(state, gate, criterion);
  const { checks: found = {}, since } = current.criteria[criterion.id] ?? {};
  const { approval } = asAsked(state, gate, criterion);
  return {
    criterion: criterion.id,
    number: criterion.number,
    text: criterion.text,
    approval,
    changes: criterion.changes,
    needs: missingApprovals(state, gate, criterion),
    since: since === undefined ? undefined : iso(since),
    who,
    approvedBy: validVotes(state, gate, criterion).map(({ by }) => by),
    excluded,
    checks: criterion.checks.map(({ id, kind }) => {
      const { state: now, since: from, reason } = found[id] ?? { state: 'waiting' };
      return {
        kind,
        state: now,
        since: from === undefined ? undefined : iso(from),
        reason,
      };
    }),
    ...evidenceOf(current, criterion),
    ...(current.state === 'open' ? criterionCommands(state, current, criterion, workflowId) : {}),
  };
}

/** What meets a criterion, and what does without it where nothing else may. */
function criterionCommands(
  state: GatesState,
  current: GateState,
  criterion: Criterion,
  workflowId: string,
): Pick<UnmetCriterion, 'command' | 'waiver' | 'waivers'> {
  const { gate } = current;
  const isSigned = gate.policy?.trust === 'signed';
  const commandOf = (command: typeof approveCommand, able: Able) =>
    able === undefined ? undefined : command(workflowId, gate.id, criterion, onlyOne(able));
  const { approval } = asAsked(state, gate, criterion);
  const waivers = mayWaive(state, gate, criterion);
  const waiver = commandOf(isSigned ? signWaiverCommand : waiveCommand, waivers);
  const approve = commandOf(isSigned ? signCommand : approveCommand, mayApprove(state, gate, criterion));
  const command = approval === 'no' ? waiver : approve;
  const isWaived = needsWaiver(state, current, criterion);
  return {
    command,
    ...(waiver === undefined || waivers === undefined || !isWaived ? {} : { waiver, waivers }),
  };
}

/** Whether a check has failed, or too few are left to approve, and the one does not make up for the other. */
function needsWaiver(state: GatesState, current: GateState, criterion: Criterion): boolean {
  const found = Object.values(current.criteria[criterion.id]?.checks ?? {});
  const hasFailed = found.some((check) => check.state === 'failed');
  switch (asAsked(state, current.gate, criterion).approval) {
    case 'no':
      return hasFailed;
    case 'or':
      return hasFailed && !canBeApproved(state, current, criterion);
    case 'and':
    case 'only':
      return hasFailed || !canBeApproved(state, current, criterion);
  }
}

function metCriterion(state: GatesState, current: GateState, criterion: Criterion): MetCriterion[] {
  const how = howMet(state, current.gate, criterion);
  if (how === undefined) return [];
  const { since } = current.criteria[criterion.id] ?? {};
  const { id, number, text } = criterion;
  const evidence = evidenceOf(current, criterion);
  return [{ criterion: id, number, text, how, ...evidence, since: since === undefined ? undefined : iso(since) }];
}

/** Pieces of evidence that are shown of one criterion. */
const EVIDENCE = 10;

function evidenceOf({ criteria }: GateState, { id }: Criterion): Pick<UnmetCriterion, 'evidence'> {
  const { votes = [], checks = {} } = criteria[id] ?? {};
  const found = Object.values(checks).flatMap(({ evidence = [] }) => evidence);
  const named = votes.flatMap(({ evidence }) => evidence ?? []);
  const evidence = [...found, ...named].slice(0, EVIDENCE);
  return evidence.length === 0 ? {} : { evidence };
}

/** What moves a gate as a whole, and who may send it. */
function gateCommand(state: GatesState, current: GateState, workflowId: string): Pick<OpenGate, 'command' | 'who'> {
  const { gate, rejection } = current;
  if (current.state === 'rejected') {
    if (gate.guards?.what === 'changes') {
      const { of } = gate.guards;
      return given(operatorsOf(state), (by) => taskCommand(workflowId, 'retry', of, by));
    }
    if (rejection !== undefined && rejection.rework.length > 0) return {};
    return given(mayResubmit(state, current), (by) => resubmitCommand(workflowId, gate.id, by));
  }
  const stuck = stuckCriteria(state, current).map(({ id }) => id);
  const able = unmet(state, gate.id)
    .filter(({ id }) => !stuck.includes(id))
    .map((criterion) => mayApprove(state, gate, criterion))
    .filter((who) => who !== undefined);
  if (able.length === 0) return {};
  const command = gate.policy?.trust === 'signed' ? signAllCommand : approveAllCommand;
  return given([...new Set(able.flat())], (by) => command(workflowId, gate.id, by));
}

function given(who: Able, command: (by: string) => string): Pick<OpenGate, 'command' | 'who'> {
  return who === undefined ? {} : { command: command(onlyOne(who)), who };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** What helps where approvals cannot, and what is said where nothing helps. */
export function waysOut(state: GatesState, current: GateState, workflowId: string): WaysOut {
  if (current.state === 'rejected') {
    const mayContinue = (current.rejection?.rework.length ?? 0) > 0 || mayOpenAgain(state, current) !== undefined;
    return mayContinue ? {} : { stuck: `no person is left who may open it again: ${CHANGE}` };
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
function stuckCriteria(state: GatesState, current: GateState): Criterion[] {
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

/** Tells whether all people who are left could approve a criterion together. In open mode there is always another person. */
function canBeApproved(state: GatesState, { gate }: GateState, planned: Criterion): boolean {
  if (state.people === null) return true;
  const criterion = asAsked(state, gate, planned);
  const votes = validVotes(state, gate, criterion);
  const left = Object.entries(state.people ?? {}).filter(
    ([by]) => !votes.some((vote) => vote.by === by) && excluded(state, gate, by, criterion) === undefined,
  );
  const rules = rulesOf(criterion);
  const voters = left.map(([by, { roles }]) => ({ by, roles }));
  if (criterion.ordered !== true) return isSatisfied(rules, [...votes, ...voters]);
  // Votes keep the places that they took in order. Those who are left can keep the order among themselves.
  const taken = assign(rules, votes, true);
  const open = rules.map((rule, index) => ({ ...rule, quorum: rule.quorum - (taken[index]?.length ?? 0) }));
  return isSatisfied(open, voters);
}

function stuckInWords(stuck: readonly Criterion[], override: WaysOut['override']): string {
  const numbers = stuck.map(({ number }) => String(number)).join(', ');
  const what = `${stuck.length === 1 ? 'criterion' : 'criteria'} ${numbers}`;
  if (override === undefined) return `no person is left who may approve ${what}: ${CHANGE}`;
  return `no person is left who may approve ${what}; ${override.role} (${override.who.join(', ')}) may override`;
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
  return Object.entries(holdsOf(state)).find(([, one]) => one === hold)?.[0];
}
