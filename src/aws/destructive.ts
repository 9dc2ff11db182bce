import canonicalize from 'canonicalize';
import { sha256 } from '../plan/digest.ts';
import type { ResourceChange } from './changes.ts';
import { isStateful } from './stateful-types.ts';

/** A change that may destroy what nobody can make again, without the values, which may be secret. */
export type DestructiveChange = Omit<ResourceChange, 'before' | 'after'>;

/** Deletions after which the resource itself is gone; a snapshot is not the thing. */
const deleting = new Set(['Delete', 'ReplaceAndDelete', 'Snapshot', 'ReplaceAndSnapshot']);

/**
 * Those of the changes that remove or may replace a stateful resource. What CloudFormation cannot tell beforehand counts as
 * destructive, and so does a conditional replacement.
 */
export function destructiveChanges(changes: readonly ResourceChange[]): DestructiveChange[] {
  return inOrder(changes.filter((change) => isStateful(change.type) && isDestructive(change)));
}

/** Those of the changes that remove or may replace a resource of any type. */
export function losses(changes: readonly ResourceChange[]): DestructiveChange[] {
  return inOrder(changes.filter((change) => change.action === 'Remove' || isDestructive(change)));
}

function inOrder(changes: readonly ResourceChange[]): DestructiveChange[] {
  return changes
    .map(({ before: _before, after: _after, ...change }) => change)
    .sort((one, other) => (one.resource < other.resource ? -1 : 1));
}

function isDestructive({ action, replacement, policyAction }: ResourceChange): boolean {
  return (
    action === 'Dynamic' ||
    (action === 'Remove' && policyAction !== 'Retain') ||
    replacement === 'True' ||
    replacement === 'Conditional' ||
    deleting.has(policyAction ?? '')
  );
}

/**
 * What an approval of destructive changes is for: these changes, by this template, in this stack. The order of the list does not
 * matter, and a change set that says the same has the same digest.
 *
 * @returns hex SHA-256
 */
export function destructionDigest(
  stackId: string,
  template: string | null,
  changes: readonly DestructiveChange[],
): string {
  const sorted = [...changes].sort((one, other) => (one.resource < other.resource ? -1 : 1));
  return sha256(canonicalize({ stackId, template, changes: sorted }) ?? '');
}

/** The change for people: `AWS::S3::Bucket Data is removed`. */
export function inWords({ type, resource, ...change }: DestructiveChange): string {
  return `${type} ${resource} ${fate(change)}`;
}

function fate({ action, replacement, policyAction }: Omit<DestructiveChange, 'type' | 'resource'>): string {
  if (action === 'Remove') return 'is removed';
  if (action === 'Dynamic') return 'changes in a way that cannot be told beforehand';
  if (replacement === 'True') return 'is replaced';
  return replacement === 'Conditional' ? 'may be replaced' : `is changed (${String(policyAction)})`;
}
