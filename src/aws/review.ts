import type { Stack } from '@aws-sdk/client-cloudformation';
import type { ChangeSet } from './change-set.ts';
import { readChanges } from './changes.ts';
import type { StackDeployment } from './deployment.ts';
import { destructionDigest, destructiveChanges, losses, type DestructiveChange } from './destructive.ts';
import { hasEverBeenOurs, isLastChangedByUs } from './ownership.ts';

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
