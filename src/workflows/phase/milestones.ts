import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { digestOf } from '../../base/digest.ts';
import type { MilestoneStage } from '../../contract/answers.ts';
import type { MilestoneResult } from '../../contract/inputs.ts';
import type { GateId, TaskRef } from '../../plan/gate-model.ts';
import type { Milestone, Plan, Task } from '../../plan/model.ts';
import { mergeOutputs } from '../../plan/references.ts';
import { agentDependencyStatus } from '../../views/status.ts';
import { blockedDesk } from '../milestone/person-task.ts';
import { takeFacts } from '../channel/reports.ts';
import { rootMessage } from '../temporal/failure.ts';
import { runChild } from './child.ts';
import { holdGate, type Rework } from './gates.ts';
import type { PhaseRun } from './run.ts';
import type { Start } from './start.ts';

const stages: readonly MilestoneStage[] = ['pending', 'entry', 'work', 'exit', 'quality', 'done'];

/**
 * Takes all milestones to their ends, also those that an amendment adds meanwhile. They are all awaited even when one is cancelled: the
 * others have children to wait for.
 */
export async function runMilestones(run: PhaseRun, start: Start): Promise<void> {
  const under = new Map<string, Promise<PromiseSettledResult<void>[]>>();
  const isNew = ({ number }: Milestone) => !under.has(number);
  for (;;) {
    for (const { number } of run.plan.milestones.filter(isNew)) {
      under.set(number, Promise.allSettled([runMilestone(run, start, number)]));
    }
    const all = Promise.all(under.values());
    const ends = await Promise.race([
      all,
      CancellationScope.nonCancellable(() => condition(() => run.plan.milestones.some(isNew))),
    ]);
    if (ends === undefined) continue;
    for (const end of ends.flat()) if (end.status === 'rejected') throw end.reason;
    if (!run.plan.milestones.some(isNew)) return;
  }
}

/**
 * Takes one milestone from its dependencies to its cleared quality gate. Each stage is recorded, so that a phase that has
 * continued as new goes on where it was.
 */
