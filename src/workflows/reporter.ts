import { condition, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { reportSignal, type TaskReport } from './messages.ts';

/**
 * Sends a milestone's reports to its phase: everything that came up in one workflow task goes as one signal, so that twelve
 * tasks starting together cost one message.
 */
export class Reporter {
  private readonly pending: TaskReport[] = [];
  private closed = false;

  private readonly phaseWorkflowId: string;

  constructor(phaseWorkflowId: string) {
    this.phaseWorkflowId = phaseWorkflowId;
  }

  report(change: TaskReport): void {
    this.pending.push(change);
  }

  /** No more reports will come; `run` ends once everything has been sent. */
  close(): void {
    this.closed = true;
  }

  async run(): Promise<void> {
    // Without a run id the signal reaches the current run, also after the phase was reset.
    const phase = getExternalWorkflowHandle(this.phaseWorkflowId);
    for (;;) {
      await condition(() => this.pending.length > 0 || this.closed);
      const batch = this.pending.splice(0);
      if (batch.length === 0) return;
      try {
        await phase.signal(reportSignal, batch);
      } catch (error) {
        // The phase is gone; its parent-close policy cancels this milestone in a moment.
        log.warn('The phase could not be reached', { error });
      }
    }
  }
}
