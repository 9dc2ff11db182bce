import type { StackAddress } from '../../../aws/clients.ts';
import { explained } from '../../../aws/errors.ts';
import { PermanentError } from '../../../base/errors.ts';
import { Pace, type WaitOptions } from './pace.ts';
import { describeStack, outputsOf } from './stack.ts';
import { StackState } from './status.ts';

/**
 * Finds a stack that the phase does not deploy. While an operation is running on it, the function waits for its end.
 *
 * @throws PermanentError when there is no such stack, or its last operation has failed or was rolled back
 */
export async function findCompleteStack(
  address: StackAddress,
  options: WaitOptions = {},
): Promise<{ readonly stackId: string; readonly outputs: { readonly [name: string]: string } }> {
  const { stackName, region } = address;
  const pace = Pace.of(address, options);
  return explained(address, async () => {
    for (;;) {
      const stack = await describeStack(address);
      const state = stack && StackState.of(stack.StackStatus);
      if (stack === undefined || state?.readiness === 'absent') {
        throw new PermanentError(
          `Stack ${stackName} does not exist in ${region}. Its owner has to deploy it, or the playbook has to name another stack; then send retry.`,
        );
      }
      if (state?.isComplete === true) return { stackId: stack.StackId ?? '', outputs: outputsOf(stack) };
      if (state?.readiness !== 'busy') {
        throw new PermanentError(
          `Stack ${stackName} in ${region} is ${String(stack.StackStatus)}, which is not complete. Its owner has to mend it; then send retry.`,
        );
      }
      options.onStatus?.(String(stack.StackStatus));
      await pace.pause();
    }
  });
}

/** The state of a stack, which may not exist. */
export interface FoundStack {
  readonly stackName: string;
  /** Absent when there is no such stack. */
  readonly stackId?: string;
  readonly status?: string;
  /** True when its last operation has succeeded. */
  readonly isComplete: boolean;
}

/** Describes many stacks. Stacks of the same client share requests. */
export async function findStacks(addresses: readonly StackAddress[]): Promise<FoundStack[]> {
  return Promise.all(addresses.map(findStack));
}

/** Describes one stack. */
export async function findStack(address: StackAddress): Promise<FoundStack> {
  const { stackName } = address;
  const stack = await explained(address, () => describeStack(address));
  if (stack === undefined) return { stackName, isComplete: false };
  const { status, isComplete } = StackState.of(stack.StackStatus);
  return { stackName, stackId: stack.StackId ?? '', status, isComplete };
}
