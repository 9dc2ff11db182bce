import type { ActionExecutionDetail } from '@aws-sdk/client-codepipeline';
import type { RanRevision } from './proof.ts';

/** Outputs that one release publishes at most. They are recorded in the history. */
const OUTPUTS = 50;
const CHARACTERS = 500;

/**
 * The values that later steps may refer to: `ExecutionId`; `Revision` of the only source, or `Revision-SOURCE` of each; and the output
 * variables of actions that have a namespace, as `NAMESPACE-VARIABLE`. Characters that a reference cannot hold become hyphens.
 */
export function releaseOutputs(
  executionId: string,
  revisions: readonly RanRevision[],
  actions: readonly ActionExecutionDetail[],
): { [name: string]: string } {
  const outputs: { [name: string]: string } = { ExecutionId: executionId };
  const [only, ...others] = revisions;
  if (only !== undefined && others.length === 0) outputs['Revision'] = only.revision;
  const variables = actions.filter(({ status }) => status === 'Succeeded').flatMap(variablesOf);
  for (const [name, value] of [
    ...revisions.map((one) => [`Revision-${one.source}`, one.revision] as const),
    ...variables,
  ]) {
    const key = name.replaceAll(/[^\w-]/g, '-');
    if (Object.keys(outputs).length >= OUTPUTS) break;
    // The listing begins with the newest run of an action.
    if (value.length <= CHARACTERS && !Object.hasOwn(outputs, key)) outputs[key] = value;
  }
  return outputs;
}

function variablesOf({ input, output }: ActionExecutionDetail): (readonly [string, string])[] {
  const namespace = input?.namespace;
  if (namespace === undefined || namespace === '') return [];
  return Object.entries(output?.outputVariables ?? {}).map(([name, value]) => [`${namespace}-${name}`, value] as const);
}
