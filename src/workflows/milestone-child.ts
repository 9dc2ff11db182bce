import {
  CancelledFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  log,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Milestone } from '../plan/model.ts';
import { adoptingActivities, localPhaseActivities } from './activities.ts';
import { clipDetails, clipSummary } from './clip.ts';
import { guardsByTask, keepGuards } from './guards.ts';
import { IDENTITY_MEMO } from './memo.ts';
import type { MilestoneInput, MilestoneResult, TaskOrder } from './messages.ts';
import type { milestone as milestoneWorkflow } from './milestone.ts';
import { forward, ordersFor } from './orders.ts';
import type { PhaseRun } from './phase-run.ts';
import type { Start } from './start.ts';

/**
 * Runs the child workflow of a milestone. A phase that was reset finds the child that it had started before: its work is not
 * done twice, its result is taken over.
 *
 * @throws WorkflowExecutionAlreadyStartedError when another milestone runs under the child's id
 */
export async function runChild(run: PhaseRun, start: Start, milestone: Milestone): Promise<MilestoneResult> {
  const orders = ordersFor(run, milestone.number);
  try {
    return await startNew(run, start, milestone, { orders, workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const adopted = await adopt(run, milestone, orders);
    if (adopted === 'foreign') throw error;
    if (adopted !== 'free') return adopted;
    // What has completed under this id was an earlier run of the milestone, or another phase's.
    return startNew(run, start, milestone, { orders, workflowIdReusePolicy: 'ALLOW_DUPLICATE' });
  }
}

interface StartOptions extends Pick<ChildWorkflowOptions, 'workflowIdReusePolicy'> {
  readonly orders: readonly TaskOrder[];
}

async function startNew(
  run: PhaseRun,
  start: Start,
  milestone: Milestone,
  { orders, workflowIdReusePolicy }: StartOptions,
): Promise<MilestoneResult> {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the phase is cancelled');
  const { number, title } = milestone;
  const child = await CancellationScope.nonCancellable(() =>
    startChild<typeof milestoneWorkflow>('milestone', {
      workflowId: run.childId(number),
      ...(workflowIdReusePolicy === undefined ? {} : { workflowIdReusePolicy }),
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      memo: { [IDENTITY_MEMO]: identityOf(run, number) },
      staticSummary: clipSummary(`Milestone ${number}: ${title}`),
      staticDetails: clipDetails(laneList(milestone)),
      args: [inputOf(run, start, milestone, orders)],
    }),
  );
  return attend(run, milestone, () => child.result());
}

/** Takes over what runs, or has completed, for this very run of the milestone. */
async function adopt(
  run: PhaseRun,
  milestone: Milestone,
  orders: readonly TaskOrder[],
): Promise<MilestoneResult | 'foreign' | 'free'> {
  const { number } = milestone;
  const request = { workflowId: run.childId(number), identity: identityOf(run, number) };
  const summary = `${number} · started before the reset`;
  const found = await run.clock.local(() => localPhaseActivities(summary).adoptMilestone({ ...request, wait: false }));
  if (found.state === 'completed') return found.result;
  if (found.state !== 'running') return found.state;
  run.apply({ type: 'note', what: 'adopted', on: number, reason: `${request.workflowId}, started before the reset` });
  run.outbox.push(...orders);
  const ended = await attend(run, milestone, () =>
    adoptingActivities(summary).adoptMilestone({ ...request, wait: true }),
  );
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure(`${request.workflowId} is cancelled`);
  return ended.state === 'completed' ? ended.result : 'free';
}

function identityOf(run: PhaseRun, number: string): string {
  return `${workflowInfo().firstExecutionRunId}/${String(run.runs(number))}`;
}

function inputOf(run: PhaseRun, start: Start, milestone: Milestone, orders: readonly TaskOrder[]): MilestoneInput {
  const { gates: _phases, ...lanesOnly } = milestone;
  const { number } = milestone;
  const done = milestone.lanes
    .flatMap((lane) => lane.tasks)
    .flatMap(({ ref }) => {
      const outcome = run.outcomes[ref];
      return outcome === undefined ? [] : [[ref, outcome] as const];
    });
  return {
    milestone: lanesOnly,
    phase: run.identity,
    identity: identityOf(run, number),
    // Planned starts are for the first run; a rework starts at once.
    pace: run.runs(number) > 1 ? 'asap' : start.pace,
    dayMs: start.dayMs,
    done: Object.fromEntries(done),
    outputs: run.outputs,
    guards: guardsByTask(run, milestone),
    readAnew: [...run.readAnew].filter((ref) => ref.startsWith(`${milestone.number}/`)),
    orders,
  };
}

/**
 * Passes orders on and holds the gates of single tasks until the milestone has ended. A cancelled phase cancels it and waits: it
 * settles what it has begun.
 */
async function attend<T>(run: PhaseRun, milestone: Milestone, result: () => Promise<T>): Promise<T> {
  let over = false;
  const forwarding = forward(run, milestone.number, () => over);
  const endGuards = keepGuards(run, milestone);
  CancellationScope.current().cancelRequested.catch(() => (over ? undefined : cancel(run.childId(milestone.number))));
  try {
    return await CancellationScope.nonCancellable(result);
  } finally {
    over = true;
    run.clock.set();
    await forwarding;
    await endGuards();
  }
}

/** By its id: a phase that was reset cannot cancel what it had started before as its child. */
async function cancel(workflowId: string): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).cancel());
  } catch (error) {
    log.warn('The milestone was not there to be cancelled', { workflowId, error });
  }
}

function laneList(milestone: Milestone): string {
  return milestone.lanes
    .map(
      (lane) =>
        `- **${lane.title}** · ${lane.agent}: ${lane.tasks.map(({ id, title }) => `${id} ${title}`).join(', ')}`,
    )
    .join('\n');
}