async function runMilestone(run: PhaseRun, start: Start, number: string): Promise<void> {
  const isPast = (stage: MilestoneStage) => stages.indexOf(run.stage(number)) > stages.indexOf(stage);
  const redo: Rework = (gate, tasks) => rework(run, start, gate, tasks);
  // An amendment may change what it depends on, or take it out, for as long as it waits.
  const before = () => run.plan.milestoneDependencies.filter(({ to }) => to === number).map(({ from }) => from);
  const isPlanned = () => run.milestone(number) !== undefined;
  const mayBegin = () => !isPlanned() || before().every((earlier) => run.stage(earlier) === 'done');

  // What waited for the same message goes on one after the other, and an amendment that is applied before this may add a dependency.
  while (!mayBegin()) await condition(mayBegin);
  if (!isPlanned()) return;
  if (!isPast('entry')) {
    run.advance(number, 'entry');
    await holdGate(run, `${number}/entry`, redo);
    await untilAgentsAreServed(run, number);
    run.advance(number, 'work');
  }
  if (!isPast('work')) {
    await runLanes(run, start, number);
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
    agentDependencyStatus(run.state).flatMap((dependency) =>
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

/**
 * Has a milestone's lanes carried out by a child workflow, and takes over what it brought. A child that ends otherwise than
 * by completing (it was terminated) does not end the phase: its unfinished tasks block until a `retry` runs it again.
 * A phase that has continued as new goes on with the child that runs, or with those that wait for the `retry`.
 */
async function runLanes(run: PhaseRun, start: Start, number: string): Promise<void> {
  do {
    if (run.lost(number) === undefined) await runOnce(run, start, number);
    if (run.lost(number) !== undefined) await untilRetried(run, number);
  } while (unfinished(run, plannedIn(run, number)).length > 0);
}

/** Anew after every wait: an amendment may have given it further tasks meanwhile. */
function plannedIn(run: PhaseRun, number: string): Milestone {
  const milestone = run.milestone(number);
  if (milestone === undefined) throw new TypeError(`the plan has no milestone ${number}`);
  return milestone;
}

async function runOnce(run: PhaseRun, start: Start, number: string): Promise<void> {
  try {
    const result = await runChild(run, start, plannedIn(run, number));
    takeOver(run, plannedIn(run, number), result);
    noteLeftOver(run, plannedIn(run, number));
    run.end(number);
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    run.end(number, interruption(run, number, error));
    blockUnfinished(run, plannedIn(run, number));
  }
}

/** A milestone that was about to end, or was taken over after a reset, knows nothing of tasks that the plan has had since. */
function noteLeftOver(run: PhaseRun, milestone: Milestone): void {
  const left = unfinished(run, milestone).map(({ ref }) => ref);
  if (left.length === 0) return;
  const reason = `${run.childId(milestone.number)} has ended and did not know ${left.join(', ')}; it runs again for them`;
  run.apply({ type: 'note', what: 'not in the milestone', on: milestone.number, reason });
}

/** Tasks without an outcome. */
function unfinished(run: PhaseRun, { lanes }: Milestone): Task[] {
  return lanes.flatMap((lane) => lane.tasks).filter(({ ref }) => run.state.outcomes[ref] === undefined);
}

function takeOver(run: PhaseRun, milestone: Milestone, result: MilestoneResult): void {
  run.state.outputs = mergeOutputs(run.state.outputs, result.outputs);
  for (const [task, facts] of Object.entries(result.facts ?? {})) {
    if (run.gates.tasks[task]?.milestone === milestone.number) {
      takeFacts(run, task, facts, run.channels.get(milestone.number)?.state.taken[task]?.fact);
    }
  }
  for (const task of milestone.lanes.flatMap((lane) => lane.tasks)) {
    const { ref } = task;
    const outcome = result.tasks[ref];
    if (outcome === undefined) continue;
    const before = run.gates.tasks[ref]?.state;
    // A milestone that was taken over after a reset has been told what the phase has forgotten.
    if (outcome.by !== undefined && before !== outcome.state) {
      const reason = `${outcome.state} by ${outcome.by}, of which the phase has no message`;
      run.apply({ type: 'note', what: 'not recorded', on: ref, reason });
    }
    run.state.outcomes[ref] = outcome;
    if (before === outcome.state) continue;
    const late = before === 'skipped' ? { reason: 'done before the skip reached it' } : {};
    run.apply({ type: 'task', task: ref, state: outcome.state, desk: null, results: resultsOf(run, task), ...late });
  }
}

/** Digest of what a task's steps have published. */
function resultsOf(run: PhaseRun, { steps }: Task): string {
  return digestOf(
    [...new Set(steps.map(({ publishes }) => publishes))].map((address) => run.state.outputs[address] ?? null),
  );
}

/** Blocks what the lost child left unfinished. What it had not heard to be skipped is skipped all the same. */
function blockUnfinished(run: PhaseRun, milestone: Milestone): void {
  const reason = run.lost(milestone.number) ?? '';
  for (const task of unfinished(run, milestone)) {
    const { state, by } = run.gates.tasks[task.ref] ?? {};
    if (state === 'skipped') run.state.outcomes[task.ref] = { state, by };
    else {
      const desk = blockedDesk(task, reason, run.clock.now);
      run.apply({ type: 'task', task: task.ref, state: 'blocked', desk, reason });
    }
  }
}

/** Until a `retry` for one of the tasks, or until all of them have been skipped. */
async function untilRetried(run: PhaseRun, number: string): Promise<void> {
  await condition(() => run.retried.has(number) || unfinished(run, plannedIn(run, number)).length === 0);
  run.end(number);
  for (const { ref } of unfinished(run, plannedIn(run, number))) {
    run.apply({ type: 'task', task: ref, state: 'pending', desk: null });
  }
}

function interruption(run: PhaseRun, number: string, error: unknown): string {
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    const id = run.childId(number);
    return `another run of ${id} is still there (of an earlier phase, or from before a reset); end it, then send retry`;
  }
  return isCancellation(error)
    ? 'the milestone workflow was cancelled by itself; send retry to run it again'
    : `the milestone workflow ended early (${rootMessage(error)}); send retry to run it again`;
}

/** The tasks named, and every task that comes after or needs one of them, directly or not. */
export function withDependents(plan: Plan, tasks: readonly TaskRef[]): Set<TaskRef> {
  const all = plan.milestones.flatMap((milestone) => milestone.lanes.flatMap((lane) => lane.tasks));
  const again = new Set(tasks);
  const dependsOnOne = (task: Task) =>
    task.after.some((ref) => again.has(ref)) || task.needs.some((need) => again.has(need.task));
  for (let before = -1; before !== again.size;) {
    before = again.size;
    for (const task of all) if (dependsOnOne(task)) again.add(task.ref);
  }
  return again;
}

/**
 * Does the tasks of a rejection again, milestone by milestone; everything else keeps its outcome. A phase that has continued as
 * new meanwhile goes on where it was.
 *
 * @param gate that was rejected
 */
export async function rework(run: PhaseRun, start: Start, gate: GateId, tasks: readonly TaskRef[]): Promise<void> {
  // What needs the reworked tasks in a milestone that has not begun yet will run anyway.
  const begun = run.plan.milestones.filter(({ number }) => !['pending', 'entry'].includes(run.stage(number)));
  const numbers = begun.map(({ number }) => number);
  if (!run.state.reworking.includes(gate)) {
    const again = withDependents(run.plan, tasks);
    for (const { lanes } of begun) {
      for (const { ref } of lanes.flatMap((lane) => lane.tasks)) if (again.has(ref)) forget(run, ref);
    }
    run.state.reworking = [...run.state.reworking, gate];
  }
  for (const number of numbers) {
    if (unfinished(run, plannedIn(run, number)).length > 0) await runLanes(run, start, number);
  }
  run.state.reworking = run.state.reworking.filter((one) => one !== gate);
}

function forget(run: PhaseRun, task: TaskRef): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain record, because it travels through continue-as-new
  delete run.state.outcomes[task];
  run.apply({ type: 'task', task, state: 'pending', desk: null });
}
