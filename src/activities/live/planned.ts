import type { Stack } from '@aws-sdk/client-cloudformation';
import { templateValue } from '../stacks/template.ts';
import { renderTemplate, type Known } from '../stacks/render.ts';
import { isRecord, type Json } from '../../base/json.ts';
import { describeStack } from '../stacks/engine/stack.ts';
import { templateOf } from '../stacks/engine/unchanged.ts';
import { aFewAtATime } from '../../base/async.ts';
import { addressIn, describeStacks, type LiveEnvironment, type LiveResource } from './environment.ts';

/** A resource of a template, with the values that AWS has for parameters, conditions, references and imports. */
export interface PlannedResource {
  /** ARN of the stack whose template has it. */
  readonly stackId: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: { readonly [name: string]: Json };
}

/**
 * Reads the resources of some types from the templates of an environment, as CloudFormation has deployed them; nested stacks
 * included. Only stacks that hold one of `types` are read.
 */
export async function plannedResources(
  environment: LiveEnvironment,
  ...types: readonly string[]
): Promise<PlannedResource[]> {
  const { resources } = environment;
  const deployed = await describeStacks(environment);
  const exports = Object.fromEntries(deployed.flatMap((stack) => exportsOf(stack)));
  const holders = resources.filter(({ type }) => types.includes(type)).flatMap(({ stackId }) => stackId ?? []);
  const known = new Map(deployed.map((stack) => [stack?.StackId, stack]));
  const planned = await aFewAtATime([...new Set(holders)], async (stackId) => {
    const stack = known.get(stackId) ?? (await describeStack(addressIn(environment, stackId)));
    return stack === undefined ? [] : readStack(environment, stackId, stack, exports);
  });
  return planned.flat().filter(({ type }) => types.includes(type));
}

/** Finds a live resource in the templates. */
export function planOf(
  planned: readonly PlannedResource[],
  { stackId, logicalId }: LiveResource,
): PlannedResource | undefined {
  return planned.find((one) => one.stackId === stackId && one.logicalId === logicalId);
}

async function readStack(
  environment: LiveEnvironment,
  stackId: string,
  stack: Stack,
  exports: Known['exports'],
): Promise<PlannedResource[]> {
  const read = templateValue(await templateOf(addressIn(environment, ''), stack));
  if ('problem' in read) return [];
  const own = environment.resources.filter((one) => one.stackId === stackId && one.physicalId !== '');
  const ids = Object.fromEntries(own.map(({ logicalId, physicalId }) => [logicalId, physicalId]));
  const names = { ...pseudoParameters(stackId, stack, environment.region), ...ids };
  const rendered = renderTemplate(read.value as Json, parametersOf(stack), { names, exports });
  const resources = isRecord(rendered) && isRecord(rendered['Resources']) ? rendered['Resources'] : {};
  return Object.entries(resources).flatMap(([logicalId, resource]) => {
    if (!isRecord(resource) || typeof resource['Type'] !== 'string') return [];
    const { Type: type, Properties: properties } = resource;
    return [{ stackId, logicalId, type, properties: isRecord(properties) ? properties : {} }];
  });
}

/** Values of a stack's parameters; `ResolvedValue` is that of a parameter in Systems Manager. */
function parametersOf({ Parameters = [] }: Stack): { [name: string]: string } {
  return Object.fromEntries(
    Parameters.map(({ ParameterKey = '', ParameterValue = '', ResolvedValue }) => [
      ParameterKey,
      ResolvedValue ?? ParameterValue,
    ]),
  );
}

function exportsOf(stack: Stack | undefined): [name: string, value: string][] {
  return (stack?.Outputs ?? []).flatMap(({ ExportName, OutputValue = '' }) =>
    ExportName === undefined ? [] : [[ExportName, OutputValue]],
  );
}

/** Pseudo parameters, taken from the stack's id: `arn:aws:cloudformation:eu-west-1:111122223333:stack/NAME/UUID`. */
function pseudoParameters(stackId: string, { StackName = '' }: Stack, region: string): { [name: string]: string } {
  const [, partition = '', , , account = ''] = stackId.split(':');
  return {
    'AWS::AccountId': account,
    'AWS::Partition': partition,
    'AWS::Region': region,
    'AWS::StackId': stackId,
    'AWS::StackName': StackName,
  };
}
