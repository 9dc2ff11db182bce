import { condition, getExternalWorkflowHandle, log, sleep } from '@temporalio/workflow';
import { isGone, pauseAfter } from './portion.ts';
import { REPORT } from '../../contract/channel.ts';
import type { ToPhase } from './to-phase.ts';

/**
 * Sends the phase what the milestone has to say, one message after the other: everything that came up in one workflow task goes as
 * one Signal, so that twelve tasks starting together cost one. Ends when the milestone closes and everything urgent has been said.
 */
export async function keepInTouch(toPhase: ToPhase, phaseWorkflowId: string): Promise<void> {
  // Without a run id the Signal reaches the current run, also after the phase was reset or has continued as new.
  const phase = getExternalWorkflowHandle(phaseWorkflowId);
  for (let failures = 0; ;) {
    await condition(() => toPhase.isUrgent || toPhase.isClosed);
    if (!toPhase.isUrgent) return;
    const { report, delivered } = toPhase.next();
    try {
      await phase.signal(REPORT, report);
      delivered();
      failures = 0;
    } catch (error) {
      log.warn('The phase could not be reached', { error });
      // It has ended, which the milestone's watch sees.
      if (isGone(error)) {
        delivered();
        continue;
      }
      // A phase that takes no Signals any more gets the result when it looks.
      if (toPhase.isClosed && failures >= 3) return;
      failures += 1;
      toPhase.again(report);
      await sleep(pauseAfter(failures), { summary: 'report not delivered' });
    }
  }
}
