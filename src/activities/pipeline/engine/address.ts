import type { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsError, explainError } from '../../../aws/errors.ts';
import { PermanentError } from '../../../base/errors.ts';
import { clip } from '../../../base/text.ts';

/** One pipeline on AWS, with the client to reach it. */
export interface PipelineAddress {
  readonly client: CodePipelineClient;
  readonly region: string;
  /** Name on AWS. */
  readonly pipeline: string;
  /** Reads the last lines of a log stream, by its ARN. Absent: failures are told without them. */
  readonly readLog?: (arn: string) => Promise<readonly string[]>;
  /** Ends every request and every pause. Once it is aborted, its `reason` is thrown. */
  readonly signal: AbortSignal;
}

/** `Pipeline release in eu-west-1`: begins every message about it. */
export function nameOf({ pipeline, region }: PipelineAddress): string {
  return `Pipeline ${pipeline} in ${region}`;
}

/** Errors that no repetition of the request mends, and that are CodePipeline's own. */
const permanent = new Set([
  'ValidationException',
  'StageNotFoundException',
  'ActionNotFoundException',
  'InvalidArnException',
  'InvalidStructureException',
  'PipelineVersionNotFoundException',
]);

/**
 * Runs `action`, and translates its errors to messages for people: PermanentError when a retry cannot help, AwsError otherwise. Once the
 * signal is aborted, its reason is thrown.
 */
export async function explained<T>(address: PipelineAddress, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    // The SDK throws an error of its own for an aborted request, which does not contain the reason.
    address.signal.throwIfAborted();
    throw translated(address, error);
  }
}

function translated(address: PipelineAddress, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PermanentError || error instanceof AwsError) return error;
  const { name, message } = error;
  if (name === 'PipelineNotFoundException') {
    const mend = 'Deploy the pipeline, or correct its name in the playbook; then send retry.';
    return new PermanentError(`${nameOf(address)} does not exist. ${mend}`);
  }
  if (permanent.has(name)) return new PermanentError(`${nameOf(address)}: ${name}: ${clip(message, 1000)}`);
  return explainError(error, {
    subject: `Pipeline ${address.pipeline}`,
    service: `CodePipeline in ${address.region}`,
  });
}

/** Pauses. @throws the signal's reason when it is aborted */
export async function pause({ signal }: PipelineAddress, milliseconds: number): Promise<void> {
  try {
    await sleep(Math.max(0, milliseconds), undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** True when an error has one of the names. Errors of the SDK are compared by name, as AWS's own documentation lists them. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
