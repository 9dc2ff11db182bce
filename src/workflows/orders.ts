import { CancellationScope, condition, getExternalWorkflowHandle } from '@temporalio/workflow';
import { rootMessage } from './failure.ts';
import { orderSignal, type TaskOrder } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';

/** Passes on what people said of the milestone's tasks, in order, while its child runs. */
export async function forward(run: PhaseRun, number: string, isOver: () => boolean): Promise<void> {
  // By its id, not by the handle of the child: after a reset the server finds no child behind that any more.
  const child = getExternalWorkflowHandle(run.childId(number));
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
export function ordersFor(run: PhaseRun, number: string): TaskOrder[] {
  const contributions = run.contributions.filter(({ message }) => message.task.startsWith(`${number}/`));
  const known: readonly TaskOrder['name'][] = ['input', 'hold', 'release', 'admit', 'refuse'];
  const others = run.takeOrders(number).filter(({ name }) => !known.includes(name));
  return [...contributions, ...others, ...run.heldTasks(number).map((task) => run.holdOrder(task))];
}
