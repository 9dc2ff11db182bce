import {
  ApplicationFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  log,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { milestoneStatus } from './milestone-status.ts';
import { MilestoneRun } from './milestone-run.ts';
import {
  milestoneStatusQuery,
  orderSignal,
  reportSignal,
  type MilestoneInput,
  type MilestoneResult,
} from './messages.ts';
import { localPhaseActivities } from './activities.ts';
import { digestOf } from '../gates/chain.ts';
import { isOrder } from './order-shape.ts';
import { SentInbox } from './sent-inbox.ts';
import { Reporter } from './reporter.ts';

/**
 * A milestone: its lanes, in parallel. It owns no gate and takes no decision; the phase that started it does, and passes on
 * what concerns a task. It ends when every task is done or skipped.
 */
export async function milestone(input: MilestoneInput): Promise<MilestoneResult> {
  const { parent } = workflowInfo();
  if (parent === undefined) {
    throw ApplicationFailure.nonRetryable('A milestone is started by its phase: start the workflow type "phase"');
  }
  const reporter = new Reporter(parent.workflowId);
  const run = new MilestoneRun(input, reporter);
  const orders = new SentInbox((order) => takeOrder(run, parent.workflowId, order));
  setHandler(orderSignal, (order) => {
    orders.receive(order);
  });
  // A message that was sent to a milestone by mistake is not lost: the phase judges it like any other.
  setDefaultSignalHandler((name, ...args) => {
    void forwardToPhase(parent.workflowId, name, args);
  });
  setHandler(milestoneStatusQuery, () => milestoneStatus(run));
  run.show();

  const reporting = CancellationScope.nonCancellable(() => reporter.run());
  // All tasks are awaited even when one is cancelled: each settles what it started on AWS before the milestone ends.
  const ends = await Promise.allSettled(
    [...run.tasks.values()].filter((task) => !task.ended).map((task) => task.run()),
  );
  reporter.close();
  await reporting;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return run.result();
}

/** Takes an order if the phase has sent it: anybody may send a Signal of that name. */
async function takeOrder(run: MilestoneRun, phase: string, order: unknown): Promise<void> {
  if (!isOrder(order)) return;
  const receiver = workflowInfo().workflowId;
  const request = { sender: phase, receiver, signal: orderSignal.name, digest: digestOf([order]) };
  const { sent } = await CancellationScope.nonCancellable(() =>
    localPhaseActivities(`${order.name} of ${phase}`).wasSent(request),
  );
  if (sent) run.order(order);
  else run.reportRefused(order);
}

async function forwardToPhase(workflowId: string, name: string, args: unknown[]): Promise<void> {
  // What is forwarded is sent by this milestone, so that a report would pass for its own.
  if (name === reportSignal.name) return;
  try {
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).signal(name, ...args));
  } catch (error) {
    log.warn('A message to a milestone did not reach the phase', { name, error });
  }
}
