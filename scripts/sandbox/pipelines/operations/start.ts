import type { StartPipelineExecutionInput, StartPipelineExecutionOutput } from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import { AwsFault } from '../fault.ts';
import { addExecution } from '../machine/executions.ts';
import { isActive, type Definition, type Execution, type SourceOverride, type Valid } from '../machine/state.ts';
import type { World } from '../store.ts';
import { currentDefinition } from './find.ts';

/** Executions of one pipeline that may be in progress at once in the modes QUEUED and PARALLEL. */
const MOST_ACTIVE = 50;

type Input = Valid<StartPipelineExecutionInput>;
type Given = Pick<Execution, 'variables' | 'overrides'>;

export function startOperations(engine: Engine) {
  return {
    /** A token that was used before answers with the execution of that time; its history is as long as that of the executions. */
    StartPipelineExecution(input: Input): StartPipelineExecutionOutput {
      const { name, clientRequestToken: token } = input;
      const world = engine.pipeline(name);
      const given = readGiven(currentDefinition(world), input);
      const earlier = [...world.executions.values()].find((one) => token !== undefined && one.token === token);
      if (earlier) {
        if (isSame(earlier, given)) return { pipelineExecutionId: earlier.id };
        throw invalid(`The clientRequestToken ${token ?? ''} was used with other parameters.`);
      }
      return {
        pipelineExecutionId: start(engine, world, given, { type: 'StartPipelineExecution', detail: USER }, token).id,
      };
    },
  };
}

/** The only principal that the stand-in knows. */
export const USER = 'arn:aws:iam::000000000000:root';

/** Starts a new pipeline's first execution, unless it needs a variable. */
export function startAtCreation(engine: Engine, world: World): void {
  const { variables = [] } = currentDefinition(world);
  if (variables.some(({ defaultValue }) => defaultValue === undefined)) return;
  const given = { variables: defaultsOf(variables), overrides: [] };
  start(engine, world, given, { type: 'CreatePipeline', detail: USER });
}

function start(engine: Engine, world: World, given: Given, trigger: Execution['trigger'], token?: string): Execution {
  const { executionMode, stages } = currentDefinition(world);
  const active = [...world.executions.values()].filter(isActive).length;
  if (executionMode !== 'SUPERSEDED' && active >= MOST_ACTIVE) {
    const message = `Pipeline '${world.pipeline.name}' has ${active} executions in progress; ${MOST_ACTIVE} is the limit.`;
    throw new AwsFault('ConcurrentPipelineExecutionsLimitExceededException', message);
  }
  const stage = stages[0]?.name ?? '';
  return engine.turn(world, (turn) =>
    addExecution(turn, {
      ...{ id: turn.newId(), type: 'STANDARD', trigger, stage },
      ...given,
      ...(token === undefined ? {} : { token }),
    }),
  );
}

function readGiven({ variables: declared = [], stages, pipelineType }: Definition, input: Input): Given {
  const { variables = [], sourceRevisions = [] } = input;
  if (variables.length > 0 && pipelineType !== 'V2') throw invalid('Pipeline variables need a pipeline of type V2.');
  const unknown = variables.find(({ name }) => !declared.some((one) => one.name === name));
  if (unknown) throw invalid(`The pipeline does not declare the variable '${unknown.name}'.`);
  const values = { ...defaultsOf(declared), ...Object.fromEntries(variables.map(({ name, value }) => [name, value])) };
  const missing = declared.find(({ name }) => values[name] === undefined);
  if (missing) throw invalid(`The variable '${missing.name}' has no default value, and the request does not give one.`);

  const sources = (stages[0]?.actions ?? []).map(({ name }) => name);
  const overrides = sourceRevisions.map(({ actionName, revisionType, revisionValue }): SourceOverride => {
    if (!sources.includes(actionName)) throw invalid(`The pipeline has no source action '${actionName}'.`);
    return { action: actionName, type: revisionType, value: revisionValue };
  });
  return { variables: values, overrides };
}

function defaultsOf(variables: NonNullable<Definition['variables']>): { [name: string]: string } {
  return Object.fromEntries(
    variables.flatMap(({ name, defaultValue }) => (defaultValue === undefined ? [] : [[name, defaultValue]])),
  );
}

function isSame({ variables, overrides }: Execution, given: Given): boolean {
  const text = (one: Given): string => JSON.stringify([Object.entries(one.variables).sort(), one.overrides]);
  return text({ variables, overrides }) === text(given);
}

function invalid(message: string): AwsFault {
  return new AwsFault('ValidationException', message);
}
