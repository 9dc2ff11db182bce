import { explained } from './errors.ts';
import { describeStack, type StackAddress } from './stack.ts';
import { StackState } from './stack-status.ts';

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
