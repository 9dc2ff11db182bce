import { StopPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { AwsError } from '../../../aws/errors.ts';
import { clip } from '../../../base/text.ts';
import { explained, isNamed, nameOf, pause, type PipelineAddress } from './address.ts';
import { describeExecution } from './executions.ts';
import { ExecutionStatus } from './status.ts';

export interface StopOptions {
  /** Why it is stopped; shown on AWS. */
  readonly reason: string;
  /** Milliseconds that the running actions have to end by themselves. Default: 2 minutes. */
  readonly graceMs?: number;
  /** Milliseconds that AWS has to abandon the actions after that. Default: 2 minutes. */
  readonly abandonMs?: number;
  /** Milliseconds between two looks. Default: 2 seconds. */
  readonly pauseMs?: number;
  /** Called with the status after each look. */
  onStatus?(status: string): void;
}

const TWO_MINUTES = 2 * 60_000;
/** AWS's limit for a reason. */
const REASON = 200;

/**
 * Stops an execution in two phases: the running actions get time to end, then they are abandoned. An abandoned action may go on outside of
 * the pipeline, for example a stack that CloudFormation is updating.
 *
 * @returns a description of what was done, as a part of a sentence
 */
export async function stopExecution(address: PipelineAddress, id: string, options: StopOptions): Promise<string> {
  const { graceMs = TWO_MINUTES, abandonMs = TWO_MINUTES } = options;
  return explained(address, async () => {
    const before = await statusOf(address, id);
    if (before.isFinal) return `execution ${id} had ended as ${before.status} already`;
    await requestStop(address, id, false, options);
    const stopped = await untilFinal(address, id, graceMs, options);
    if (stopped !== undefined) return endWords(id, stopped, 'was stopped');
    await requestStop(address, id, true, options);
    const abandoned = await untilFinal(address, id, abandonMs, options);
    if (abandoned === undefined) throw new AwsError(`${nameOf(address)}: execution ${id} is still being stopped.`);
    return endWords(id, abandoned, 'was stopped, and its running actions were abandoned');
  });
}

function endWords(id: string, { status, outcome }: ExecutionStatus, stopped: string): string {
  return outcome === 'stopped'
    ? `execution ${id} ${stopped}`
    : `execution ${id} ended as ${status} before it was stopped`;
}

async function statusOf(address: PipelineAddress, id: string): Promise<ExecutionStatus> {
  const execution = await describeExecution(address, id);
  // An execution that has just been started is not visible everywhere yet.
  return ExecutionStatus.of(execution ?? { status: 'InProgress' });
}

/** Asks AWS to stop. The looks that follow decide, so a request that AWS refuses because of the execution's status is not an error. */
async function requestStop(
  { client, pipeline, signal }: PipelineAddress,
  id: string,
  abandon: boolean,
  { reason }: StopOptions,
): Promise<void> {
  const command = new StopPipelineExecutionCommand({
    pipelineName: pipeline,
    pipelineExecutionId: id,
    abandon,
    reason: clip(reason, REASON),
  });
  try {
    await client.send(command, { abortSignal: signal });
  } catch (error) {
    if (!isNamed(error, 'DuplicatedStopRequestException', 'PipelineExecutionNotStoppableException')) throw error;
  }
}

/** @returns `undefined` when the time is over */
async function untilFinal(
  address: PipelineAddress,
  id: string,
  milliseconds: number,
  options: StopOptions,
): Promise<ExecutionStatus | undefined> {
  const { pauseMs = 2_000 } = options;
  const until = Date.now() + milliseconds;
  for (;;) {
    const status = await statusOf(address, id);
    options.onStatus?.(status.status);
    if (status.isFinal) return status;
    const rest = until - Date.now();
    if (rest <= 0) return undefined;
    await pause(address, Math.min(pauseMs, rest));
  }
}
