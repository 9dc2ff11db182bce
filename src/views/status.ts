import type {
  AgentDependencyStatus,
  MilestoneStatus,
  PhaseState,
  PhaseStatus,
  ProgressEntry,
  TaskStatus,
} from '../contract/answers.ts';
import { operatorsOf } from '../gates/able.ts';
import type { GatesState } from '../gates/model.ts';
import { asAsked, unmet, whoMayClear } from '../gates/rules/criteria.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { AgentDependency, Milestone, Plan } from '../plan/model.ts';
import { gatesOf, milestonesBefore } from '../plan/walk.ts';
import type { MilestoneRun } from '../workflows/milestone/run.ts';
import type { TaskRun } from '../workflows/milestone/task.ts';
import type { PhaseRun } from '../workflows/phase/run.ts';
import { onlyOne, releaseCommand } from './commands.ts';
import { shownDesk } from './desk.ts';

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

/** How each "A → B" stands: in every milestone where B works, whether A's tasks of the milestones before it are over. */
export function agentDependencyStatus(run: PhaseRun): AgentDependencyStatus[] {
  return run.plan.agentDependencies.map((dependency) => ({
    from: dependency.from,
    to: dependency.to,
    reason: dependency.reason,
    milestones: run.plan.milestones
      .filter((milestone) => worksIn(milestone, dependency.to))
      .map((milestone) => {
        const waitsFor = openTasks(run, dependency, milestone);
        return { number: milestone.number, met: waitsFor.length === 0, waitsFor };
      }),
  }));
}

function openTasks(run: PhaseRun, { from }: AgentDependency, milestone: Milestone): string[] {
  return tasksBefore(run.plan, milestone.number)
    .filter(({ agent }) => agent === from)
    .map(({ ref }) => ref)
    .filter((ref) => run.outcomes[ref] === undefined);
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

/** The milestone's `status` query: every lane with its tasks and steps. */
export function milestoneStatus(run: MilestoneRun): MilestoneStatus {
  const { milestone } = run.input;
  return {
    milestone: milestone.number,
    title: milestone.title,
    lanes: milestone.lanes.map((lane) => ({
      title: lane.title,
      agent: lane.agent,
      tasks: lane.tasks.flatMap(({ ref }) => {
        const task = run.tasks.get(ref);
        return task === undefined ? [] : [taskStatus(task)];
      }),
    })),
  };
}

function taskStatus(run: TaskRun): TaskStatus {
  return {
    task: run.task.ref,
    title: run.task.title,
    state: run.state,
    waitsFor: run.waitsFor,
    ...(run.reason === undefined ? {} : { reason: run.reason }),
    ...(run.held === undefined || run.ended ? {} : { held: run.held }),
    ...instant('startedAt', run.startedAt),
    ...instant('endedAt', run.endedAt),
    ...instant('due', run.due),
    steps: run.task.steps.map(({ id, label }) => ({
      id,
      label,
      state: run.steps.get(id)?.state ?? 'pending',
      tries: run.steps.get(id)?.tries ?? 0,
    })),
  };
}

function instant<K extends string>(key: K, at: number | undefined): { [key in K]?: string } {
  return at === undefined ? {} : ({ [key]: new Date(at).toISOString() } as { [key in K]?: string });
}
