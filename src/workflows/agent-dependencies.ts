import type { AgentDependency, Milestone, Plan } from '../plan/model.ts';
import { milestonesBefore } from '../plan/order.ts';
import type { AgentDependencyStatus } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';

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
