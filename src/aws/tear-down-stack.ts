import { createHash } from 'node:crypto';
import { PermanentError } from '../activities/define.ts';
import { deleteStack } from './delete-stack.ts';
import { explained } from './errors.ts';
import { Pace } from './pace.ts';
import { describeStack, type StackAddress } from './stack.ts';
import { StackState } from './stack-status.ts';

/** A stack that is to go. */
export interface StackTeardown extends StackAddress {
  /** The same for each attempt; the token of the deletion follows from it. */
  readonly identity: string;
  readonly protected: boolean;
}

export interface TearDownOptions {
  /** Milliseconds to wait for AWS. Default: 2 hours. */
  readonly timeoutMs?: number;
  /** Milliseconds of the shortest pause between two looks at AWS. Default: 500. */
  readonly shortestPauseMs?: number;
  /** Told of the stack's status whenever it has been looked at. */
  onStatus?(status: string): void;
}

const TWO_HOURS = 2 * 60 * 60 * 1000;

/**
 * Deletes a stack and waits for the end of it. A later attempt finds the deletion by its token, and begins no other.
 *
 * @returns `absent` where there is none (any more)
 * @throws PermanentError when it is protected, or cannot be deleted
 */
export async function tearDownStack(
  teardown: StackTeardown,
  options: TearDownOptions = {},
): Promise<'deleted' | 'absent'> {
  const { stackName, region } = teardown;
  const refused = (why: string) => new PermanentError(`Stack ${stackName} in ${region} is not torn down: ${why}`);
  if (teardown.protected) throw refused('it is protected.');
  return explained(teardown, async () => {
    const pace = new Pace(teardown, Date.now() + (options.timeoutMs ?? TWO_HOURS), options.shortestPauseMs);
    let stack = await describeStack(teardown);
    // Nothing is deleted in the midst of another operation; AWS would let it.
    while (stack !== undefined && StackState.of(stack.StackStatus).readiness === 'busy') {
      options.onStatus?.(String(stack.StackStatus));
      await pace.pause();
      stack = await describeStack(teardown, stack.StackId);
    }
    if (stack === undefined || stack.StackStatus === 'DELETE_COMPLETE') return 'absent';
    if (stack.EnableTerminationProtection === true) {
      throw refused('it has termination protection. Whoever may do so has to lift it, then send retry.');
    }
    const failure = await deleteStack(teardown, stack.StackId ?? '', tokenOf(teardown), pace, (status) => {
      options.onStatus?.(status);
    });
    if (failure !== undefined) throw refused(`${failure}. Mend that, then send retry.`);
    return 'deleted';
  });
}

function tokenOf({ identity, region, stackName }: StackTeardown): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([identity, region, stackName]))
    .digest('hex');
  return `phasegate-${digest.slice(0, 32)}-tear-down`;
}
