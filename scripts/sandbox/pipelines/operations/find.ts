import { AwsFault } from '../fault.ts';
import type { Definition, StageDefinition } from '../machine/state.ts';
import type { World } from '../store.ts';

export function currentDefinition({ pipeline, versions }: World): Definition {
  const definition = versions.get(pipeline.version);
  if (definition === undefined) throw new Error(`${pipeline.name} has no version ${pipeline.version}`);
  return definition;
}

/** @throws AwsFault `StageNotFoundException` */
export function stageOf(world: World, stage: string): StageDefinition {
  const found = currentDefinition(world).stages.find(({ name }) => name === stage);
  if (found) return found;
  throw new AwsFault('StageNotFoundException', `Pipeline '${world.pipeline.name}' does not have a stage '${stage}'`);
}
