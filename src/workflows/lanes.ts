import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  isCancellation,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { digestOf } from '../gates/chain.ts';
import type { Milestone, Task } from '../plan/model.ts';
import { mergeOutputs } from '../plan/references.ts';
import { clipDetails, clipSummary } from './clip.ts';
import { blockedDesk } from './desk.ts';
import { rootMessage } from './failure.ts';
import { guardsByTask, keepGuards } from './guards.ts';
import { orderSignal, type MilestoneResult, type TaskOrder } from './messages.ts';
import type { milestone as milestoneWorkflow } from './milestone.ts';
import type { PhaseRun } from './phase-run.ts';
import type { Start } from './start.ts';

/**
 * Has a milestone's lanes carried out by a child workflow, and takes over what it brought. A child that ends otherwise than
 * by completing (somebody terminated it) does not end the phase: its unfinished tasks block until a `retry` runs it again.
 */
export async function runLanes(run: PhaseRun, start: Start, milestone: Milestone): Promise<void> {
  const { number } = milestone;
  for (;;) {
    run.running.add(number);
    run.advance(number, 'work', run.runs(number) + 1);
    try {
      takeOver(run, milestone, await runChild(run, start, milestone));
      return;
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      await untilRetried(run, milestone, interruption(run, milestone, error));
    } finally {
      run.running.delete(number);
    }
  }
}

async function runChild(run: PhaseRun, start: Start, milestone: Milestone): Promise<MilestoneResult> {
  const { gates: _phases, ...lanesOnly } = milestone;
  const { number, title } = milestone;
  const tasks = milestone.lanes.flatMap((lane) => lane.tasks);
  const done = tasks.flatMap(({ ref }) => {
    const outcome = run.outcomes[ref];
    return outcome === undefined ? [] : [[ref, outcome] as const];
  });
  const child = await startChild<typeof milestoneWorkflow>('milestone', {
    workflowId: run.childId(number),
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    staticSummary: clipSummary(`Milestone ${number}: ${title}`),
    staticDetails: clipDetails(laneList(milestone)),
    args: [
      {
        milestone: lanesOnly,
        phase: run.identity,
        identity: `${workflowInfo().firstExecutionRunId}/${String(run.runs(number))}`,
        // Planned starts are for the first run; a rework starts at once.
        pace: run.runs(number) > 1 ? 'asap' : start.pace,
        dayMs: start.dayMs,
        done: Object.fromEntries(done),
        outputs: run.outputs,
        guards: guardsByTask(run, milestone),
        orders: ordersFor(run, number),
      },
    ],
  });
  let over = false;
  const forwarding = forward(run, number, child, () => over);
  const endGuards = keepGuards(run, milestone);
  try {
    return await child.result();
  } finally {
    over = true;
    await forwarding;
    await endGuards();
  }
}

/** Passes on what people said of the milestone's tasks, in order, while its child runs. */
async function forward(
  run: PhaseRun,
  number: string,
  child: ChildWorkflowHandle<typeof milestoneWorkflow>,
  isOver: () => boolean,
): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => isOver() || run.hasOrders(number));
      if (isOver()) return;
      for (const order of run.takeOrders(number)) {
        try {
          await child.signal(orderSignal, order);
        } catch (error) {
          run.apply({
            type: 'note',
            what: `${order.name} not delivered`,
            on: order.message.task,
            reason: `${run.childId(number)} has ended: ${rootMessage(error)}`,
          });
        }
      }
    }
  });
}

/** What a new run must know: every contribution ever accepted for its tasks, and what no run has been told yet. */
function ordersFor(run: PhaseRun, number: string): TaskOrder[] {
  const contributions = run.contributions.filter(({ message }) => message.task.startsWith(`${number}/`));
  const known: readonly TaskOrder['name'][] = ['input', 'hold', 'release', 'admit'];
  const others = run.takeOrders(number).filter(({ name }) => !known.includes(name));
  return [...contributions, ...others, ...run.heldTasks(number).map((task) => run.holdOrder(task))];
}

function takeOver(run: PhaseRun, milestone: Milestone, result: MilestoneResult): void {
  run.outputs = mergeOutputs(run.outputs, result.outputs);
  for (const task of milestone.lanes.flatMap((lane) => lane.tasks)) {
    const { ref } = task;
    const outcome = result.tasks[ref];
    if (outcome === undefined) continue;
    const before = run.gates.tasks[ref]?.state;
    // Orders are Signals, and whoever may send Signals here can send one past the phase: it cannot be prevented, but told.
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

/** Blocks what the lost child left unfinished, until somebody sends `retry` for one of the tasks or has skipped them all. */
async function untilRetried(run: PhaseRun, milestone: Milestone, reason: string): Promise<void> {
  const unfinished = milestone.lanes.flatMap((lane) => lane.tasks).filter(({ ref }) => run.outcomes[ref] === undefined);
  for (const task of unfinished) {
    run.apply({
      type: 'task',
      task: task.ref,
      state: 'blocked',
      desk: blockedDesk(task, reason, Date.now()),
      reason,
    });
  }
  const isRetried = () =>
    run.outbox.some(({ name, message }) => name === 'retry' && message.task.startsWith(`${milestone.number}/`));
  await condition(() => isRetried() || unfinished.every(({ ref }) => run.outcomes[ref] !== undefined));
  for (const task of unfinished) {
    if (run.outcomes[task.ref] === undefined) {
      run.apply({ type: 'task', task: task.ref, state: 'pending', desk: null });
    }
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

function laneList(milestone: Milestone): string {
  return milestone.lanes
    .map(
      (lane) =>
        `- **${lane.title}** · ${lane.agent}: ${lane.tasks.map(({ id, title }) => `${id} ${title}`).join(', ')}`,
    )
    .join('\n');
}
