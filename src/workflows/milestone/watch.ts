import { ApplicationFailure, type CancellationScope, condition, sleep, workflowInfo } from '@temporalio/workflow';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { watchingActivities } from '../temporal/activities.ts';
import type { ToPhase } from '../channel/to-phase.ts';

/** Within this time the phase hears of changes that no person has to act on. Many milestones end before it. */
const SOON = '10 seconds';

/**
 * Looks after what the server does not for a milestone that outlives a run of its phase. When the phase has ended, the milestone is
 * cancelled, settles what it has begun and ends. When another run of the phase goes on, or this milestone was reset, both say
 * anew what the other may not know. It costs one timer, and one activity that the server repeats without an event.
 */
export class PhaseWatch {
  /** Why the milestone ends without its phase. */
  orphaned: ApplicationFailure | undefined;
  private readonly toPhase: ToPhase;
  private readonly phase: PhaseIdentity;

  constructor(toPhase: ToPhase, phase: PhaseIdentity) {
    this.toPhase = toPhase;
    this.phase = phase;
  }

  /**
   * Call it in a scope that is not cancelled with the milestone.
   *
   * @param work is cancelled when the phase has ended
   */
  async keep(work: CancellationScope): Promise<void> {
    await sleep(SOON, { summary: `reports to ${this.phase.workflowId}` });
    void this.watch(work);
    for (;;) {
      this.toPhase.flush();
      await condition(() => this.toPhase.hasNews);
      await sleep(SOON, { summary: `reports to ${this.phase.workflowId}` });
    }
  }

  private async watch(work: CancellationScope): Promise<void> {
    const { workflowId, firstRunId } = this.phase;
    for (let { runId } = this.phase; ;) {
      const self = workflowInfo().runId;
      const request = { workflowId, firstRunId, runId, self };
      const seen = await watchingActivities(`watch ${workflowId}`).watchPhase(request);
      if (seen.state === 'over') {
        const reason = `${workflowId} has ended (${seen.how}) without this milestone; what it had begun was settled`;
        this.orphaned = ApplicationFailure.nonRetryable(reason, 'PhaseEnded');
        work.cancel();
        return;
      }
      runId = seen.runId;
      this.toPhase.greet();
    }
  }
}
