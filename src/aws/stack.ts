import type { CloudFormationClient, Stack } from '@aws-sdk/client-cloudformation';
import { StackLookup } from './stack-lookup.ts';

/** One stack on AWS, and how to reach it. */
export interface StackAddress {
  readonly client: CloudFormationClient;
  readonly region: string;
  /** Name on AWS. */
  readonly stackName: string;
  /** Ends every request and every pause; whoever aborts it gets its `reason` thrown. */
  readonly signal: AbortSignal;
}

/**
 * Describes a stack by its name or, if it is known, by its id: only the id still finds a deleted stack, and never one that
 * somebody has created under the same name since.
 *
 * @returns nothing when there is no such stack
 */
export async function describeStack(
  { client, stackName, signal }: StackAddress,
  stackId = stackName,
): Promise<Stack | undefined> {
  return StackLookup.of(client).describe(stackId, signal);
}

/** A stack's outputs by name. */
export function outputsOf({ Outputs = [] }: Stack): { [name: string]: string } {
  return Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}
