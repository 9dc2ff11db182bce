import type {
  OverrideStageConditionInput,
  RetryStageExecutionInput,
  RetryStageExecutionOutput,
  RollbackStageInput,
  RollbackStageOutput,
} from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import { AwsFault } from '../fault.ts';
import { conditionOf, latestCondition } from '../machine/conditions.ts';
import { addRollback, isTarget } from '../machine/rollback.ts';
import { overrideCondition, retryStage } from '../machine/stage.ts';
import { isInside, type Execution, type StageRun, type Valid } from '../machine/state.ts';
import type { World } from '../store.ts';
import { currentDefinition, stageOf } from './find.ts';
import { USER } from './start.ts';

export function stageOperations(engine: Engine) {
  return {
    /** The execution goes on under its id, from the stage in which it has failed or was stopped. */
    RetryStageExecution(input: Valid<RetryStageExecutionInput>): RetryStageExecutionOutput {
      const { pipelineName, stageName, pipelineExecutionId, retryMode } = input;
      const world = engine.pipeline(pipelineName);
      const { execution, stage } = latestVisit(world, stageName, pipelineExecutionId, 'StageNotRetryableException');
      const notRetryable = (why: string): AwsFault =>
        new AwsFault('StageNotRetryableException', `Stage '${stageName}' cannot be retried: ${why}.`);
      if (execution.version !== world.pipeline.version) throw notRetryable('the pipeline has changed since');
      if (stage.phase !== 'ended' || !['Failed', 'Stopped'].includes(stage.status)) {
        throw notRetryable(`it is ${stage.phase === 'ended' ? stage.status : 'InProgress'}`);
      }
      const failed = stage.attempts.filter(({ status, retired }) => retired !== true && status !== 'Succeeded');
      const isCutShort = stage.status === 'Stopped';
      if (retryMode === 'FAILED_ACTIONS' && failed.length === 0 && !isCutShort)
        throw notRetryable('no action has failed');
      engine.turn(world, (turn) => {
        stage.retries.manual++;
        retryStage(turn, execution, stage, retryMode, 'ManualStageRetry');
      });
      return { pipelineExecutionId };
    },

    RollbackStage(input: Valid<RollbackStageInput>): RollbackStageOutput {
      const { pipelineName, stageName, targetPipelineExecutionId } = input;
      const world = engine.pipeline(pipelineName);
      stageOf(world, stageName);
      const unable = (why: string): AwsFault =>
        new AwsFault('UnableToRollbackStageException', `Stage '${stageName}' cannot be rolled back: ${why}.`);
      const { executionMode, stages } = currentDefinition(world);
      const target = world.executions.get(targetPipelineExecutionId);
      if (target === undefined) {
        throw new AwsFault(
          'PipelineExecutionNotFoundException',
          `There is no execution '${targetPipelineExecutionId}'`,
        );
      }
      if (executionMode === 'PARALLEL') throw unable('mode PARALLEL has no rollback');
      if (stages[0]?.name === stageName) throw unable('it is the source stage');
      if (target.version !== world.pipeline.version) {
        const message = `Execution '${target.id}' ran version ${target.version} of the pipeline.`;
        throw new AwsFault('PipelineExecutionOutdatedException', message);
      }
      if (visits(world, stageName).some(({ stage }) => isInside(stage))) throw unable('it is running');
      const execution = engine.turn(world, (turn) => {
        if (!isTarget(turn, target, stageName))
          throw unable('the target is no standard execution that succeeded in it');
        return addRollback(turn, turn.newId(), target, stageName, { type: 'ManualRollback', detail: USER });
      });
      return { pipelineExecutionId: execution.id };
    },

    OverrideStageCondition(input: Valid<OverrideStageConditionInput>): void {
      const { pipelineName, stageName, pipelineExecutionId, conditionType } = input;
      const world = engine.pipeline(pipelineName);
      const { execution, stage } = latestVisit(
        world,
        stageName,
        pipelineExecutionId,
        'ConditionNotOverridableException',
      );
      const condition = conditionOf(stageOf(world, stageName), conditionType);
      const run = latestCondition(stage, conditionType);
      const isOpen = run?.status === 'InProgress' || run?.status === 'Failed';
      const hasRolledBack = stage.phase === 'ended' && condition?.result === 'ROLLBACK';
      if (!isOpen || condition?.result === 'SKIP' || hasRolledBack || execution.version !== world.pipeline.version) {
        const message = `The condition ${conditionType} of stage '${stageName}' cannot be overridden.`;
        throw new AwsFault('ConditionNotOverridableException', message);
      }
      engine.turn(world, (turn) => overrideCondition(turn, execution, stage, run));
    },
  };
}

interface Visit {
  readonly execution: Execution;
  readonly stage: StageRun;
}

function visits({ executions }: World, stage: string): Visit[] {
  return [...executions.values()].flatMap((execution) =>
    execution.stages
      .filter(({ name, entered }) => name === stage && entered !== undefined)
      .map((one) => ({ execution, stage: one })),
  );
}

/**
 * The execution's visit of the stage.
 *
 * @param missing the error where the execution has not been in the stage
 * @throws AwsFault `NotLatestPipelineExecutionException` when another execution has entered it since
 */
function latestVisit(world: World, name: string, id: string, missing: string): Visit {
  stageOf(world, name);
  const all = visits(world, name);
  const visit = all.find(({ execution }) => execution.id === id);
  if (visit === undefined) throw new AwsFault(missing, `Execution '${id}' has not been in stage '${name}'.`);
  const entered = visit.stage.entered ?? 0;
  if (visit.execution.mode !== 'PARALLEL' && all.some(({ stage }) => (stage.entered ?? 0) > entered)) {
    throw new AwsFault('NotLatestPipelineExecutionException', `A later execution has entered stage '${name}'.`);
  }
  return visit;
}
