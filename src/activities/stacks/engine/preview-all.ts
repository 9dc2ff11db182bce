import type { StackAddress } from '../../../aws/clients.ts';
import { explained } from '../../../aws/errors.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { paragraphs, table } from '../../../base/markdown.ts';
import { type LaterValue, valueNow } from '../later-value.ts';
import type { StackDeployment } from './deployment.ts';
import { type PreviewedChange, previewStack, type StackPreview } from './preview.ts';
import { describeStack, outputsOf } from './stack.ts';

/** A stack in one place, as references find it. */
export interface PreviewSource extends StackAddress {
  readonly stack: string;
  /** Absent for a stack that the account has once. */
  readonly environment?: string | undefined;
}

/** A stack that would be deployed. */
export interface PreviewPlace extends PreviewSource, Omit<StackDeployment, 'parameters'> {
  readonly parameters: { readonly [name: string]: LaterValue };
}

/** What would become of a stack in its place. */
interface PlacePreview extends StackPreview {
  readonly stack: string;
  readonly environment?: string | undefined;
  readonly stackName: string;
}

export interface PreviewAllOptions {
  /** Stacks that somebody else deploys: parameters may refer to their outputs. */
  readonly existing?: readonly PreviewSource[];
  readonly shortestPauseMs?: number;
  /** Told of each stack once it is known what would become of it. */
  onPreviewed?(preview: PlacePreview): void;
}

/**
 * Finds out what deployments would do, a few at a time, in the order given. References are answered from the outputs that stacks
 * have now. Nothing is executed.
 */
export async function previewAll(
  places: readonly PreviewPlace[],
  options: PreviewAllOptions = {},
): Promise<PlacePreview[]> {
  const sources: readonly PreviewSource[] = [...places, ...(options.existing ?? [])];
  return aFewAtATime(places, async (place) => {
    const { stack, environment, stackName } = place;
    const values = await explained(place, () => valuesOf(place, sources));
    const deployment = { ...place, parameters: values.parameters };
    const { shortestPauseMs } = options;
    const preview = await previewStack(deployment, { withoutValues: values.missing, shortestPauseMs });
    const placed = { stack, environment, stackName, ...preview };
    options.onPreviewed?.(placed);
    return placed;
  });
}

async function valuesOf(
  { parameters, environment }: PreviewPlace,
  sources: readonly PreviewSource[],
): Promise<{ parameters: { [name: string]: string }; missing?: string }> {
  const values: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(parameters)) {
    const now = await valueNow(value, async (stack) => {
      const named = sources.filter((one) => one.stack === stack);
      // As references do: in the same environment, else what the account has once.
      const source =
        named.find((one) => one.environment === environment) ?? named.find((one) => one.environment === undefined);
      const found = source && (await describeStack(source));
      return found && outputsOf(found);
    });
    if ('missing' in now) return { parameters: values, missing: `${now.missing} is not known yet` };
    values[name] = now.text;
  }
  return { parameters: values };
}

/** What deployments would do, as Markdown. The same previews give the same text. */
export function previewDocument(phase: string, previews: readonly PlacePreview[]): string {
  const environments = [...new Set(previews.map(({ environment }) => environment))];
  return paragraphs(
    `# What a deployment of ${phase} would do`,
    `${previewVerdict(previews)}. Nothing was executed.`,
    ...environments.flatMap((environment) => [
      `## ${environment ?? 'account'}`,
      ...previews.filter((one) => one.environment === environment).flatMap(stackPart),
    ]),
  );
}

/** In a line: how many stacks would be created, updated and so on, and what may destroy data. */
export function previewVerdict(previews: readonly PlacePreview[]): string {
  const count = (outcome: PlacePreview['outcome']) => previews.filter((one) => one.outcome === outcome).length;
  const destructive = previews.flatMap(({ changes }) => changes).filter(({ mayDestroyData }) => mayDestroyData).length;
  return [
    `${count('created')} created, ${count('updated')} updated, ${count('unchanged')} unchanged`,
    ...(count('unknown') === 0 ? [] : [`${count('unknown')} cannot be told`]),
    ...(destructive === 0 ? [] : [`${destructive} changes may destroy data`]),
  ].join(', ');
}

function stackPart({ stack, stackName, outcome, changes, reason }: PlacePreview): string[] {
  const says = outcome === 'unknown' ? 'cannot be told' : outcome;
  return [
    `### ${stack} (${stackName}): ${says}`,
    ...(reason === undefined ? [] : [reason.replace(/\s+/g, ' ')]),
    ...(outcome === 'created' || outcome === 'updated' ? [changeTable(changes)] : []),
  ];
}

function changeTable(changes: readonly PreviewedChange[]): string {
  return table(
    ['Change', 'Resource', 'Type', 'Properties', 'Data'],
    changes.map((change) => [
      fateOf(change),
      change.resource,
      change.type,
      change.properties.join(', '),
      change.mayDestroyData ? '⚠ may be destroyed' : '',
    ]),
    'Outputs only.',
  );
}

function fateOf({ action, replacement, policyAction }: PreviewedChange): string {
  if (action === 'Add') return '+ added';
  if (action === 'Import') return '+ imported';
  if (action === 'Remove') return policyAction === 'Retain' ? '- removed from the stack, and kept' : '- removed';
  if (action === 'Dynamic') return '? cannot be told beforehand';
  if (replacement === 'True') return '± replaced';
  return replacement === 'Conditional' ? '± may be replaced' : '~ changed';
}
