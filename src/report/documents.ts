import type { CheckResult, PhaseIdentity } from '../activities/define.ts';
import type { DescribedEnvironment } from '../aws/describe-environment.ts';
import { countTable, endpointTable, heading, resourceTable, stackTable, valueTable } from './environments.ts';
import { paragraphs, table } from './markdown.ts';
import { reportTitles } from './names.ts';

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
