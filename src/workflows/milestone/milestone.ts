import { ApplicationFailure, CancellationScope, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import { milestoneBoard } from '../../views/board.ts';
import { CurrentDetails } from '../temporal/current-details.ts';
import { Inbox } from '../temporal/inbox.ts';
import { Seals } from '../temporal/seals.ts';
import { keepInTouch } from '../channel/send-reports.ts';
import { ORDERS } from '../../contract/channel.ts';
import type { Received } from '../temporal/inbox.ts';
import { signalFault } from '../temporal/signal-seals.ts';
import { isOrders } from '../channel/shape.ts';
import { keepState } from './state.ts';
import { milestoneStatus } from './status.ts';
import { MilestoneRun } from './run.ts';
import type { TaskRun } from './task.ts';
import { milestoneStatusQuery } from '../../contract/answers.ts';
import type { MilestoneInput, MilestoneResult } from '../../contract/inputs.ts';
import { Strays } from './strays.ts';
import { PhaseWatch } from './watch.ts';

/**
 * A milestone: its lanes, in parallel. It owns no gate and takes no decision; the phase that started it does, and passes on
 * what concerns a task. It ends when every task is done or skipped. It outlives a run of its phase, which continues as new or is
 * reset, and ends by itself when the phase has ended without it.
 */
export async function milestone(
  input: MilestoneInput,
  inbox = new Inbox(),
  details = new CurrentDetails(),
  seals = new Seals(),
): Promise<MilestoneResult> {
  const { parent, namespace } = workflowInfo();
  // A workflow of another namespace may have the id of the phase.
  if (parent?.namespace !== namespace) {
    throw ApplicationFailure.nonRetryable('A milestone is started by its phase: start the workflow type "phase"');
  }
  const run = new MilestoneRun(input);
  seals.trust(input.workers ?? null);
  seals.listen((denied) => {
    run.toPhase.sayDenied(denied);
  });
  const strays = new Strays(parent.workflowId, run.toPhase);
  inbox.listen(() => {
    for (let incoming = inbox.take(); incoming !== undefined; incoming = inbox.take()) {
      if (incoming.name === ORDERS) takeOrders(run, incoming, seals);
      else strays.put(incoming);
    }
  });
  const status = () => milestoneStatus(run.milestone, run.tasks);
  setHandler(milestoneStatusQuery, status);
  details.use(() => milestoneBoard(status()));

  const work = new CancellationScope();
  const watch = new PhaseWatch(run.toPhase, input.phase);
  // One scope for all of them, because the SDK keeps a stack trace of every promise, and a scope makes several.
  const inTouch = CancellationScope.nonCancellable(() => {
    void watch.keep(work);
    if (input.searchAttributes) void keepState(run);
    return keepInTouch(run.toPhase, parent.workflowId);
  });
  // All tasks are awaited even when one is cancelled: each settles what it started on AWS before the milestone ends.
  const ends = await work.run(() => runTasks(run));
  await strays.passedOn();
  run.toPhase.close();
  await inTouch;
  await strays.passedOn();
  for (const end of ends) if (end.status === 'rejected') throw watch.orphaned ?? end.reason;
  return run.result();
}

/** Runs all tasks to their ends, also those that an amendment of the plan adds meanwhile. */
async function runTasks(run: MilestoneRun): Promise<PromiseSettledResult<void>[]> {
  const underWay: Promise<PromiseSettledResult<void>[]>[] = [];
  const begun = new Set<TaskRun>();
  for (;;) {
    const tasks = [...run.tasks.values()].filter((task) => !task.ended && !begun.has(task));
    for (const task of tasks) begun.add(task);
    underWay.push(Promise.allSettled(tasks.map((task) => task.run())));
    const known = run.tasks.size;
    const ends = await Promise.race([
      Promise.all(underWay),
      CancellationScope.nonCancellable(() => condition(() => run.tasks.size > known)),
    ]);
    if (ends !== undefined && run.tasks.size === known) return ends.flat();
  }
}

function takeOrders(run: MilestoneRun, incoming: Received, seals: Seals): void {
  const { workflowId, firstRunId } = run.input.phase;
  const reason = signalFault(incoming, { workflowId, firstRunId }, seals);
  if (reason !== undefined) {
    run.toPhase.sayDenied({ type: ORDERS, reason }, false);
    return;
  }
  // Where nothing is signed, anybody may send a Signal of that name; what no phase sends changes nothing.
  const body = incoming.body();
  if (isOrders(body)) run.takeOrders(body);
}
