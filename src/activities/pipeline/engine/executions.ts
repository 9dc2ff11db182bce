import {
  GetPipelineExecutionCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecution,
  type PipelineExecutionSummary,
} from '@aws-sdk/client-codepipeline';
import { isNamed, type PipelineAddress } from './address.ts';

/** Executions of one page; the largest that AWS gives. */
const PAGE = 100;

/** Describes an execution; `undefined` when AWS does not know it, or not yet. */
export async function describeExecution(
  { client, pipeline, signal }: PipelineAddress,
  id: string,
): Promise<PipelineExecution | undefined> {
  try {
    const command = new GetPipelineExecutionCommand({ pipelineName: pipeline, pipelineExecutionId: id });
    const { pipelineExecution } = await client.send(command, { abortSignal: signal });
    return pipelineExecution;
  } catch (error) {
    if (isNamed(error, 'PipelineExecutionNotFoundException')) return undefined;
    throw error;
  }
}

/**
 * Executions of a pipeline, newest first, page by page until the caller stops or `pages` are read.
 *
 * @param succeededIn only executions that have succeeded in this stage
 */
export async function* recentExecutions(
  { client, pipeline, signal }: PipelineAddress,
  { pages = 3, size = PAGE, succeededIn }: { pages?: number; size?: number; succeededIn?: string } = {},
): AsyncGenerator<PipelineExecutionSummary> {
  const filter = succeededIn === undefined ? undefined : { succeededInStage: { stageName: succeededIn } };
  let nextToken: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const command = new ListPipelineExecutionsCommand({ pipelineName: pipeline, maxResults: size, filter, nextToken });
    const answer = await client.send(command, { abortSignal: signal });
    yield* answer.pipelineExecutionSummaries ?? [];
    nextToken = answer.nextToken === '' ? undefined : answer.nextToken;
    if (nextToken === undefined) return;
  }
}
