import { workflowInfo } from '@temporalio/workflow';
import { howMet, validVotes } from '../gates/criteria.ts';
import type { GateState } from '../gates/model.ts';
import { subjectOf } from '../gates/subject.ts';
import { missingApprovals, unmet, whoMayClear } from '../gates/unmet.ts';
import { gatesOf } from '../plan/gate-order.ts';
import type { Criterion, Gate } from '../plan/gate-model.ts';
import {
  approveAllCommand,
  approveCommand,
  resubmitCommand,
  signAllCommand,
  signCommand,
  signWaiverCommand,
  SOMEONE,
  taskCommand,
  waiveCommand,
} from './commands.ts';
import { waitsInWords } from '../gates/waits.ts';
import type { MetCriterion, OpenGate, OpenGates, UnmetCriterion } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';
import { onlyOne } from './views.ts';
import { stuckCriteria, waysOut } from './ways-out.ts';

/** An open gate without the digest of what it is about, which costs more than all the rest and is not shown to people. */
export type ShownGate = Omit<OpenGate, 'subject'>;

/** The `gates` query: what each open or rejected gate still needs, from whom, and by which command. */
export function openGates(run: PhaseRun): OpenGates {
  const gates = shownGates(run).map((gate) => ({ ...gate, subject: subjectOf(run.gates, gate.gate) }));
  return { run: workflowInfo().firstExecutionRunId, gates };
}

/** The open and rejected gates, for the board. */
export function shownGates(run: PhaseRun): ShownGate[] {
  return gatesOf(run.plan)
    .map(({ id }) => run.gate(id))
    .filter(({ state }) => state === 'open' || state === 'rejected')
    .map((gate) => shownGate(run, gate));
}

/** "Entry gate of milestone 4.1", "Entry gate of task 4.1/b1", "Completion gate of the phase". */
export function gateTitle(gate: Gate): string {
  const kind = `${gate.kind.charAt(0).toUpperCase()}${gate.kind.slice(1)} gate`;
  if (gate.guards?.what === 'changes') return `Changes of task ${gate.guards.of}`;
  if (gate.guards !== undefined) return `${kind} of ${gate.guards.what} ${gate.guards.of}`;
  return gate.milestone === undefined ? `${kind} of the phase` : `${kind} of milestone ${gate.milestone}`;
}

function shownGate(run: PhaseRun, current: GateState): ShownGate {
  const { gate, state, round, openedAt, deadline, nonce, rejection } = current;
  const command = gateCommand(run, current);
  const stuck = stuckCriteria(run.gates, current).map(({ id }) => id);
  return {
    gate: gate.id,
    title: gateTitle(gate),
    state,
    round,
    ...(openedAt === undefined ? {} : { openedAt: iso(openedAt) }),
    ...(deadline === undefined ? {} : { deadline: iso(deadline) }),
    waits: waitsInWords(run.gates, current),
    ...waysOut(run.gates, current, run.identity.workflowId),
    ...(nonce === undefined ? {} : { nonce }),
    signed: gate.policy?.trust === 'signed',
    ...(rejection === undefined ? {} : { rejection }),
    ...(command === undefined ? {} : { command }),
    unmet: unmet(run.gates, gate.id).map((criterion) => {
      const whole = unmetCriterion(run, gate, criterion);
      const { command: _command, waiver: _waiver, ...withoutCommands } = whole;
      return stuck.includes(criterion.id) ? withoutCommands : whole;
    }),
    met: gate.criteria.flatMap((criterion) => metCriterion(run, gate, criterion)),
  };
}

function unmetCriterion(run: PhaseRun, gate: Gate, criterion: Criterion): UnmetCriterion {
  const { people: who, excluded } = whoMayClear(run.gates, gate, criterion);
  const { checks: found = {}, since } = run.gate(gate.id).criteria[criterion.id] ?? {};
  const isSigned = gate.policy?.trust === 'signed';
  const approve = isSigned ? signCommand : approveCommand;
  const waive = isSigned ? signWaiverCommand : waiveCommand;
  const isOpen = run.gate(gate.id).state === 'open';
  const commandOf = (command: typeof approve) => command(run.identity.workflowId, gate.id, criterion, onlyOne(who));
  const isHeldByChecks = criterion.approval !== 'or' && Object.values(found).some(({ state }) => state === 'failed');
  return {
    criterion: criterion.id,
    number: criterion.number,
    text: criterion.text,
    approval: criterion.approval,
    ...(criterion.changes === undefined ? {} : { changes: criterion.changes }),
    needs: criterion.approval === 'no' ? '' : missingApprovals(run.gates, gate, criterion),
    ...(since === undefined ? {} : { since: iso(since) }),
    who,
    approvedBy: validVotes(run.gates, gate, criterion).map(({ by }) => by),
    excluded,
    checks: criterion.checks.map(({ id, kind }) => {
      const { state, since: from, reason } = found[id] ?? { state: 'waiting' };
      return {
        kind,
        state,
        ...(from === undefined ? {} : { since: iso(from) }),
        ...(reason === undefined ? {} : { reason }),
      };
    }),
    ...(isOpen ? { command: commandOf(criterion.approval === 'no' ? waive : approve) } : {}),
    ...(isOpen && isHeldByChecks ? { waiver: commandOf(waive) } : {}),
  };
}

function metCriterion(run: PhaseRun, gate: Gate, criterion: Criterion): MetCriterion[] {
  const how = howMet(run.gates, gate, criterion);
  if (how === undefined) return [];
  const { since } = run.gate(gate.id).criteria[criterion.id] ?? {};
  const { id, number, text } = criterion;
  return [{ criterion: id, number, text, how, ...(since === undefined ? {} : { since: iso(since) }) }];
}

/** What moves a gate as a whole. */
function gateCommand(run: PhaseRun, { gate, state, rejection }: GateState): string | undefined {
  const { workflowId } = run.identity;
  if (state === 'rejected') {
    if (gate.guards?.what === 'changes') return taskCommand(workflowId, 'retry', gate.guards.of, SOMEONE);
    return rejection !== undefined && rejection.rework.length > 0
      ? undefined
      : resubmitCommand(workflowId, gate.id, SOMEONE);
  }
  const stuck = stuckCriteria(run.gates, run.gate(gate.id)).map(({ id }) => id);
  const asked = unmet(run.gates, gate.id).filter(({ approval, id }) => approval !== 'no' && !stuck.includes(id));
  if (asked.length === 0) return undefined;
  const who = [...new Set(asked.flatMap((criterion) => whoMayClear(run.gates, gate, criterion).people))];
  if (gate.policy?.trust === 'signed') return signAllCommand(workflowId, gate.id, onlyOne(who));
  return approveAllCommand(workflowId, gate.id, onlyOne(who));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
