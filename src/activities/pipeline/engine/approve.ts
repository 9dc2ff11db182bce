import { PutApprovalResultCommand } from '@aws-sdk/client-codepipeline';
import { clip } from '../../../base/text.ts';
import { isNamed, type PipelineAddress } from './address.ts';
import type { PendingApproval } from './blocked.ts';

/** AWS's limit for the summary of an approval. */
const SUMMARY = 512;

/**
 * Answers a manual approval.
 *
 * @returns false when it has been answered already, or this run of the action is over: the state has to be read again
 */
export async function answerApproval(
  { client, pipeline, signal }: PipelineAddress,
  { stage, action, token }: PendingApproval,
  status: 'Approved' | 'Rejected',
  summary: string,
): Promise<boolean> {
  const command = new PutApprovalResultCommand({
    pipelineName: pipeline,
    stageName: stage,
    actionName: action,
    token,
    result: { status, summary: clip(summary, SUMMARY) },
  });
  try {
    await client.send(command, { abortSignal: signal });
    return true;
  } catch (error) {
    if (isNamed(error, 'ApprovalAlreadyCompletedException', 'InvalidApprovalTokenException')) return false;
    throw error;
  }
}
