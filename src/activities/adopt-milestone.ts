import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Adopted, AdoptionRequest } from './phase-activities.ts';
import { IDENTITY_MEMO } from '../workflows/memo.ts';
import type { MilestoneResult } from '../workflows/messages.ts';

/**
 * Looks what became of a milestone that was started before the phase was reset, and takes over its result. While it runs and is
 * waited for, the activity fails retryably, which occupies no worker.
 */
export async function adoptMilestone({ workflowId, identity, wait }: AdoptionRequest): Promise<Adopted> {
  const { client, info } = Context.current();
  const { status, memo, runId } = await client.workflow.getHandle(workflowId).describe();
  const isOurs = memo?.[IDENTITY_MEMO] === identity;
  if (!isOurs) return { state: status.name === 'RUNNING' ? 'foreign' : 'free' };
  if (status.name === 'RUNNING' && !wait) return { state: 'running' };
  if (status.name === 'RUNNING') {
    throw ApplicationFailure.create({
      message: `${workflowId} still runs, started before the phase was reset`,
      type: 'NotYet',
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: Math.min(info.attempt, 60) * 1000,
    });
  }
  if (status.name !== 'COMPLETED') return { state: 'free' };
  return {
    state: 'completed',
    result: (await client.workflow.getHandle(workflowId, runId).result()) as MilestoneResult,
  };
}
