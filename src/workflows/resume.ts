import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { digestOf } from '../gates/chain.ts';
import { phaseActivities } from './activities.ts';
import type { PhaseInput } from './messages.ts';

/**
 * A snapshot says which gates have cleared, so it is taken from the run before alone, as that has closed with it: whoever may start
 * workflows could hand in another.
 */
export async function checkResume(input: PhaseInput): Promise<void> {
  const { workflowId, runId, taskQueue, workflowType, continuedFromExecutionRunId: before = '' } = workflowInfo();
  const request = { workflowId, before, runId, taskQueue, workflowType, digest: digestOf([input]) };
  const { continued } = await phaseActivities('snapshot of the run before').continuedAsNew(request);
  if (continued) return;
  throw ApplicationFailure.nonRetryable(
    '"resume" is not what the run before has handed over; start the phase without it',
    'InvalidStart',
  );
}
