import { GetPipelineStateCommand, RetryStageExecutionCommand, type StageState } from '@aws-sdk/client-codepipeline';
import { PermanentError } from '../../../base/errors.ts';
import { isNamed, nameOf, pause, type PipelineAddress } from './address.ts';
import { describeExecution, recentExecutions } from './executions.ts';
import { ExecutionStatus } from './status.ts';

/** The retry of a stage, recorded before it is requested. AWS has no token for it, so its own count of retries tells whether it was. */
export interface StageRetry {
  readonly executionId: string;
  readonly stage: string;
  /** Number of times that the stage had been retried in this execution. */
  readonly retries: number;
}

export type RetryMode = 'FAILED_ACTIONS' | 'ALL_ACTIONS';

/** Requests to a pipeline that is busy: 2, 4, 8, 16, 30 seconds apart and so on, which is about four minutes. */
const REQUESTS = 10;

/**
 * Finds the stage that a retry would continue: that of the pipeline's newest execution, which has to have failed or been stopped.
 *
 * @throws PermanentError when there is nothing to retry
 */
export async function findRetry(address: PipelineAddress): Promise<StageRetry> {
  const newest = await newestExecution(address);
  if (newest === undefined) throw new PermanentError(`${nameOf(address)} has no execution to retry.`);
  const { id, status } = newest;
  if (status.outcome !== 'failed' && status.outcome !== 'stopped') {
    throw new PermanentError(
      `${nameOf(address)}: its newest execution ${id} is ${status.status}, so there is no failed stage to retry.`,
    );
  }
  const stage = (await stagesOf(address)).find((one) => isStageOf(one, id));
  if (stage === undefined) {
    throw new PermanentError(`${nameOf(address)}: no stage of execution ${id} has failed, so there is none to retry.`);
  }
  return { executionId: id, stage: stage.stageName ?? '', retries: retriesOf(stage) };
}

/**
 * Retries a stage. The execution goes on under the same id.
 *
 * @param isFirst true when no earlier attempt can have requested it
 * @throws PermanentError when AWS does not let the stage be retried
 */
export async function retryStage(
  address: PipelineAddress,
  retry: StageRetry,
  mode: RetryMode,
  isFirst: boolean,
): Promise<void> {
  if (!isFirst && (await hasBegun(address, retry))) return;
  const { client, pipeline, signal } = address;
  const { executionId, stage } = retry;
  const command = new RetryStageExecutionCommand({
    pipelineName: pipeline,
    stageName: stage,
    pipelineExecutionId: executionId,
    retryMode: mode,
  });
  for (let request = 1; ; request += 1) {
    try {
      await client.send(command, { abortSignal: signal });
      return;
    } catch (error) {
      if (isNamed(error, 'NotLatestPipelineExecutionException')) {
        throw new PermanentError(
          `${nameOf(address)}: execution ${executionId} is no longer the newest in stage ${stage}, so AWS does not retry it.`,
        );
      }
      // Somebody, or AWS itself, has retried it meanwhile.
      const isNotRetryable = isNamed(error, 'StageNotRetryableException');
      if (isNotRetryable && (await hasBegun(address, retry))) return;
      if (isNotRetryable) {
        throw new PermanentError(
          `${nameOf(address)}: AWS does not let stage ${stage} of execution ${executionId} be retried.`,
        );
      }
      if (!isNamed(error, 'ConflictException') || request === REQUESTS) throw error;
      await pause(address, Math.min(1_000 * 2 ** request, 30_000));
    }
  }
}

/** True when the stage runs again, or has been retried since. */
async function hasBegun(address: PipelineAddress, { executionId, stage, retries }: StageRetry): Promise<boolean> {
  const state = (await stagesOf(address)).find(({ stageName }) => stageName === stage);
  if (state !== undefined && retriesOf(state) > retries) return true;
  const execution = await describeExecution(address, executionId);
  return execution !== undefined && !['failed', 'stopped'].includes(ExecutionStatus.of(execution).outcome);
}

async function newestExecution(
  address: PipelineAddress,
): Promise<{ readonly id: string; readonly status: ExecutionStatus } | undefined> {
  for await (const summary of recentExecutions(address, { pages: 1, size: 1 })) {
    return { id: summary.pipelineExecutionId ?? '', status: ExecutionStatus.of(summary) };
  }
  return undefined;
}

async function stagesOf({ client, pipeline, signal }: PipelineAddress): Promise<StageState[]> {
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipeline }), {
    abortSignal: signal,
  });
  return stageStates;
}

function isStageOf({ latestExecution }: StageState, id: string): boolean {
  const { pipelineExecutionId, status } = latestExecution ?? {};
  return pipelineExecutionId === id && (status === 'Failed' || status === 'Stopped');
}

function retriesOf({ retryStageMetadata }: StageState): number {
  return retryStageMetadata?.manualStageRetryAttempt ?? 0;
}
