import { findChangeSet, type ChangeSet } from './change-set.ts';
import { listChangeSets, withdrawChangeSet } from './delete-stack.ts';
import { descriptionOf, settleToken, type OperationNames } from './deployment.ts';
import { explained, isValidationError } from './errors.ts';
import { Pace } from './pace.ts';
import { describeStack, type StackAddress } from './stack.ts';

/** AWS may take minutes to work out what is then to be deleted. */
const LONGEST_MS = 5 * 60 * 1000;
/** How often it is looked for what a request without an answer has made: that shows only after a moment. */
const LOOKS = 6;

interface Pausing {
  /** Milliseconds of the shortest pause between two looks at AWS. Default: 500. */
  readonly shortestPauseMs?: number | undefined;
}

/**
 * Takes back the change set of a preview, and with it the empty stack that it made where there was none. Runs to its end after a
 * cancellation too: what is planned and forgotten is what somebody else finds and executes.
 *
 * @param options `isAnswered`: whether AWS has answered the preview's last request
 */
export async function withdrawPlan(
  preview: StackAddress,
  names: OperationNames,
  { isAnswered, shortestPauseMs }: Pausing & { readonly isAnswered: boolean },
): Promise<void> {
  const address = { ...preview, signal: AbortSignal.timeout(LONGEST_MS) };
  const pace = new Pace(address, Date.now() + LONGEST_MS, shortestPauseMs);
  await explained(address, async () => {
    for (let look = 1; ; look += 1) {
      const changeSet = await whereStackIs(() => findChangeSet(address, names.changeSet));
      if (changeSet !== undefined) return takeBack(address, changeSet, names.settle, pace);
      if (isAnswered || look === LOOKS) return;
      await pace.pause();
    }
  });
}

/**
 * Takes back what a preview has left in a stack when its process was killed. Its change set is known by the description; the name
 * follows from values that may be others by now.
 *
 * @param preview `identity`: of the preview
 */
export async function withdrawPreview(
  preview: StackAddress & { readonly identity: string },
  { shortestPauseMs }: Pausing = {},
): Promise<void> {
  const pace = new Pace(preview, Date.now() + LONGEST_MS, shortestPauseMs);
  const description = descriptionOf(preview.identity);
  await explained(preview, async () => {
    const all = (await whereStackIs(() => listChangeSets(preview, preview.stackName))) ?? [];
    const own = all.filter(({ Description }) => Description === description);
    for (const { ChangeSetId = '', ChangeSetName = '' } of own) {
      const changeSet = await findChangeSet(preview, ChangeSetId);
      if (changeSet !== undefined) await takeBack(preview, changeSet, settleToken(ChangeSetName), pace);
    }
  });
}

async function takeBack(address: StackAddress, changeSet: ChangeSet, token: string, pace: Pace): Promise<void> {
  await withdrawChangeSet(address, changeSet, token, pace);
  while ((await describeStack(address, changeSet.stackId))?.StackStatus === 'DELETE_IN_PROGRESS') await pace.pause();
}

/** Where there is no stack there are no change sets, which CloudFormation tells as an error. */
async function whereStackIs<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isValidationError(error)) return undefined;
    throw error;
  }
}
