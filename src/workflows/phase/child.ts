import {
  ApplicationFailure,
  CancelledFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  startChild,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Adopted, AdoptionRequest } from '../../contract/activities.ts';
import type { Milestone } from '../../plan/model.ts';
import { adoptingActivities, localPhaseActivities } from '../temporal/activities.ts';
import { sendOrders } from '../channel/send-orders.ts';
import { ToMilestone } from '../channel/to-milestone.ts';
import { clipDetails, clipSummary } from '../../base/text.ts';
import { guardsByTask, keepGuards } from './gates.ts';
import { IDENTITY_MEMO } from '../../contract/names.ts';
import type { MilestoneInput, MilestoneResult } from '../../contract/inputs.ts';
import type { milestone as milestoneWorkflow } from '../milestone/milestone.ts';
import { firstOrders, sayHolds } from './orders.ts';
import type { PhaseRun } from './run.ts';
import { milestoneAttributes } from '../temporal/search-attributes.ts';
import type { Start } from './start.ts';

/**
 * Runs the child workflow of a milestone, or goes on with one that runs: the child outlives a run of the phase, which continues as
 * new or is reset meanwhile. Its work is not done twice, its result is taken over.
 *
 * @throws WorkflowExecutionAlreadyStartedError when another milestone runs under the child's id
 */
export async function runChild(run: PhaseRun, start: Start, milestone: Milestone): Promise<MilestoneResult> {
  const { number } = milestone;
  const running = run.channels.get(number);
  if (running !== undefined) {
    const result = await adopt(run, milestone, running, 'started by an earlier run of the phase');
    if (typeof result !== 'string') return result;
    throw ApplicationFailure.nonRetryable(`${run.childId(number)} is not there any more, or has not completed`);
  }
  run.begin(number, ToMilestone.begin(identityOf(run, number, run.runs(number) + 1), firstOrders(run, milestone), run));
  const channel = channelOf(run, number);
  try {
    return await startNew(run, start, milestone, channel, 'ALLOW_DUPLICATE_FAILED_ONLY');
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const result = await adopt(run, milestone, channel, 'started before the reset');
    if (result === 'foreign') throw error;
    if (result !== 'free') return result;
    // What has completed under this id was an earlier run of the milestone, or another phase's.
    return startNew(run, start, milestone, channel, 'ALLOW_DUPLICATE');
  }
}

function channelOf(run: PhaseRun, number: string): ToMilestone {
  const channel = run.channels.get(number);
  if (channel === undefined) throw new TypeError(`milestone ${number} does not run`);
  return channel;
}

async function startNew(
  run: PhaseRun,
  start: Start,
  milestone: Milestone,
  channel: ToMilestone,
  workflowIdReusePolicy: ChildWorkflowOptions['workflowIdReusePolicy'] & string,
): Promise<MilestoneResult> {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the phase is cancelled');
  const { number, title } = milestone;
  const name = `Milestone ${number}: ${title}`;
  const child = await busy(run, () =>
    startChild<typeof milestoneWorkflow>('milestone', {
      workflowId: run.childId(number),
      workflowIdReusePolicy,
      // It outlives this run of the phase, is cancelled by its id, and ends by itself when the phase has ended otherwise.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      memo: { [IDENTITY_MEMO]: channel.state.to },
      ...(run.state.searchAttributes
        ? { typedSearchAttributes: milestoneAttributes({ plan: run.identity.name, title: name, state: 'running' }) }
        : {}),
      staticSummary: clipSummary(name),
      staticDetails: clipDetails(laneList(milestone)),
      args: [inputOf(run, start, milestone, channel)],
    }),
  );
  return attend(run, milestone, channel, { isTakenOver: false, result: () => child.result() });
}

/** A phase does not continue as new in between: the next run would not know what has become of it. */
async function busy<T>(run: PhaseRun, action: () => Promise<T>): Promise<T> {
  run.starting += 1;
  try {
    return await CancellationScope.nonCancellable(action);
  } finally {
    run.starting -= 1;
  }
}

