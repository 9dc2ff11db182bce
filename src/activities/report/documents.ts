import { paragraphs, table } from '../../base/markdown.ts';
import type { CheckResult, PhaseIdentity } from '../../contract/kinds.ts';
import { reportTitles } from '../../store/documents.ts';
import type { DescribedEnvironment, DescribedStack } from './describe.ts';

/** A check of the readiness report, with its result. */
export interface CheckedAspect extends CheckResult {
  readonly label: string;
}

interface Document {
  readonly text: string;
  readonly verdict: string;
  readonly good: boolean;
}

/** Renders the configuration document: stacks, parameters, outputs, tags and resources of the environments. */
export function configurationDocument(phase: PhaseIdentity, environments: readonly DescribedEnvironment[]): Document {
  const parts = environments.flatMap((environment) => [
    heading(environment),
    '### Stacks',
    stackTable(environment),
    '### Parameters',
    valueTable(environment, 'parameters'),
    '### Outputs',
    valueTable(environment, 'outputs'),
    '### Tags',
    valueTable(environment, 'tags'),
    '### Resources',
    resourceTable(environment),
  ]);
  const short = shortcomings(environments);
  const good = short.length === 0;
  const verdict = good ? 'complete' : `incomplete: ${short.join(', ')}`;
  const text = paragraphs(`# ${reportTitles['configuration-document']}`, source(phase), ...parts);
  return { text, verdict, good };
}

/** Renders the readiness report: the verdict, the results of the checks, and an overview of the environments. */
export function readinessReport(
  phase: PhaseIdentity,
  environments: readonly DescribedEnvironment[],
  checked: readonly CheckedAspect[],
): Document {
  const short = checked.filter(({ state }) => state !== 'passed').map(({ label, state }) => `${label} ${state}`);
  const good = short.length === 0;
  const verdict = good ? 'ready' : `not ready: ${short.join(', ')}`;
  const rows = checked.map(({ label, state, reason, evidence = [] }) => {
    const digests = evidence.flatMap((one) => (typeof one === 'string' ? [] : (one.sha256 ?? [])));
    return [label, state, reason, digests.join(', ')];
  });
  const parts = environments.flatMap((environment) => [
    heading(environment),
    '### Stacks',
    stackTable(environment),
    '### Endpoints',
    endpointTable(environment),
    '### What there is',
    countTable(environment),
  ]);
  const text = paragraphs(
    `# ${reportTitles['readiness-report']}`,
    source(phase),
    `**The environments are ${verdict}.**`,
    '## What was checked',
    table(['Check', 'State', 'Found', 'Evidence (SHA-256)'], rows, 'Nothing.'),
    ...parts,
  );
  return { text, verdict, good };
}

function source({ name, workflowId, firstRunId }: PhaseIdentity): string {
  return `From the live state of AWS, for ${name} (workflow \`${workflowId}\`, run \`${firstRunId}\`).`;
}

/** Stacks that are missing or not complete. */
function shortcomings(environments: readonly DescribedEnvironment[]): string[] {
  return environments.flatMap(({ stacks }) =>
    stacks
      .filter(({ isComplete }) => !isComplete)
      .map(({ stackName, status }) => `${stackName} ${status === 'missing' ? status : `is ${status}`}`),
  );
}

/** Heading of an environment, with a note if another endpoint has answered instead of AWS. */
function heading({ name, region, account, endpoint }: DescribedEnvironment): string {
  const title = `## ${name} · ${region} · account ${account}`;
  return endpoint === undefined
    ? title
    : `${title}\n\nNot on AWS: \`${endpoint}\` has answered in its place. What it only imitates is not proved by this document.`;
}

/** Stacks, with the digests of their templates. */
function stackTable({ stacks }: DescribedEnvironment): string {
  return table(
    ['Stack', 'On AWS', 'Status', 'Template (SHA-256)'],
    stacks.map(({ stack, stackName, status, template }) => [stack, stackName, status, template]),
    'No stacks.',
  );
}

function resourceTable({ resources }: DescribedEnvironment): string {
  return table(
    ['Stack', 'Resource', 'Type', 'Id'],
    resources.map(({ stack, logicalId, type, physicalId }) => [stack, logicalId, type, physicalId]),
    'No resources.',
  );
}

/** Numbers of resources by type. */
function countTable({ resources }: DescribedEnvironment): string {
  const types = [...new Set(resources.map(({ type }) => type))].sort();
  const count = (wanted: string) => String(resources.filter(({ type }) => type === wanted).length);
  return table(
    ['Type', 'Number'],
    types.map((type) => [type, count(type)]),
    'No resources.',
  );
}

/** Parameters, outputs or tags of all stacks. */
function valueTable({ stacks }: DescribedEnvironment, of: 'parameters' | 'outputs' | 'tags'): string {
  return table(
    ['Stack', 'Name', 'Value'],
    stacks.flatMap((stack) => valuesOf(stack, of)),
    'None.',
  );
}

/** Outputs whose values are addresses. */
function endpointTable({ stacks }: DescribedEnvironment): string {
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

/** Values that a report does not show, because its readers may have no access to the account. The ARN of a secret is not secret. */
function isSecret(name: string, value: string): boolean {
  return /password|secret|token|credential|private_?key/i.test(name) && !value.startsWith('arn:');
}

function isAddress(value: string): boolean {
  return /^(https?:\/\/\S+|([a-z0-9-]+\.)+[a-z]{2,}(:\d+)?)$/i.test(value);
}
