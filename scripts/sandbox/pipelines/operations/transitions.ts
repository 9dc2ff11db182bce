import type { DisableStageTransitionInput, EnableStageTransitionInput } from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import { AwsFault } from '../fault.ts';
import type { Valid } from '../machine/state.ts';
import type { World } from '../store.ts';
import { currentDefinition, stageOf } from './find.ts';

export function transitionOperations(engine: Engine) {
  const change = (world: World, stage: string, enabled: boolean, reason?: string): void => {
    const { store } = engine.options;
    world.pipeline.transitions[stage] = { enabled, changedAt: Date.now(), ...(reason === undefined ? {} : { reason }) };
    store.writePipeline(world.pipeline);
    engine.turn(world, () => undefined);
  };

  return {
    /** Executions that are in the stage already go on. */
    DisableStageTransition(input: Valid<DisableStageTransitionInput>): void {
      const world = engine.pipeline(input.pipelineName);
      change(world, entered(world, input.stageName, input.transitionType), false, input.reason);
    },

    EnableStageTransition(input: Valid<EnableStageTransitionInput>): void {
      const world = engine.pipeline(input.pipelineName);
      change(world, entered(world, input.stageName, input.transitionType), true);
    },
  };
}

/** The stage that the transition leads into. */
function entered(world: World, stage: string, type: 'Inbound' | 'Outbound'): string {
  const { stages } = currentDefinition(world);
  const index = stages.indexOf(stageOf(world, stage)) + (type === 'Outbound' ? 1 : 0);
  const into = stages[index];
  if (index > 0 && into) return into.name;
  throw new AwsFault('ValidationException', `Stage '${stage}' has no ${type.toLowerCase()} transition.`);
}
