import type { StackAddress } from '../../../aws/clients.ts';
import { explained } from '../../../aws/errors.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { paragraphs, table } from '../../../base/markdown.ts';
import { type LaterValue, valueNow } from '../later-value.ts';
import type { StackDeployment } from './deployment.ts';
import { type PreviewedChange, previewStack, type StackPreview } from './preview.ts';
import { describeStack, outputsOf } from './stack.ts';

/** A stack in one place, whose outputs references may use. */
export interface PreviewSource extends StackAddress {
  readonly stack: string;
  /** Absent for a stack that the account has once. */
  readonly environment?: string | undefined;
}

/** A stack that would be deployed. */
export interface PreviewPlace extends PreviewSource, Omit<StackDeployment, 'parameters'> {
  readonly parameters: { readonly [name: string]: LaterValue };
}

/** The preview of a stack in one place. */
interface PlacePreview extends StackPreview {
  readonly stack: string;
  readonly environment?: string | undefined;
  readonly stackName: string;
}

export interface PreviewAllOptions {
  /** Stacks that the phase does not deploy, but whose outputs parameters may refer to. */
  readonly existing?: readonly PreviewSource[];
  readonly shortestPauseMs?: number;
  /** Called with the preview of each stack. */
  onPreviewed?(preview: PlacePreview): void;
}

/**
 * Previews deployments, a few at a time; results are in the order given. References are resolved with the current outputs of stacks.
 * Nothing is executed.
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
  { parameters, environment: around }: PreviewPlace,
  sources: readonly PreviewSource[],
): Promise<{ parameters: { [name: string]: string }; missing?: string }> {
  const values: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(parameters)) {
    const now = await valueNow(value, async (stack, environment = around) => {
      const named = sources.filter((one) => one.stack === stack);
      // Like references: first the stack in the same environment, then the stack that the account has once.
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

/** Renders previews as Markdown. The same previews give the same text. */
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

/** One line: the numbers of stacks by outcome, and of changes that may destroy data. */
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
