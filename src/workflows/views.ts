import { operatorsOf } from '../gates/able.ts';
import { asAsked } from '../gates/criteria.ts';
import type { GatesState } from '../gates/model.ts';
import { unmet, whoMayClear } from '../gates/unmet.ts';
import { gatesOf } from '../plan/gate-order.ts';
import { agentDependencyStatus } from './agent-dependencies.ts';
import { onlyOne, releaseCommand } from './commands.ts';
import { shownDesk } from './desk-view.ts';
import type { PhaseState, PhaseStatus, ProgressEntry } from './messages.ts';
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
      .filter((criterion) => asAsked(gates, gate, criterion).approval !== 'no')
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
    desk: shownDesk(run.gates, run.identity.workflowId),
    progress: shownProgress(run.gates),
    holds: shownHolds(run.gates, run.identity.workflowId),
    agentDependencies: agentDependencyStatus(run),
  };
}

/** The last notes on tasks that are not over, newest first. */
export function shownProgress({ progress }: GatesState): ProgressEntry[] {
  return Object.entries(progress)
    .map(([task, { by, at, note }]) => ({ task, by, at: new Date(at).toISOString(), note }))
    .toReversed();
}

/** What is held, with the command that releases it. */
export function shownHolds(state: GatesState, workflowId: string): PhaseStatus['holds'] {
  const able = operatorsOf(state);
  return Object.fromEntries(
    Object.entries(state.holds).map(([on, { by, at, reason }]) => [
      on,
      {
        by,
        at: new Date(at).toISOString(),
        reason,
        ...(able === undefined ? {} : { release: releaseCommand(workflowId, on, onlyOne(able)) }),
      },
    ]),
  );
}

/** Every gate, in the order of the plan, but those of changes that nobody has been asked about. */
export function shownIds(run: PhaseRun): GateId[] {
  const gates = gatesOf(run.plan).filter(({ id, guards }) => guards?.what !== 'changes' || run.gate(id).round > 0);
  return gates.map(({ id }) => id);
}
