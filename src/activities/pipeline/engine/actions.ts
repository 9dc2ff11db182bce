import {
  type ActionExecutionDetail,
  ListActionExecutionsCommand,
  ListRuleExecutionsCommand,
  type RuleExecutionDetail,
} from '@aws-sdk/client-codepipeline';
import type { PipelineAddress } from './address.ts';

/** The largest page that AWS gives. */
const PAGE = 100;
/** Pages that are read of one execution. */
const PAGES = 20;

/** The runs of actions in one execution, newest first. Every run of an action that was retried is listed. */
export async function actionsOf(
  { client, pipeline, signal }: PipelineAddress,
  id: string,
  pages = PAGES,
): Promise<ActionExecutionDetail[]> {
  return pagesOf(pages, async (nextToken) => {
    const command = new ListActionExecutionsCommand({ ...requestOf(pipeline, id), nextToken });
    const { actionExecutionDetails = [], nextToken: next } = await client.send(command, { abortSignal: signal });
    return { items: actionExecutionDetails, next };
  });
}

/** The runs of actions in all executions, newest first, page by page until the caller stops. */
export async function* recentActions({
  client,
  pipeline,
  signal,
}: PipelineAddress): AsyncGenerator<ActionExecutionDetail> {
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const command = new ListActionExecutionsCommand({ pipelineName: pipeline, maxResults: PAGE, nextToken });
    const answer = await client.send(command, { abortSignal: signal });
    yield* answer.actionExecutionDetails ?? [];
    nextToken = answer.nextToken === '' ? undefined : answer.nextToken;
    if (nextToken === undefined) return;
  }
}

/** The runs of rules of conditions in one execution, newest first. */
export async function rulesOf(
  { client, pipeline, signal }: PipelineAddress,
  id: string,
): Promise<RuleExecutionDetail[]> {
  return pagesOf(PAGES, async (nextToken) => {
    const command = new ListRuleExecutionsCommand({ ...requestOf(pipeline, id), nextToken });
    const { ruleExecutionDetails = [], nextToken: next } = await client.send(command, { abortSignal: signal });
    return { items: ruleExecutionDetails, next };
  });
}

function requestOf(pipelineName: string, pipelineExecutionId: string) {
  return { pipelineName, filter: { pipelineExecutionId }, maxResults: PAGE };
}

async function pagesOf<Item>(
  pages: number,
  page: (token: string | undefined) => Promise<{ readonly items: readonly Item[]; readonly next: string | undefined }>,
): Promise<Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  for (let read = 0; read < pages; read += 1) {
    const { items, next } = await page(token);
    all.push(...items);
    if (next === undefined || next === '') break;
    token = next;
  }
  return all;
}
