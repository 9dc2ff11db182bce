import type {
  CreatePipelineInput,
  CreatePipelineOutput,
  DeletePipelineInput,
  GetPipelineInput,
  GetPipelineOutput,
  ListPipelinesInput,
  ListPipelinesOutput,
  PipelineDeclaration,
  UpdatePipelineInput,
  UpdatePipelineOutput,
} from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import { AwsFault } from '../fault.ts';
import { checkDefinition, pipelineTypeOf, typeName, type Known } from '../machine/definition.ts';
import { endExecution } from '../machine/executions.ts';
import { isActive, type Definition, type Valid } from '../machine/state.ts';
import type { World } from '../store.ts';
import { page } from './page.ts';
import { startAtCreation } from './start.ts';

const MOST_PIPELINES = 1000;
const MOST_TAGS = 50;

/** @param startOnCreate starts an execution of each new pipeline, as AWS does */
export function pipelineOperations(engine: Engine, startOnCreate: boolean) {
  const known: Known = {
    actionTypes: new Set(engine.options.providers.map(({ type }) => typeName({ ...type, version: '1' } as never))),
    rules: new Set(engine.options.rules.map(({ provider }) => provider)),
  };

  return {
    CreatePipeline({ pipeline, tags = [] }: Valid<CreatePipelineInput>): CreatePipelineOutput {
      if (engine.has(pipeline.name)) {
        throw new AwsFault('PipelineNameInUseException', `A pipeline with the name '${pipeline.name}' already exists.`);
      }
      if (engine.pipelines.length >= MOST_PIPELINES) {
        throw new AwsFault('LimitExceededException', `An account has ${MOST_PIPELINES} pipelines at most.`);
      }
      if (tags.length > MOST_TAGS)
        throw new AwsFault('TooManyTagsException', `A pipeline has ${MOST_TAGS} tags at most.`);
      const definition = normalized(pipeline);
      checkDefinition(definition, known);
      const world = engine.add(pipeline.name);
      world.pipeline.tags = tags;
      engine.addVersion(world, definition);
      if (startOnCreate) startAtCreation(engine, world);
      return { pipeline: declarationOf(world, definition), ...(tags.length > 0 ? { tags: [...tags] } : {}) };
    },

    /** Executions that have not ended are cancelled; those of mode PARALLEL go on with the version that they began with. */
    UpdatePipeline({ pipeline }: Valid<UpdatePipelineInput>): UpdatePipelineOutput {
      const world = engine.pipeline(pipeline.name);
      const definition = normalized(pipeline);
      checkDefinition(definition, known);
      engine.addVersion(world, definition);
      engine.turn(world, (turn) => {
        for (const execution of [...world.executions.values()].filter(isActive)) {
          if (execution.mode === 'PARALLEL') continue;
          endExecution(turn, execution, 'Cancelled', 'The definition of the pipeline was updated.');
        }
      });
      return { pipeline: declarationOf(world, definition) };
    },

    GetPipeline({ name, version }: Valid<GetPipelineInput>): GetPipelineOutput {
      const world = engine.pipeline(name);
      const { pipeline, versions } = world;
      const definition = versions.get(version ?? pipeline.version);
      if (definition === undefined) {
        throw new AwsFault('PipelineVersionNotFoundException', `Pipeline '${name}' has no version ${String(version)}.`);
      }
      return {
        pipeline: declarationOf(world, definition, version),
        metadata: {
          pipelineArn: arnOf(engine, name),
          created: new Date(pipeline.created),
          updated: new Date(pipeline.updated),
        },
      };
    },

    /** Answers also for a pipeline that does not exist. */
    DeletePipeline({ name }: Valid<DeletePipelineInput>): void {
      if (engine.has(name)) engine.remove(engine.pipeline(name));
    },

    ListPipelines(input: Valid<ListPipelinesInput>): ListPipelinesOutput {
      const sorted = engine.pipelines.sort((one, other) => (one.pipeline.name < other.pipeline.name ? -1 : 1));
      const { items, nextToken } = page(sorted, ({ pipeline }) => pipeline.name, input, 1000);
      return { pipelines: items.map(summaryOf), ...nextToken };
    },
  };
}

export function arnOf({ options }: Engine, name: string): string {
  return `arn:aws:codepipeline:${options.region}:000000000000:${name}`;
}

function normalized(pipeline: Definition): Definition {
  return { ...pipeline, executionMode: pipeline.executionMode ?? 'SUPERSEDED', pipelineType: pipelineTypeOf(pipeline) };
}

function declarationOf({ pipeline }: World, definition: Definition, version = pipeline.version): PipelineDeclaration {
  return { ...(definition as PipelineDeclaration), version };
}

function summaryOf({ pipeline, versions }: World): NonNullable<ListPipelinesOutput['pipelines']>[number] {
  const definition = versions.get(pipeline.version);
  return {
    name: pipeline.name,
    version: pipeline.version,
    pipelineType: definition?.pipelineType,
    executionMode: definition?.executionMode,
    created: new Date(pipeline.created),
    updated: new Date(pipeline.updated),
  };
}
