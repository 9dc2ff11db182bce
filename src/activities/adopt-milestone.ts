import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Adopted, AdoptionRequest } from './phase-activities.ts';
import { IDENTITY_MEMO } from '../workflows/memo.ts';
import type { MilestoneResult } from '../workflows/messages.ts';

/**
 * Looks what became of a milestone that an earlier run of the phase has started, and takes over its result. While it runs and is
 * waited for, the activity fails retryably, which occupies no worker.
 */
export async function adoptMilestone({ workflowId, identity, wait }: AdoptionRequest): Promise<Adopted> {
  const { client, info } = Context.current();
  const found = await describe(workflowId);
  // Its namespace has forgotten it, or somebody has deleted it.
  if (found === undefined) return { state: 'free' };
  const { status, memo, runId } = found;
  const isOurs = memo?.[IDENTITY_MEMO] === identity;
  if (!isOurs) return { state: status.name === 'RUNNING' ? 'foreign' : 'free' };
  if (status.name === 'RUNNING' && !wait) return { state: 'running' };
  if (status.name === 'RUNNING') {
    throw ApplicationFailure.create({
      message: `${workflowId} still runs`,
      type: 'NotYet',
      category: ApplicationFailureCategory.BENIGN,
      // It says itself when it ends; this is for one that cannot.
      nextRetryDelay: Math.min(info.attempt * 1000, 600_000),
    });
  }
  if (status.name !== 'COMPLETED') return { state: 'free' };
  return {
    state: 'completed',
    result: (await client.workflow.getHandle(workflowId, runId).result()) as MilestoneResult,
  };
}

async function describe(workflowId: string) {
  try {
    return await Context.current().client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
