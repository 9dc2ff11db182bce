import { CancellationScope, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { HandoverDocument } from '../../contract/handover.ts';
import type { PhaseInput } from '../../contract/inputs.ts';
import type { Plan } from '../../plan/model.ts';
import { rootMessage } from '../temporal/failure.ts';
import type { PhaseRun } from './run.ts';

/**
 * Starts the phase that follows, with what this one hands over. It goes on by itself: this phase ends, and does not wait for it. What
 * became of the start is in the ledger; a phase that runs under that id already is left alone.
 */
export async function startNext(
  run: PhaseRun,
  { phase, workflowId }: NonNullable<Plan['starts']>,
  handover: HandoverDocument,
): Promise<void> {
  const input: PhaseInput = { phase, by: handover.by ?? run.identity.workflowId, handover };
  const tell = (reason: string) => run.apply({ type: 'note', what: 'next phase', on: workflowId, reason });
  try {
    await CancellationScope.nonCancellable(() =>
      startChild('phase', {
        workflowId,
        args: [input],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${phase}, after ${run.identity.workflowId}`,
      }),
    );
    run.clock.set();
    tell(`${phase} is started`);
  } catch (error) {
    run.clock.set();
    const why =
      error instanceof WorkflowExecutionAlreadyStartedError
        ? 'a workflow with that id runs already'
        : rootMessage(error);
    tell(`${phase} is not started: ${why}; start it with the hand-over of the records directory`);
  }
}
