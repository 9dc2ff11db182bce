import { workflowInfo } from '@temporalio/workflow';
import { mayApprove, mayResubmit, mayWaive, operatorsOf, type Able } from '../gates/able.ts';
import { asAsked, howMet, validVotes } from '../gates/criteria.ts';
import type { GatesState, GateState } from '../gates/model.ts';
import { subjectOf } from '../gates/subject.ts';
import { missingApprovals, unmet, whoMayClear } from '../gates/unmet.ts';
import type { Criterion, Gate } from '../plan/gate-model.ts';
import {
  approveAllCommand,
  approveCommand,
  onlyOne,
  resubmitCommand,
  signAllCommand,
  signCommand,
  signWaiverCommand,
  taskCommand,
  waiveCommand,
} from './commands.ts';
import { waitsInWords } from '../gates/waits.ts';
import type { MetCriterion, OpenGate, OpenGates, UnmetCriterion } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';
import { canBeApproved, stuckCriteria, waysOut } from './ways-out.ts';

/** An open gate without the digest of what it is about, which costs more than all the rest and is not shown to people. */
export type ShownGate = Omit<OpenGate, 'subject'>;

/** The `gates` query: what each open or rejected gate still needs, from whom, and by which command. */
export function openGates(run: PhaseRun): OpenGates {
  const gates = shownGates(run.gates, run.identity.workflowId).map((gate) => ({
    ...gate,
    subject: subjectOf(run.gates, gate.gate),
  }));
  return { run: workflowInfo().firstExecutionRunId, gates };
}

/** The open and rejected gates, in the order of the plan. A command is shown only where somebody may send it. */
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
    ...(openedAt === undefined ? {} : { openedAt: iso(openedAt) }),
    ...(deadline === undefined ? {} : { deadline: iso(deadline) }),
    waits: waitsInWords(gates, current),
    ...waysOut(gates, current, workflowId),
    ...(nonce === undefined ? {} : { nonce }),
    signed: gate.policy?.trust === 'signed',
    ...(rejection === undefined ? {} : { rejection }),
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
    ...(criterion.changes === undefined ? {} : { changes: criterion.changes }),
    needs: missingApprovals(state, gate, criterion),
    ...(since === undefined ? {} : { since: iso(since) }),
    who,
    approvedBy: validVotes(state, gate, criterion).map(({ by }) => by),
    excluded,
    checks: criterion.checks.map(({ id, kind }) => {
      const { state: now, since: from, reason } = found[id] ?? { state: 'waiting' };
      return {
        kind,
        state: now,
        ...(from === undefined ? {} : { since: iso(from) }),
        ...(reason === undefined ? {} : { reason }),
      };
    }),
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
    ...(command === undefined ? {} : { command }),
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
  return [{ criterion: id, number, text, how, ...(since === undefined ? {} : { since: iso(since) }) }];
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
