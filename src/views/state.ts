import type { MilestoneOverview } from '../contract/answers.ts';
import type { PhaseState, ShownPhase } from '../contract/state.ts';
import type { GateState } from '../gates/model.ts';
import type { GateId, TaskRef } from '../plan/gate-model.ts';
import type { Milestone } from '../plan/model.ts';

/** @throws TypeError when the plan has no such gate */
export function gateOf({ gates }: Pick<PhaseState, 'gates'>, id: GateId): GateState {
  const state = gates.gates[id];
  if (state === undefined) throw new TypeError(`no gate ${id}`);
  return state;
}

/** Workflow id of a milestone. It holds no slash: Temporal's HTTP API could not address it. */
export function childId(phase: string, milestone: string): string {
  return `${phase}:${milestone}`;
}

/** How far each milestone is, in the order of the plan. */
export function overviews({ identity, state }: ShownPhase): MilestoneOverview[] {
  return state.plan.milestones.map((milestone) => overview(identity.workflowId, state, milestone));
}

function overview(workflowId: string, { milestones }: PhaseState, { number, title }: Milestone): MilestoneOverview {
  const { stage = 'pending', runs = 0, channel } = milestones[number] ?? {};
  return {
    number,
    title,
    // A rework runs its lanes again while a later gate waits.
    stage: channel === undefined ? stage : 'work',
    runs,
    workflowId: childId(workflowId, number),
  };
}

/** Whether a task is done or skipped, as far as the phase has heard; its results may come later. */
export function isOver({ gates, milestones, outcomes }: PhaseState, task: TaskRef): boolean {
  const channel = milestones[gates.tasks[task]?.milestone ?? '']?.channel;
  return outcomes[task] !== undefined || channel?.taken[task]?.over === true;
}
