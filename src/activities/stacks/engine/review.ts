import type { Stack } from '@aws-sdk/client-cloudformation';
import type { StackAddress } from '../../../aws/clients.ts';
import type { ChangeSet } from './change-set.ts';
import { destructionDigest, type DestructiveChange, destructiveChanges, losses, readChanges } from './changes.ts';
import type { StackDeployment } from './deployment.ts';
import { EventReader } from './events.ts';

/**
 * A deployment that waits for approval: nothing was executed, and the change set still exists. Changes in protected environments and in
 * foreign stacks need an approval.
 */
export interface AwaitingApproval {
  readonly outcome: 'needs approval';
  readonly stackId: string;
  readonly changeSetId: string;
  readonly changes: readonly DestructiveChange[];
  /** True when phasegate has never created or changed the stack. Then `changes` lists all resources that it would lose. */
  readonly isForeign: boolean;
  /** Digest of the changes, the template and the stack. An approval must name it. */
  readonly digest: string;
}

/**
 * Checks what a change set of an existing stack may destroy: stateful resources in a protected environment; any resource in a foreign
 * stack, which only has the same name. No request is needed for an unprotected stack that phasegate has changed last.
 *
 * @param stack the current stack
 * @param isApproved tells whether a person has approved exactly these changes
 * @returns the changes that need approval; `undefined` when the change set may be executed
 */
export async function reviewChangeSet(
  deployment: StackDeployment,
  changeSet: ChangeSet,
  stack: Stack,
  isApproved: (awaiting: AwaitingApproval) => boolean,
): Promise<AwaitingApproval | undefined> {
  const { id, stackId } = changeSet;
  const isOurs = isLastChangedByUs(stack, changeSet);
  if (isOurs && !deployment.protected) return undefined;
  const all = await readChanges(deployment, id);
  const lost = losses(all);
  const isForeign = !isOurs && lost.length > 0 && !(await hasEverBeenOurs(deployment, stackId));
  if (!isForeign && !deployment.protected) return undefined;
  const changes = isForeign ? lost : destructiveChanges(all);
  if (changes.length === 0) return undefined;
  const digest = destructionDigest(stackId, deployment.template.digest, changes);
  const awaiting: AwaitingApproval = {
    outcome: 'needs approval',
    stackId,
    changeSetId: id,
    changes,
    isForeign,
    digest,
  };
  return isApproved(awaiting) ? undefined : awaiting;
}

/** Matches the name of a deployment's change set, and its tokens. */
const OURS = /^phasegate-[0-9a-f]{32}(-|$)/;

/**
 * True when phasegate has changed the stack last: DescribeStacks returns the id of the change set that was executed last.
 *
 * @param pending the change set that has not been executed yet, which does not count
 */
function isLastChangedByUs({ ChangeSetId }: Stack, pending: ChangeSet): boolean {
  // arn:aws:cloudformation:REGION:ACCOUNT:changeSet/NAME/UUID
  return ChangeSetId !== undefined && ChangeSetId !== pending.id && OURS.test(ChangeSetId.split('/')[1] ?? '');
}

/**
 * True when phasegate has ever created or changed a stack, by the tokens of its events. This also works after another deployment has
 * changed the stack. AWS keeps events for 90 days.
 */
async function hasEverBeenOurs(address: StackAddress, stackId: string): Promise<boolean> {
  const events = await new EventReader(address, stackId, 'whole life').next();
  return events.some(({ token }) => token !== undefined && OURS.test(token));
}
