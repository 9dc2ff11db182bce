import type { ChangeSet } from './change-set.ts';
import { readChanges } from './changes.ts';
import type { StackDeployment } from './deployment.ts';
import { destructionDigest, destructiveChanges, type DestructiveChange } from './destructive.ts';

/** Nothing was executed: in what is protected, these changes first need somebody's word. The change set is still there. */
export interface AwaitingApproval {
  readonly outcome: 'needs approval';
  readonly stackId: string;
  readonly changeSetId: string;
  readonly changes: readonly DestructiveChange[];
  /** What an approval has to name: the changes, the template and the stack. */
  readonly digest: string;
}

/**
 * Looks for what a change set of an existing stack may destroy.
 *
 * @param isApproved whether somebody has agreed to exactly this
 * @returns what needs approval; nothing when it may be executed
 */
export async function reviewChangeSet(
  deployment: StackDeployment,
  { id, stackId }: ChangeSet,
  isApproved: (awaiting: AwaitingApproval) => boolean,
): Promise<AwaitingApproval | undefined> {
  if (!deployment.protected) return undefined;
  const changes = destructiveChanges(await readChanges(deployment, id));
  if (changes.length === 0) return undefined;
  const digest = destructionDigest(stackId, deployment.template.digest, changes);
  const awaiting: AwaitingApproval = { outcome: 'needs approval', stackId, changeSetId: id, changes, digest };
  return isApproved(awaiting) ? undefined : awaiting;
}