/** Takes over what runs, or has completed, for this very run of the milestone. */
async function adopt(
  run: PhaseRun,
  milestone: Milestone,
  channel: ToMilestone,
  why: string,
): Promise<MilestoneResult | 'foreign' | 'free'> {
  const { number } = milestone;
  const request = { workflowId: run.childId(number), identity: channel.state.to };
  const summary = `${number} · ${why}`;
  const found = await busy(run, () =>
    run.clock.localUntilDone(() => localPhaseActivities(summary).adoptMilestone({ ...request, wait: false })),
  );
  if (found.state === 'completed') return found.result;
  if (found.state !== 'running') return found.state;
  run.apply({ type: 'note', what: 'adopted', on: number, reason: `${request.workflowId}, ${why}` });
  sayHolds(run, number, channel);
  channel.greet(run.clock.now);
  const result = () => untilEnded(run, number, request, summary);
  const ended = await attend(run, milestone, channel, { isTakenOver: true, result });
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure(`${request.workflowId} is cancelled`);
  return ended.state === 'completed' ? ended.result : 'free';
}

/** Looks now and then, and at once when the milestone says that it ends. */
async function untilEnded(
  run: PhaseRun,
  number: string,
  request: Omit<AdoptionRequest, 'wait'>,
  summary: string,
): Promise<Adopted> {
  const look = () => adoptingActivities(summary).adoptMilestone({ ...request, wait: true });
  const scope = new CancellationScope();
  const found = scope.run(look).catch((error: unknown) => {
    if (isCancellation(error)) return undefined;
    throw error;
  });
  let isOver = false;
  const settled = found.finally(() => {
    isOver = true;
  });
  run.lookedFor.add(number);
  try {
    await Promise.race([settled, condition(() => isOver || run.ended.has(number))]);
    if (!isOver) scope.cancel();
    const first = await settled;
    if (first !== undefined) return first;
  } finally {
    run.lookedFor.delete(number);
  }
  return look();
}

function identityOf(run: PhaseRun, number: string, runs: number): string {
  return `${run.identity.firstRunId}/${number}/${String(runs)}`;
}

function inputOf(run: PhaseRun, start: Start, milestone: Milestone, channel: ToMilestone): MilestoneInput {
  const { gates: _phases, ...lanesOnly } = milestone;
  const { number } = milestone;
  const tasks = milestone.lanes.flatMap((lane) => lane.tasks.map(({ ref }) => ref));
  const done = tasks.flatMap((ref) => {
    const outcome = run.state.outcomes[ref];
    return outcome === undefined ? [] : [[ref, outcome] as const];
  });
  const orders = tasks
    .filter((ref) => run.state.outcomes[ref] === undefined)
    .map((ref) => [ref, channel.ordersFor(ref)] as const);
  return {
    milestone: lanesOnly,
    phase: run.identity,
    identity: channel.state.to,
    searchAttributes: run.state.searchAttributes,
    ...(run.state.workers === undefined ? {} : { workers: run.state.workers }),
    // Planned starts are for the first run; a rework starts at once.
    pace: run.runs(number) > 1 ? 'asap' : start.pace,
    dayMs: start.dayMs,
    done: Object.fromEntries(done),
    outputs: run.state.outputs,
    guards: guardsByTask(run, milestone),
    ...(run.state.source === undefined ? {} : { source: run.state.source }),
    readAnew: run.state.readAnew.filter((ref) => ref.startsWith(`${number}/`)),
    orders: Object.fromEntries(orders.filter(([, one]) => Object.keys(one).length > 0)),
  };
}

interface Child<T> {
  /** Another run of the phase has started it. */
  readonly isTakenOver: boolean;
  readonly result: () => Promise<T>;
}

/**
 * Passes orders on and holds the gates of single tasks until the milestone has ended. A cancelled phase cancels it and waits: it
 * settles what it has begun.
 */
async function attend<T>(run: PhaseRun, milestone: Milestone, channel: ToMilestone, child: Child<T>): Promise<T> {
  let over = false;
  const sending = sendOrders(run, channel, milestone.number, () => over);
  const endGuards = keepGuards(run, milestone, channel, child.isTakenOver);
  CancellationScope.current().cancelRequested.catch(() => (over ? undefined : cancel(run.childId(milestone.number))));
  try {
    return await CancellationScope.nonCancellable(child.result);
  } finally {
    over = true;
    run.clock.set();
    await sending;
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
