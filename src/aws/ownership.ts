import type { Stack } from '@aws-sdk/client-cloudformation';
import type { ChangeSet } from './change-set.ts';
import { EventReader } from './events.ts';
import type { StackAddress } from './stack.ts';

/** How every deployment's change set is called, and every token of it begins. */
const OURS = /^phasegate-[0-9a-f]{32}(-|$)/;

/**
 * Whether AWS says of a stack, without being asked anything more, that a deployment of ours has changed it last: a stack's
 * description names the change set that was executed last.
 *
 * @param pending the change set that waits to be executed, which proves nothing
 */
export function isLastChangedByUs({ ChangeSetId }: Stack, pending: ChangeSet): boolean {
  // arn:aws:cloudformation:REGION:ACCOUNT:changeSet/NAME/UUID
  return ChangeSetId !== undefined && ChangeSetId !== pending.id && OURS.test(ChangeSetId.split('/')[1] ?? '');
}

/**
 * Whether a deployment of ours has ever made or changed a stack, by the tokens of its events. Where somebody else has changed it
 * since, this alone tells; AWS keeps events for 90 days.
 */
export async function hasEverBeenOurs(address: StackAddress, stackId: string): Promise<boolean> {
  const events = await new EventReader(address, stackId, 'whole life').next();
  return events.some(({ token }) => token !== undefined && OURS.test(token));
}
