import type { Stack } from '@aws-sdk/client-cloudformation';
import type { StackAddress } from '../../../aws/clients.ts';
import type { ChangeSet } from './change-set.ts';
import { destructionDigest, type DestructiveChange, destructiveChanges, losses, readChanges } from './changes.ts';
import type { StackDeployment } from './deployment.ts';
import { EventReader } from './events.ts';

/**
 * Nothing was executed: in what is protected, and in what others have made, these changes first need somebody's word. The change
 * set is still there.
 */
export interface AwaitingApproval {
  readonly outcome: 'needs approval';
  readonly stackId: string;
  readonly changeSetId: string;
  readonly changes: readonly DestructiveChange[];
  /** Whether no deployment of ours has made or changed the stack; then `changes` is all that it would lose. */
  readonly isForeign: boolean;
  /** What an approval has to name: the changes, the template and the stack. */
  readonly digest: string;
}

/**
 * Looks for what a change set of an existing stack may destroy: of data in what is protected, of anything in a stack that somebody
 * else has made and that only has the name of ours. A stack that we have changed last, unprotected, costs no request.
 *
 * @param stack the stack as it is
 * @param isApproved whether somebody has agreed to exactly this
 * @returns what needs approval; nothing when it may be executed
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

/** How every deployment's change set is called, and every token of it begins. */
const OURS = /^phasegate-[0-9a-f]{32}(-|$)/;

/**
 * Whether AWS says of a stack, without being asked anything more, that a deployment of ours has changed it last: a stack's
 * description names the change set that was executed last.
 *
 * @param pending the change set that waits to be executed, which proves nothing
 */
function isLastChangedByUs({ ChangeSetId }: Stack, pending: ChangeSet): boolean {
  // arn:aws:cloudformation:REGION:ACCOUNT:changeSet/NAME/UUID
  return ChangeSetId !== undefined && ChangeSetId !== pending.id && OURS.test(ChangeSetId.split('/')[1] ?? '');
}

/**
 * Whether a deployment of ours has ever made or changed a stack, by the tokens of its events. Where somebody else has changed it
 * since, this alone tells; AWS keeps events for 90 days.
 */
async function hasEverBeenOurs(address: StackAddress, stackId: string): Promise<boolean> {
  const events = await new EventReader(address, stackId, 'whole life').next();
  return events.some(({ token }) => token !== undefined && OURS.test(token));
}
