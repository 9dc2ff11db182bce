import { GetPipelineStateCommand, RollbackStageCommand } from '@aws-sdk/client-codepipeline';
import { PermanentError } from '../../../base/errors.ts';
import { clip } from '../../../base/text.ts';
import { recentActions } from './actions.ts';
import { isNamed, nameOf, type PipelineAddress } from './address.ts';
import type { PipelineDefinition } from './definition.ts';
import { describeExecution, recentExecutions } from './executions.ts';
import { ExecutionStatus } from './status.ts';

/** The rollback of a stage, recorded before it is requested. AWS has no token for it. */
export interface StageRollback {
  readonly stage: string;
  /** Execution whose revisions are brought back. */
  readonly target: string;
  /** Epoch milliseconds of the request. */
  readonly since: number;
}

/** Difference that the clocks of AWS and of the worker may have. */
const SKEW_MS = 5 * 60_000;

/**
 * Finds the execution that a rollback of a stage brings back: the newest that succeeded in the stage before the one that is there now. After
 * a rollback, that is the one that it has brought back. A rollback that has failed is asked for again.
 *
 * @throws PermanentError when there is none, or the pipeline cannot roll back
 */
export async function findRollback(
  address: PipelineAddress,
  definition: PipelineDefinition,
  stage: string,
): Promise<StageRollback> {
  const refuse = (why: string): never => {
    throw new PermanentError(`${nameOf(address)} ${why}.`);
  };
  if (!definition.stages.includes(stage)) {
    refuse(`has no stage "${stage}" (it has ${definition.stages.join(', ')})`);
  }
  if (definition.mode === 'PARALLEL') refuse('is in mode PARALLEL, in which AWS rolls no stage back');
  const current = await executionIn(address, stage);
  const { rolledBackTo, hasSucceeded = true } = current === undefined ? {} : await rollbackBy(address, current);
  if (rolledBackTo !== undefined && !hasSucceeded) return { stage, target: rolledBackTo, since: Date.now() };
  let isEarlier = rolledBackTo === undefined;
  for await (const summary of recentExecutions(address, { succeededIn: stage })) {
    const { pipelineExecutionId: id, executionType } = summary;
    if (id === undefined || id === current || executionType === 'ROLLBACK') continue;
    if (isEarlier) return { stage, target: id, since: Date.now() };
    isEarlier = id === rolledBackTo;
  }
  return refuse(`has no earlier execution that succeeded in stage ${stage}, so there is nothing to roll back to`);
}

/**
 * Rolls a stage back, or finds the rollback that an earlier attempt has requested.
 *
 * @param isFirst true when no earlier attempt can have requested it
 * @returns id of the execution that does it: another one than the target
 * @throws PermanentError when AWS refuses it
 */
export async function rollBackStage(
  address: PipelineAddress,
  rollback: StageRollback,
  isFirst: boolean,
): Promise<string> {
  const begun = isFirst ? undefined : await findBegunRollback(address, rollback);
  if (begun !== undefined) return begun;
  const { client, pipeline, signal } = address;
  const { stage, target } = rollback;
  const command = new RollbackStageCommand({
    pipelineName: pipeline,
    stageName: stage,
    targetPipelineExecutionId: target,
  });
  try {
    const { pipelineExecutionId = '' } = await client.send(command, { abortSignal: signal });
    return pipelineExecutionId;
  } catch (error) {
    if (!isNamed(error, 'PipelineExecutionOutdatedException', 'UnableToRollbackStageException')) throw error;
    const says = error instanceof Error ? clip(error.message, 500) : '';
    throw new PermanentError(
      `${nameOf(address)}: AWS does not roll stage ${stage} back to execution ${target}: ${says}`,
    );
  }
}

/** The rollback that an earlier attempt has requested; `undefined` when AWS shows none. */
export async function findBegunRollback(
  address: PipelineAddress,
  { target, since }: StageRollback,
): Promise<string | undefined> {
  for await (const summary of recentExecutions(address, { pages: 1 })) {
    if ((summary.startTime?.getTime() ?? 0) < since - SKEW_MS) return undefined;
    const { trigger, rollbackMetadata, pipelineExecutionId } = summary;
    const isManual = trigger?.triggerType === 'ManualRollback';
    if (isManual && rollbackMetadata?.rollbackTargetPipelineExecutionId === target) return pipelineExecutionId;
  }
  return undefined;
}

/** The execution whose actions have run last in the stage. One that has skipped it has left there what was there. */
async function executionIn(address: PipelineAddress, stage: string): Promise<string | undefined> {
  const { client, pipeline, signal } = address;
  const answer = await client.send(new GetPipelineStateCommand({ name: pipeline }), { abortSignal: signal });
  const { latestExecution } = answer.stageStates?.find(({ stageName }) => stageName === stage) ?? {};
  if (latestExecution?.status !== 'Skipped') return latestExecution?.pipelineExecutionId;
  for await (const { stageName, pipelineExecutionId } of recentActions(address)) {
    if (stageName === stage) return pipelineExecutionId;
  }
  return undefined;
}

/** What an execution has rolled back to, if it is a rollback. */
async function rollbackBy(
  address: PipelineAddress,
  id: string,
): Promise<{ readonly rolledBackTo?: string | undefined; readonly hasSucceeded?: boolean }> {
  const execution = await describeExecution(address, id);
  if (execution?.executionType !== 'ROLLBACK') return {};
  const rolledBackTo = execution.rollbackMetadata?.rollbackTargetPipelineExecutionId;
  return { rolledBackTo, hasSucceeded: ExecutionStatus.of(execution).outcome === 'succeeded' };
}
