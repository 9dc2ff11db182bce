import { AwsFault } from '../fault.ts';
import { checkConditions } from './definition-conditions.ts';
import type { ActionDefinition, Definition, StageDefinition } from './state.ts';
import { builtIn, references } from './variables.ts';

/** What the stand-in can run, so that a definition which asks for more is refused at once. */
export interface Known {
  /** `Build/AWS/CodeBuild` */
  readonly actionTypes: ReadonlySet<string>;
  /** Providers of rules. */
  readonly rules: ReadonlySet<string>;
}

const MOST_STAGES = 50;
const MOST_ACTIONS = 50;

/** @throws AwsFault for a definition that AWS would refuse */
export function checkDefinition(definition: Definition, known: Known): void {
  const { stages, artifactStore, artifactStores } = definition;
  if ((artifactStore === undefined) === (artifactStores === undefined)) {
    throw new AwsFault(
      'InvalidStructureException',
      'Pipeline has to have artifactStore or artifactStores, and not both.',
    );
  }
  if (stages.length < 2 || stages.length > MOST_STAGES) {
    throw new AwsFault(
      'InvalidStructureException',
      `Pipeline has ${stages.length} stages; from 2 to ${MOST_STAGES} are allowed.`,
    );
  }
  const twice = repeated(stages.map(({ name }) => name));
  if (twice !== undefined) throw badStage(`There are two stages ${twice}.`);
  stages.forEach((stage, index) => checkStage(stage, index, known));
  checkArtifacts(stages);
  checkReferences(definition);
  for (const stage of stages) checkConditions(stage, definition, known.rules);
}

/** The type that AWS gives the pipeline: V2 where it uses anything that V1 does not have. */
export function pipelineTypeOf({ pipelineType, variables, triggers, executionMode, stages }: Definition): 'V1' | 'V2' {
  const uses = [variables?.length, triggers?.length, (executionMode ?? 'SUPERSEDED') !== 'SUPERSEDED'];
  const conditions = stages.some(({ onSuccess, onFailure, beforeEntry }) => onSuccess ?? onFailure ?? beforeEntry);
  return conditions || uses.some(Boolean) ? 'V2' : (pipelineType ?? 'V1');
}

export function typeName({ category, owner, provider }: ActionDefinition['actionTypeId']): string {
  return `${category}/${owner}/${provider}`;
}

function checkStage({ name, actions }: StageDefinition, index: number, { actionTypes }: Known): void {
  if (actions.length < 1 || actions.length > MOST_ACTIONS) {
    throw badStage(`Stage ${name} has ${actions.length} actions; from 1 to ${MOST_ACTIONS} are allowed.`);
  }
  const twice = repeated(actions.map((action) => action.name));
  if (twice !== undefined) throw badAction(`Stage ${name} has two actions ${twice}.`);
  for (const action of actions) {
    const isSource = action.actionTypeId.category === 'Source';
    if (isSource !== (index === 0)) {
      throw badStage(
        `Stage ${name}, action ${action.name}: the first stage has source actions, and no other stage has any.`,
      );
    }
    const type = typeName(action.actionTypeId);
    if (type !== 'Approval/AWS/Manual' && !actionTypes.has(type)) {
      throw badAction(`Stage ${name}, action ${action.name}: the stand-in has no action type ${type}.`);
    }
  }
}

/** Each artifact has one maker, which runs before those that take it. */
function checkArtifacts(stages: readonly StageDefinition[]): void {
  const made = new Set<string>();
  for (const { name: stage, actions } of stages) {
    for (const group of byRunOrder(actions)) {
      for (const { name, inputArtifacts = [] } of group) {
        const missing = inputArtifacts.find((one) => !made.has(one.name));
        if (missing) throw badAction(`Stage ${stage}, action ${name}: no action before it makes ${missing.name}.`);
      }
      for (const { name, outputArtifacts = [] } of group) {
        for (const output of outputArtifacts) {
          if (made.has(output.name)) throw badAction(`Stage ${stage}, action ${name}: ${output.name} has two makers.`);
          made.add(output.name);
        }
      }
    }
  }
}

function checkReferences({ stages, variables = [] }: Definition): void {
  const namespaces = new Set(builtIn);
  const declared = new Set(variables.map(({ name }) => name));
  for (const { name: stage, actions } of stages) {
    for (const group of byRunOrder(actions)) {
      for (const action of group) {
        const where = `Stage ${stage}, action ${action.name}`;
        for (const { namespace, variable } of references(textsOf(action).join('\n'))) {
          if (!namespaces.has(namespace))
            throw badAction(`${where}: no action before it has the namespace ${namespace}.`);
          if (namespace === 'variables' && !declared.has(variable)) {
            throw badAction(`${where}: the pipeline does not declare the variable ${variable}.`);
          }
        }
      }
      for (const { name, namespace } of group) {
        if (namespace === undefined) continue;
        if (namespaces.has(namespace))
          throw badAction(`Stage ${stage}, action ${name}: the namespace ${namespace} is taken.`);
        namespaces.add(namespace);
      }
    }
  }
}

function textsOf({ configuration = {}, commands = [], environmentVariables = [] }: ActionDefinition): string[] {
  return [...Object.values(configuration), ...commands, ...environmentVariables.map(({ value }) => value)];
}

/** Actions that run at once, in the order in which they run. */
export function byRunOrder(actions: readonly ActionDefinition[]): ActionDefinition[][] {
  const orders = [...new Set(actions.map(({ runOrder = 1 }) => runOrder))].sort((one, other) => one - other);
  return orders.map((order) => actions.filter(({ runOrder = 1 }) => runOrder === order));
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

function badStage(message: string): AwsFault {
  return new AwsFault('InvalidStageDeclarationException', message);
}

function badAction(message: string): AwsFault {
  return new AwsFault('InvalidActionDeclarationException', message);
}
