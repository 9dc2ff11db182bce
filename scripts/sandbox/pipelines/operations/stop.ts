import type { StopPipelineExecutionInput, StopPipelineExecutionOutput } from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import { AwsFault } from '../fault.ts';
import { endExecution } from '../machine/executions.ts';
import { currentStage, isActive, type Valid } from '../machine/state.ts';
import { touch } from '../machine/turn.ts';

export function stopOperations(engine: Engine) {
  return {
    /** Lets actions in progress end, or abandons them. An execution that waits before a stage is stopped at once. */
    StopPipelineExecution(input: Valid<StopPipelineExecutionInput>): StopPipelineExecutionOutput {
      const { pipelineName, pipelineExecutionId, abandon = false, reason } = input;
      const world = engine.pipeline(pipelineName);
      const execution = world.executions.get(pipelineExecutionId);
      if (execution === undefined || !isActive(execution)) {
        const status = execution?.status ?? 'not there';
        const message = `Execution '${pipelineExecutionId}' of '${pipelineName}' cannot be stopped: it is ${status}.`;
        throw new AwsFault('PipelineExecutionNotStoppableException', message);
      }
      if (execution.stop !== undefined && (!abandon || execution.stop.abandon)) {
        throw new AwsFault('DuplicatedStopRequestException', `Execution '${pipelineExecutionId}' is stopping already.`);
      }
      engine.turn(world, (turn) => {
        execution.stop = { abandon, ...(reason === undefined ? {} : { reason }) };
        execution.status = 'Stopping';
        if (abandon || currentStage(execution).phase === 'waiting') endExecution(turn, execution, 'Stopped');
        touch(turn, execution);
      });
      return { pipelineExecutionId };
    },
  };
}
