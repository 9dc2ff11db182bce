import { paragraphs, table } from '../../base/markdown.ts';
import type { CheckResult, PhaseIdentity } from '../../contract/kinds.ts';
import { reportTitles } from '../../store/documents.ts';
import type { DescribedEnvironment, DescribedStack } from './describe.ts';

/** A check of the readiness report, and what it found. */
export interface CheckedAspect extends CheckResult {
  readonly label: string;
}

interface Document {
  readonly text: string;
  readonly verdict: string;
  readonly good: boolean;
}

/** What the environments consist of and how they are set up. */
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

/** Whether the environments are ready, what speaks for it and against it, and what there is. */
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

/** Stacks that are not there, or hold something else than was asked for. */
function shortcomings(environments: readonly DescribedEnvironment[]): string[] {
  return environments.flatMap(({ stacks }) =>
    stacks
      .filter(({ isComplete }) => !isComplete)
      .map(({ stackName, status }) => `${stackName} ${status === 'missing' ? status : `is ${status}`}`),
  );
}

/** Heading of an environment's part: where it is, and who says so where that is not AWS. */
function heading({ name, region, account, endpoint }: DescribedEnvironment): string {
  const title = `## ${name} · ${region} · account ${account}`;
  return endpoint === undefined
    ? title
    : `${title}\n\nNot on AWS: \`${endpoint}\` has answered in its place. What it only imitates is not proved by this document.`;
}

/** Which stacks it has, and what they were deployed from. */
function stackTable({ stacks }: DescribedEnvironment): string {
  return table(
    ['Stack', 'On AWS', 'Status', 'Template (SHA-256)'],
    stacks.map(({ stack, stackName, status, template }) => [stack, stackName, status, template]),
    'No stacks.',
  );
}

/** Everything that it consists of. */
function resourceTable({ resources }: DescribedEnvironment): string {
  return table(
    ['Stack', 'Resource', 'Type', 'Id'],
    resources.map(({ stack, logicalId, type, physicalId }) => [stack, logicalId, type, physicalId]),
    'No resources.',
  );
}

/** How much there is of what. */
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

/** Outputs that are addresses. */
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

/** Reports are read by more people than the account is. An ARN of a secret is none. */
function isSecret(name: string, value: string): boolean {
  return /password|secret|token|credential|private_?key/i.test(name) && !value.startsWith('arn:');
}

function isAddress(value: string): boolean {
  return /^(https?:\/\/\S+|([a-z0-9-]+\.)+[a-z]{2,}(:\d+)?)$/i.test(value);
}
