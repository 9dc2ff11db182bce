import type { PlacePreview } from '../aws/preview.ts';
import type { PreviewedChange } from '../aws/preview-stack.ts';
import { paragraphs, table } from './markdown.ts';

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
