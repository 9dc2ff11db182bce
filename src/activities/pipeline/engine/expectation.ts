import type { ActionExecutionDetail, CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { actionsOf } from './actions.ts';
import type { PipelineAddress } from './address.ts';
import { recentExecutions } from './executions.ts';

/** Durations that are kept for one pipeline. */
const KEPT = 5;
/** Executions that are read for the time from an approval to the end: one request for each. */
const READ = 3;
/** Pipelines whose durations a worker keeps. */
const PIPELINES = 500;

interface Known {
  durations: number[];
}

const known = new WeakMap<CodePipelineClient, Map<string, Known>>();

/**
 * Milliseconds that earlier successful executions of a pipeline took, newest first. They are read once for each pipeline and worker process,
 * and then learned.
 *
 * @param after `Stage/Action` of the approval from which the time counts; absent: from the start of the execution
 * @returns the durations, and the number of requests that were sent for them
 */
export async function earlierDurations(
  address: PipelineAddress,
  after?: string,
): Promise<{ readonly durations: readonly number[]; readonly requests: number }> {
  const pipelines = pipelinesOf(address);
  const key = keyOf(address, after);
  const found = pipelines.get(key);
  if (found !== undefined) return { durations: found.durations, requests: 0 };
  const read = await readDurations(address, after);
  remember(pipelines, key, read.durations);
  return read;
}

/** Learns how long an execution took. */
export function learnDuration(address: PipelineAddress, after: string | undefined, milliseconds: number): void {
  const pipelines = pipelinesOf(address);
  const key = keyOf(address, after);
  remember(pipelines, key, [milliseconds, ...(pipelines.get(key)?.durations ?? [])].slice(0, KEPT));
}

/** Forgets the durations of a pipeline, so that they are read again: an execution has ended at a time that was not observed closely. */
export function forgetDurations(address: PipelineAddress, after: string | undefined): void {
  pipelinesOf(address).delete(keyOf(address, after));
}

function pipelinesOf({ client }: PipelineAddress): Map<string, Known> {
  const pipelines = known.get(client) ?? new Map<string, Known>();
  known.set(client, pipelines);
  return pipelines;
}

function keyOf({ pipeline }: PipelineAddress, after: string | undefined): string {
  return `${pipeline} ${after ?? ''}`;
}

function remember(pipelines: Map<string, Known>, key: string, durations: readonly number[]): void {
  pipelines.delete(key);
  pipelines.set(key, { durations: [...durations] });
  // The pipeline that was not used for the longest time goes first.
  for (const oldest of pipelines.keys()) {
    if (pipelines.size <= PIPELINES) return;
    pipelines.delete(oldest);
  }
}

/** Ignores errors: without durations the execution is followed at an even pace. */
async function readDurations(
  address: PipelineAddress,
  after: string | undefined,
): Promise<{ durations: number[]; requests: number }> {
  const durations: number[] = [];
  let requests = 1;
  try {
    for await (const summary of recentExecutions(address, { pages: 1, size: 20 })) {
      const { status, executionType, startTime, lastUpdateTime, pipelineExecutionId: id = '' } = summary;
      if (status !== 'Succeeded' || executionType === 'ROLLBACK' || lastUpdateTime === undefined) continue;
      let from = startTime;
      if (after !== undefined) {
        requests += 1;
        from = approvedAt(await actionsOf(address, id, 1), after);
      }
      if (from !== undefined) durations.push(lastUpdateTime.getTime() - from.getTime());
      if (durations.length >= (after === undefined ? KEPT : READ) || requests > READ + 1) break;
    }
  } catch {
    address.signal.throwIfAborted();
  }
  return { durations, requests };
}

function approvedAt(details: readonly ActionExecutionDetail[], approval: string): Date | undefined {
  return details.find(
    ({ stageName = '', actionName = '', status }) =>
      `${stageName}/${actionName}` === approval && status === 'Succeeded',
  )?.lastUpdateTime;
}
