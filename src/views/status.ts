import type { AgentDependencyStatus, PhaseStage, PhaseStatus } from '../contract/answers.ts';
import type { GatesState } from '../gates/model.ts';
import { asAsked, freshCriteria, unmet, whoMayClear } from '../gates/rules/criteria.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { AgentDependency, Milestone, Plan } from '../plan/model.ts';
import { gatesOf, milestonesBefore } from '../plan/walk.ts';
import type { PhaseState, ShownPhase } from '../contract/state.ts';
import { shownDesk, shownHolds, shownProgress } from './desk.ts';
import { gateOf, overviews } from './state.ts';

/** One word for where the phase is, from what waits. */
export function phaseState(gates: GatesState): PhaseStage {
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

/** The gates as they will be when these rounds have opened. */
export function asOpened(state: GatesState, opening: ReadonlySet<GateId>): GatesState {
  const gates = Object.entries(state.gates).map(([id, gate]) => {
    if (!opening.has(id)) return [id, gate] as const;
    return [id, { ...gate, state: 'open' as const, criteria: freshCriteria(state, gate, gate.round + 1) }] as const;
  });
  return { ...state, gates: Object.fromEntries(gates) };
}

/** The `status` query. */
export function phaseStatus(phase: ShownPhase, stage: PhaseStage): PhaseStatus {
  const { identity, state } = phase;
  const { plan, gates } = state;
  return {
    phase: identity.name,
    title: `Phase ${plan.number}: ${plan.title}`,
    state: stage,
    answers: state.workers === undefined ? 'asserted' : 'signed',
    gates: shownIds(state).map((id) => ({ gate: id, state: gateOf(state, id).state, round: gateOf(state, id).round })),
    milestones: overviews(phase),
    desk: shownDesk(gates, identity.workflowId),
    progress: shownProgress(gates),
    holds: shownHolds(gates, identity.workflowId),
    agentDependencies: agentDependencyStatus(state),
  };
}

/** Every gate, in the order of the plan. Gates of changes are left out until a person has been asked about the change. */
export function shownIds(state: PhaseState): GateId[] {
  const gates = gatesOf(state.plan).filter(
    ({ id, guards }) => guards?.what !== 'changes' || gateOf(state, id).round > 0,
  );
  return gates.map(({ id }) => id);
}

/** How each "A → B" stands: in every milestone where B works, whether A's tasks of the milestones before it are over. */
export function agentDependencyStatus(state: PhaseState): AgentDependencyStatus[] {
  const { plan } = state;
  return plan.agentDependencies.map((dependency) => ({
    from: dependency.from,
    to: dependency.to,
    reason: dependency.reason,
    milestones: plan.milestones
      .filter((milestone) => worksIn(milestone, dependency.to))
      .map((milestone) => {
        const waitsFor = openTasks(state, dependency, milestone);
        return { number: milestone.number, met: waitsFor.length === 0, waitsFor };
      }),
  }));
}

function openTasks({ plan, outcomes }: PhaseState, { from }: AgentDependency, milestone: Milestone): string[] {
  return tasksBefore(plan, milestone.number)
    .filter(({ agent }) => agent === from)
    .map(({ ref }) => ref)
    .filter((ref) => outcomes[ref] === undefined);
}

function tasksBefore(plan: Plan, number: string) {
  const earlier = milestonesBefore(plan, number);
  return plan.milestones
    .filter((milestone) => earlier.includes(milestone.number))
    .flatMap((milestone) => milestone.lanes.flatMap((lane) => lane.tasks));
}

function worksIn(milestone: Milestone, agents: readonly string[]): boolean {
  return milestone.lanes.some((lane) => agents.includes(lane.agent));
}
