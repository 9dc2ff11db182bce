import type { Parameter, Stack } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../activities/define.ts';
import type { Template } from '../plan/templates.ts';
import { quoteAll } from '../plan/text.ts';
import type { StackDeployment } from './deployment.ts';

/**
 * Makes sure that every parameter will have a value: given, kept, or the template's default. Asks nothing of AWS.
 *
 * @throws PermanentError that names those without one
 */
export function requireParameters(
  { parameters, settings = {}, ...deployment }: StackDeployment,
  template: Template,
): void {
  const kept = settings.keepParameters ?? [];
  const missing = template.required.filter((name) => !Object.hasOwn(parameters, name) && !kept.includes(name));
  if (missing.length > 0) throw withoutValue(deployment, missing);
}

/**
 * The parameters of a change set. What is kept has to be there: AWS takes no previous value of a new stack, nor of a parameter
 * that is new in the template.
 *
 * @param stack the stack as it is; absent when it is to be created
 * @throws PermanentError when a parameter is to be kept that the stack does not have
 */
export function parametersFor(
  { parameters, settings = {}, ...deployment }: StackDeployment,
  template: Template,
  stack: Stack | undefined,
): Parameter[] {
  const given = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  const kept = (settings.keepParameters ?? []).filter(
    (name) => template.parameters.includes(name) && !Object.hasOwn(parameters, name),
  );
  const there = new Set(stack?.Parameters?.map(({ ParameterKey }) => ParameterKey));
  const missing = kept.filter((name) => !there.has(name) && template.required.includes(name));
  if (missing.length > 0) throw withoutValue(deployment, missing);
  const previous = kept
    .filter((name) => there.has(name))
    .map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true }));
  return [...given, ...previous];
}

function withoutValue({ stackName, region }: Pick<StackDeployment, 'stackName' | 'region'>, names: readonly string[]) {
  return new PermanentError(
    `Stack ${stackName} in ${region}: there is no value for ${quoteAll(names)}, for which the template has no default. ` +
      'Give one under "parameters" of the stack or of the environment.',
  );
}
