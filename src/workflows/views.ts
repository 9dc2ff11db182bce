import type { DeskItem, GatesState } from '../gates/model.ts';
import { unmet, whoMayClear } from '../gates/unmet.ts';
import { gatesOf } from '../plan/gate-order.ts';
import { agentDependencyStatus } from './agent-dependencies.ts';
import { SOMEONE, taskCommand } from './commands.ts';
import type { PhaseState, PhaseStatus } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';
import type { GateId } from '../plan/gate-model.ts';

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
    gates: shownIds(run).map((id) => ({ gate: id, state: run.gate(id).state, round: run.gate(id).round })),
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

/** The name for a command: of the only one who may send it, or a placeholder. */
export function onlyOne(who: readonly string[]): string {
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

/** Every gate, in the order of the plan, but those of changes that nobody has been asked about. */
export function shownIds(run: PhaseRun): GateId[] {
  const gates = gatesOf(run.plan).filter(({ id, guards }) => guards?.what !== 'changes' || run.gate(id).round > 0);
  return gates.map(({ id }) => id);
}
