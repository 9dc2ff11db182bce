import type { Client, WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createHash } from 'node:crypto';
import { isArchiveId } from '../workflows/archive-id.ts';
import { IDENTITY_MEMO } from '../workflows/memo.ts';
import type { RecordStore } from './store.ts';

/** One run of a workflow. */
export interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** `index.json` of a record: what it holds, each file named after the SHA-256 of its bytes. */
export interface RecordIndex {
  readonly format: 1;
  readonly phase: Run;
  readonly histories: readonly (Run & { readonly type: string; readonly events: number; readonly file: string })[];
}

/**
 * Writes the histories of a closed phase, all runs of it, and of its milestones, in the form of
 * `temporal workflow show --output json`. Repeating it changes nothing.
 *
 * @param folder path within the records
 * @param phase its last run. Earlier ones are found from there: a run that was reset begins with what it has kept of the one before
 */
export async function exportRuns(
  client: Client,
  phase: Run,
  records: RecordStore,
  folder: string,
): Promise<RecordIndex> {
  const histories: RecordIndex['histories'][number][] = [];
  const queue: Run[] = [phase];
  const known = new Set<string>();
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
    if (known.has(run.runId)) continue;
    known.add(run.runId);
    const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const events = history.events ?? [];
    queue.push(...childrenIn(events));
    for (const event of events) queue.push(...(await runsNamedBy(client, run, event)));
    const text = historyToJSON(history);
    const file = `${createHash('sha256').update(text).digest('hex')}.json`;
    await records.writeOnce(`${folder}/${file}`, text);
    const type = events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
    histories.push({ ...run, type, events: events.length, file });
  }
  const index: RecordIndex = { format: 1, phase, histories };
  await records.write(`${folder}/index.json`, `${JSON.stringify(index, undefined, 2)}\n`);
  return index;
}

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** Milestones that were started. One that was reset goes by the run that has ended: it begins with what it has kept. */
function childrenIn(events: readonly Event[]): Run[] {
  const found = new Map<string, Run>();
  for (const event of events) {
    const started = event.childWorkflowExecutionStartedEventAttributes;
    const child = started ?? childEndOf(event);
    const { workflowId, runId } = child?.workflowExecution ?? {};
    if (typeof workflowId !== 'string' || typeof runId !== 'string' || isArchiveId(workflowId)) continue;
    found.set(String(started ? event.eventId : childEndOf(event)?.startedEventId), { workflowId, runId });
  }
  return [...found.values()];
}

function childEndOf(event: Event) {
  return (
    event.childWorkflowExecutionCompletedEventAttributes ??
    event.childWorkflowExecutionFailedEventAttributes ??
    event.childWorkflowExecutionCanceledEventAttributes ??
    event.childWorkflowExecutionTimedOutEventAttributes ??
    event.childWorkflowExecutionTerminatedEventAttributes
  );
}

/** The run before, and milestones that were taken over after a reset. */
async function runsNamedBy(client: Client, { workflowId }: Run, event: Event): Promise<Run[]> {
  const before = event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  if (typeof before === 'string' && before !== '') return [{ workflowId, runId: before }];
  const refused = event.startChildWorkflowExecutionFailedEventAttributes?.workflowId;
  return typeof refused === 'string' ? takenOver(client, refused) : [];
}

/** A milestone that could not be started because it had been, before the phase was reset. */
async function takenOver(client: Client, workflowId: string): Promise<Run[]> {
  const { runId, memo } = await client.workflow.getHandle(workflowId).describe();
  return memo?.[IDENTITY_MEMO] === undefined ? [] : [{ workflowId, runId }];
}
