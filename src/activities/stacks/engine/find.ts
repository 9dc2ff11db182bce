import type { StackAddress } from '../../../aws/clients.ts';
import { explained } from '../../../aws/errors.ts';
import { PermanentError } from '../../../base/errors.ts';
import { Pace } from './pace.ts';
import { describeStack, outputsOf } from './stack.ts';
import { StackState } from './status.ts';

export interface FindOptions {
  /** Milliseconds to wait for the end of an operation. Default: 2 hours. */
  readonly timeoutMs?: number;
  /** Milliseconds of the shortest pause between two looks at AWS. Default: 500. */
  readonly shortestPauseMs?: number;
  /** Told of the stack's status whenever it has been looked at. */
  onStatus?(status: string): void;
}

const TWO_HOURS = 2 * 60 * 60 * 1000;

/**
 * Finds a stack that somebody else deploys; while they are at work on it, waits for the end.
 *
 * @throws PermanentError when there is none, or its last operation has not put in place what was asked for
 */
export async function findCompleteStack(
  address: StackAddress,
  options: FindOptions = {},
): Promise<{ readonly stackId: string; readonly outputs: { readonly [name: string]: string } }> {
  const { stackName, region } = address;
  const pace = new Pace(address, Date.now() + (options.timeoutMs ?? TWO_HOURS), options.shortestPauseMs);
  return explained(address, async () => {
    for (;;) {
      const stack = await describeStack(address);
      const state = stack && StackState.of(stack.StackStatus);
      if (stack === undefined || state?.readiness === 'absent') {
        throw new PermanentError(
          `Stack ${stackName} does not exist in ${region}. Whoever owns it has to deploy it, or the playbook names another; then send retry.`,
        );
      }
      if (state?.isComplete === true) return { stackId: stack.StackId ?? '', outputs: outputsOf(stack) };
      if (state?.readiness !== 'busy') {
        throw new PermanentError(
          `Stack ${stackName} in ${region} is ${String(stack.StackStatus)}, which is not complete. Whoever owns it has to mend it; then send retry.`,
        );
      }
      options.onStatus?.(String(stack.StackStatus));
      await pace.pause();
    }
  });
}

/** A stack as it is found. */
export interface FoundStack {
  readonly stackName: string;
  /** Absent where there is no such stack. */
  readonly stackId?: string;
  readonly status?: string;
  /** Whether its last operation has put in place what was asked for. */
  readonly isComplete: boolean;
}

/** Looks at many stacks; those of one client are asked for together. */
export async function findStacks(addresses: readonly StackAddress[]): Promise<FoundStack[]> {
  return Promise.all(addresses.map(findStack));
}

/** Looks at one stack. */
export async function findStack(address: StackAddress): Promise<FoundStack> {
  const { stackName } = address;
  const stack = await explained(address, () => describeStack(address));
  if (stack === undefined) return { stackName, isComplete: false };
  const { status, isComplete } = StackState.of(stack.StackStatus);
  return { stackName, stackId: stack.StackId ?? '', status, isComplete };
}
