import { CancellationScope, condition, getExternalWorkflowHandle, sleep } from '@temporalio/workflow';
import { rootMessage } from '../temporal/failure.ts';
import type { PhaseRun } from '../phase/run.ts';
import { isGone, pauseAfter } from './portion.ts';
import { ORDERS } from '../../contract/channel.ts';
import type { ToMilestone } from './to-milestone.ts';

/** Sends a milestone what the phase has to say of its tasks, one message after the other, until the milestone is over. */
export async function sendOrders(
  run: PhaseRun,
  link: ToMilestone,
  number: string,
  isOver: () => boolean,
): Promise<void> {
  // By its id, not by the handle of the child: after a reset, or in a later run, the server finds no child behind that.
  const child = getExternalWorkflowHandle(run.childId(number));
  await CancellationScope.nonCancellable(async () => {
    for (let failures = 0; ;) {
      await condition(() => isOver() || link.hasNews);
      if (isOver()) return;
      const { orders, delivered } = link.next(run.clock.now);
      try {
        await child.signal(ORDERS, orders);
        delivered();
        failures = 0;
      } catch (error) {
        run.clock.set();
        // It has ended; what it brought is on its way, or it will be run again.
        if (isGone(error)) return;
        failures += 1;
        if (failures === 1) noteUndelivered(run, number, rootMessage(error));
        if (orders.hello === true) link.greet(run.clock.now);
        await sleep(pauseAfter(failures), { summary: `${number} · orders not delivered` });
        run.clock.set();
      }
    }
  });
}

function noteUndelivered(run: PhaseRun, number: string, problem: string): void {
  const reason = `${run.childId(number)} takes no orders now (${problem}); they are repeated. Should it stay so, terminate that workflow and send retry for one of its tasks`;
  run.apply({ type: 'note', what: 'orders not delivered', on: number, reason });
}
