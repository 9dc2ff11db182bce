import type { DescribedEnvironment, DescribedStack } from '../aws/describe-environment.ts';
import { table } from './markdown.ts';

/** Heading of an environment's part: where it is, and who says so where that is not AWS. */
export function heading({ name, region, account, endpoint }: DescribedEnvironment): string {
  const title = `## ${name} · ${region} · account ${account}`;
  return endpoint === undefined
    ? title
    : `${title}\n\nNot on AWS: \`${endpoint}\` has answered in its place. What it only imitates is not proved by this document.`;
}

/** Which stacks it has, and what they were deployed from. */
export function stackTable({ stacks }: DescribedEnvironment): string {
  return table(
    ['Stack', 'On AWS', 'Status', 'Template (SHA-256)'],
    stacks.map(({ stack, stackName, status, template }) => [stack, stackName, status, template]),
    'No stacks.',
  );
}

/** Everything that it consists of. */
export function resourceTable({ resources }: DescribedEnvironment): string {
  return table(
    ['Stack', 'Resource', 'Type', 'Id'],
    resources.map(({ stack, logicalId, type, physicalId }) => [stack, logicalId, type, physicalId]),
    'No resources.',
  );
}

/** How much there is of what. */
export function countTable({ resources }: DescribedEnvironment): string {
  const types = [...new Set(resources.map(({ type }) => type))].sort();
  const count = (wanted: string) => String(resources.filter(({ type }) => type === wanted).length);
  return table(
    ['Type', 'Number'],
    types.map((type) => [type, count(type)]),
    'No resources.',
  );
}

/** Parameters, outputs or tags of all stacks. */
export function valueTable({ stacks }: DescribedEnvironment, of: 'parameters' | 'outputs' | 'tags'): string {
  return table(
    ['Stack', 'Name', 'Value'],
    stacks.flatMap((stack) => valuesOf(stack, of)),
    'None.',
  );
}

/** Outputs that are addresses. */
export function endpointTable({ stacks }: DescribedEnvironment): string {
  const outputs = stacks.flatMap((stack) => valuesOf(stack, 'outputs'));
  return table(
    ['Stack', 'Name', 'Address'],
    outputs.filter(([, , value = '']) => isAddress(value)),
    'No stack publishes one.',
  );
}

function valuesOf({ stack, ...values }: DescribedStack, of: 'parameters' | 'outputs' | 'tags'): string[][] {
  return Object.entries(values[of])
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => [stack, name, isSecret(name, value) ? '(not shown)' : value]);
}

/** Reports are read by more people than the account is. An ARN of a secret is none. */
function isSecret(name: string, value: string): boolean {
  return /password|secret|token|credential|private_?key/i.test(name) && !value.startsWith('arn:');
}

function isAddress(value: string): boolean {
  return /^(https?:\/\/\S+|([a-z0-9-]+\.)+[a-z]{2,}(:\d+)?)$/i.test(value);
}
