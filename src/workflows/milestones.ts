import { condition } from '@temporalio/workflow';
import { agentDependencyStatus } from './agent-dependencies.ts';
import type { Milestone } from '../plan/model.ts';
import { holdGate, type Rework } from './gate-keeper.ts';
import { runLanes } from './lanes.ts';
import type { MilestoneStage } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';
import { rework } from './rework.ts';
import type { Start } from './start.ts';

const stages: readonly MilestoneStage[] = ['pending', 'entry', 'work', 'exit', 'quality', 'done'];

/**
 * Takes one milestone from its dependencies to its cleared quality gate. Each stage is recorded, so that a phase that has
 * continued as new goes on where it was.
 */
export async function runMilestone(run: PhaseRun, start: Start, milestone: Milestone): Promise<void> {
  const { number } = milestone;
  const isPast = (stage: MilestoneStage) => stages.indexOf(run.stage(number)) > stages.indexOf(stage);
  const redo: Rework = (gate, tasks) => rework(run, start, gate, tasks);
  const before = run.plan.milestoneDependencies.filter(({ to }) => to === number).map(({ from }) => from);

  await condition(() => before.every((earlier) => run.stage(earlier) === 'done'));
  if (!isPast('entry')) {
    run.advance(number, 'entry');
    await holdGate(run, `${number}/entry`, redo);
    await untilAgentsAreServed(run, number);
    run.advance(number, 'work');
  }
  if (!isPast('work')) {
    await runLanes(run, start, milestone);
    run.advance(number, 'exit');
  }
  if (!isPast('exit')) {
    await holdGate(run, `${number}/exit`, redo);
    run.advance(number, 'quality');
  }
  if (!isPast('quality')) {
    await holdGate(run, `${number}/quality`, redo);
    run.advance(number, 'done');
  }
}

/** Cross-agent dependencies are checked, not only shown: the first agent's tasks of earlier milestones must be over. */
async function untilAgentsAreServed(run: PhaseRun, number: string): Promise<void> {
  const here = () =>
    agentDependencyStatus(run).flatMap((dependency) =>
      dependency.milestones.filter((entry) => entry.number === number).map((entry) => ({ dependency, entry })),
    );
  await condition(() => here().every(({ entry }) => entry.met));
  for (const { dependency } of here()) {
    run.apply({
      type: 'note',
      what: 'dependency met',
      on: number,
      reason: `${dependency.from} → ${dependency.to.join(', ')}: ${dependency.reason}`,
    });
  }
}
