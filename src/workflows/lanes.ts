import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { digestOf } from '../gates/chain.ts';
import type { Milestone, Task } from '../plan/model.ts';
import { mergeOutputs } from '../plan/references.ts';
import { blockedDesk } from './desk.ts';
import { rootMessage } from './failure.ts';
import type { MilestoneResult } from './messages.ts';
import { runChild } from './milestone-child.ts';
import type { PhaseRun } from './phase-run.ts';
import type { Start } from './start.ts';

/**
 * Has a milestone's lanes carried out by a child workflow, and takes over what it brought. A child that ends otherwise than
 * by completing (somebody terminated it) does not end the phase: its unfinished tasks block until a `retry` runs it again.
 * A phase that has continued as new goes on with the child that runs, or with those that wait for the `retry`.
 */
export async function runLanes(run: PhaseRun, start: Start, milestone: Milestone): Promise<void> {
  const { number } = milestone;
  do {
    if (run.lost(number) === undefined) await runOnce(run, start, milestone);
    if (run.lost(number) !== undefined) await untilRetried(run, milestone);
  } while (unfinished(run, milestone).length > 0);
}

async function runOnce(run: PhaseRun, start: Start, milestone: Milestone): Promise<void> {
  const { number } = milestone;
  try {
    takeOver(run, milestone, await runChild(run, start, milestone));
    noteLeftOver(run, milestone);
    run.end(number);
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    run.end(number, interruption(run, milestone, error));
    blockUnfinished(run, milestone);
  }
}

/** A milestone that was taken over after a reset knows nothing of tasks that the plan has had since. */
function noteLeftOver(run: PhaseRun, milestone: Milestone): void {
  const left = unfinished(run, milestone).map(({ ref }) => ref);
  if (left.length === 0) return;
  const reason = `${run.childId(milestone.number)} has ended and did not know ${left.join(', ')}; it runs again for them`;
  run.apply({ type: 'note', what: 'not in the milestone', on: milestone.number, reason });
}

/** Tasks without an outcome. */
export function unfinished(run: PhaseRun, { lanes }: Milestone): Task[] {
  return lanes.flatMap((lane) => lane.tasks).filter(({ ref }) => run.outcomes[ref] === undefined);
}

function takeOver(run: PhaseRun, milestone: Milestone, result: MilestoneResult): void {
  run.outputs = mergeOutputs(run.outputs, result.outputs);
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
    run.outcomes[ref] = outcome;
    if (before === outcome.state) continue;
    const late = before === 'skipped' ? { reason: 'done before the skip reached it' } : {};
    run.apply({ type: 'task', task: ref, state: outcome.state, desk: null, results: resultsOf(run, task), ...late });
  }
}

/** Digest of what a task's steps have published. */
function resultsOf(run: PhaseRun, { steps }: Task): string {
  return digestOf([...new Set(steps.map(({ publishes }) => publishes))].map((address) => run.outputs[address] ?? null));
}

/** Blocks what the lost child left unfinished. What it had not heard to be skipped is skipped all the same. */
function blockUnfinished(run: PhaseRun, milestone: Milestone): void {
  const reason = run.lost(milestone.number) ?? '';
  for (const task of unfinished(run, milestone)) {
    const { state, by } = run.gates.tasks[task.ref] ?? {};
    if (state === 'skipped') run.outcomes[task.ref] = { state, ...(by === undefined ? {} : { by }) };
    else {
      const desk = blockedDesk(task, reason, run.clock.now);
      run.apply({ type: 'task', task: task.ref, state: 'blocked', desk, reason });
    }
  }
}

/** Until somebody sends `retry` for one of the tasks, or has skipped them all. */
async function untilRetried(run: PhaseRun, milestone: Milestone): Promise<void> {
  const { number } = milestone;
  await condition(() => run.retried.has(number) || unfinished(run, milestone).length === 0);
  run.end(number);
  for (const { ref } of unfinished(run, milestone)) {
    run.apply({ type: 'task', task: ref, state: 'pending', desk: null });
  }
}

function interruption(run: PhaseRun, milestone: Milestone, error: unknown): string {
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    const id = run.childId(milestone.number);
    return `another run of ${id} is still there (of an earlier phase, or from before a reset); end it, then send retry`;
  }
  return isCancellation(error)
    ? 'the milestone workflow was cancelled by itself; send retry to run it again'
    : `the milestone workflow ended early (${rootMessage(error)}); send retry to run it again`;
}
