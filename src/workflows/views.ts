import { workflowInfo } from '@temporalio/workflow';
import type { DeskItem, GatesState, GateState } from '../gates/model.ts';
import { subjectOf } from '../gates/subject.ts';
import { missingApprovals, unmet, whoMayClear } from '../gates/unmet.ts';
import { gatesOf } from '../plan/gate-order.ts';
import type { Criterion, Gate } from '../plan/model.ts';
import { agentDependencyStatus } from './agent-dependencies.ts';
import {
  approveAllCommand,
  approveCommand,
  resubmitCommand,
  signCommand,
  SOMEONE,
  taskCommand,
  waiveCommand,
} from './commands.ts';
import type { OpenGate, OpenGates, PhaseState, PhaseStatus, UnmetCriterion } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';

/** One word for where the phase is, from what waits. */
export function phaseState(gates: GatesState): PhaseState {
  const desk = Object.values(gates.desk);
  if (desk.some(({ waits }) => waits === 'blocked')) return 'blocked';
  const asked = Object.values(gates.gates).some(({ state }) => state === 'open' || state === 'rejected');
  return asked || desk.length > 0 ? 'waiting' : 'running';
}

/** Roles and agents that are asked to act, and the blocked tasks; never people, since search attributes are not encrypted. */
export function waitingFor(gates: GatesState): { waiting: string[]; blocked: string[] } {
  const open = Object.values(gates.gates).filter(({ state }) => state === 'open');
  const roles = open.flatMap(({ gate }) =>
    unmet(gates, gate.id)
      .filter(({ approval }) => approval !== 'no')
      .flatMap((criterion) => {
        const { roles } = whoMayClear(gates, gate, criterion);
        return roles.length === 0 ? ['any role'] : roles;
      }),
  );
  const desk = Object.values(gates.desk);
  const agents = desk.filter(({ waits }) => waits !== 'blocked').flatMap((item) => item.agents);
  return {
    waiting: [...new Set([...roles, ...agents])].sort(),
    blocked: desk
      .filter(({ waits }) => waits === 'blocked')
      .map(({ task }) => task)
      .sort(),
  };
}

/** The `status` query. */
export function phaseStatus(run: PhaseRun, state: PhaseState): PhaseStatus {
  return {
    phase: run.identity.name,
    title: `Phase ${run.plan.number}: ${run.plan.title}`,
    state,
    gates: gatesOf(run.plan).map(({ id }) => ({ gate: id, state: run.gate(id).state, round: run.gate(id).round })),
    milestones: run.plan.milestones.map((milestone) => run.overview(milestone)),
    desk: Object.values(run.gates.desk).map((item) => ({
      ...item,
      who: holders(run.gates, item),
      command: deskCommand(run, item),
    })),
    holds: run.gates.holds,
    agentDependencies: agentDependencyStatus(run),
  };
}

/** The `gates` query: what each open or rejected gate still needs, from whom, and by which command. */
export function openGates(run: PhaseRun): OpenGates {
  const gates = gatesOf(run.plan)
    .map(({ id }) => run.gate(id))
    .filter(({ state }) => state === 'open' || state === 'rejected');
  return { run: workflowInfo().firstExecutionRunId, gates: gates.map((gate) => openGate(run, gate)) };
}

/** "Entry gate of milestone 4.1", "Entry gate of task 4.1/b1", "Completion gate of the phase". */
export function gateTitle(gate: Gate): string {
  const kind = `${gate.kind.charAt(0).toUpperCase()}${gate.kind.slice(1)} gate`;
  if (gate.guards !== undefined) return `${kind} of ${gate.guards.what} ${gate.guards.of}`;
  return gate.milestone === undefined ? `${kind} of the phase` : `${kind} of milestone ${gate.milestone}`;
}

function openGate(run: PhaseRun, current: GateState): OpenGate {
  const { gate, state, round, openedAt, nonce, rejection } = current;
  const command = gateCommand(run, current);
  return {
    gate: gate.id,
    title: gateTitle(gate),
    state,
    round,
    ...(openedAt === undefined ? {} : { openedAt: new Date(openedAt).toISOString() }),
    ...(nonce === undefined ? {} : { nonce }),
    signed: gate.policy?.trust === 'signed',
    subject: subjectOf(run.gates, gate.id),
    ...(rejection === undefined ? {} : { rejection }),
    ...(command === undefined ? {} : { command }),
    unmet: unmet(run.gates, gate.id).map((criterion) => unmetCriterion(run, gate, criterion)),
  };
}

function unmetCriterion(run: PhaseRun, gate: Gate, criterion: Criterion): UnmetCriterion {
  const { people: who, excluded } = whoMayClear(run.gates, gate, criterion);
  const found = run.gate(gate.id).criteria[criterion.id]?.checks ?? {};
  const unsigned = criterion.approval === 'no' ? waiveCommand : approveCommand;
  const command = gate.policy?.trust === 'signed' ? signCommand : unsigned;
  return {
    criterion: criterion.id,
    number: criterion.number,
    text: criterion.text,
    approval: criterion.approval,
    needs: criterion.approval === 'no' ? '' : missingApprovals(run.gates, gate, criterion),
    who,
    excluded,
    checks: criterion.checks.map(({ id, kind }) => {
      const reason = found[id]?.reason;
      return { kind, state: found[id]?.state ?? 'waiting', ...(reason === undefined ? {} : { reason }) };
    }),
    ...(run.gate(gate.id).state === 'open'
      ? { command: command(run.identity.workflowId, gate.id, criterion, onlyOne(who)) }
      : {}),
  };
}

/** What moves a gate as a whole. */
function gateCommand(run: PhaseRun, { gate, state, rejection }: GateState): string | undefined {
  const { workflowId } = run.identity;
  if (state === 'rejected') {
    return rejection !== undefined && rejection.rework.length > 0
      ? undefined
      : resubmitCommand(workflowId, gate.id, SOMEONE);
  }
  const asked = unmet(run.gates, gate.id).filter(({ approval }) => approval !== 'no');
  const [first] = asked;
  if (first === undefined) return undefined;
  const who = [...new Set(asked.flatMap((criterion) => whoMayClear(run.gates, gate, criterion).people))];
  if (gate.policy?.trust === 'signed') return signCommand(workflowId, gate.id, first, onlyOne(who));
  return approveAllCommand(workflowId, gate.id, onlyOne(who));
}

/** The name for a command: of the only one who may send it, or a placeholder. */
function onlyOne(who: readonly string[]): string {
  return who.length === 1 ? (who[0] ?? SOMEONE) : SOMEONE;
}

const answers = { complete: 'complete', input: 'input', blocked: 'retry' } as const;

/** The command that answers a desk item. */
export function deskCommand(run: PhaseRun, item: DeskItem): string {
  const who = holders(run.gates, item);
  return taskCommand(run.identity.workflowId, answers[item.waits], item.task, onlyOne(who));
}

/** Persons who may answer a desk item; empty in open mode, where anyone may. */
export function holders(gates: GatesState, item: DeskItem): string[] {
  return Object.entries(gates.people ?? {})
    .filter(([, person]) =>
      item.waits === 'blocked'
        ? gates.operators === null || person.roles.some((role) => gates.operators?.includes(role) === true)
        : item.agents.some((agent) => person.agents.includes(agent)),
    )
    .map(([id]) => id);
}
