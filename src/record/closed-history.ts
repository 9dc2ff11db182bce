import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { MILESTONE } from '../contract/names.ts';
import type { RecordedHistory, Run } from './record-index.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** A closed run as it is recorded. */
export interface ClosedHistory {
  readonly about: RecordedHistory;
  /** In the form of `temporal workflow show --output json`. */
  readonly text: string;
}

/** Events that are turned into text at once; between two portions the process does other things. */
const PORTION = 32;

/**
 * Reads the history of a run page by page and turns it into text as it comes: the text is in memory whole, the events are not.
 *
 * @param beat called now and then; what it throws ends the reading
 */
export async function closedHistory(client: Client, run: Run, beat: () => void): Promise<ClosedHistory> {
  const pieces: string[] = [];
  const read = new Read();
  for await (const page of pagesOf(client, run)) {
    for (let from = 0; from < page.length; from += PORTION) {
      const portion = page.slice(from, from + PORTION);
      for (const event of portion) read.take(event);
      pieces.push(`${pieces.length === 0 ? '' : ',\n'}${eventsText(portion)}`);
      beat();
      await setImmediate();
    }
  }
  const text = `${HEAD}${pieces.join('')}${TAIL}`;
  const file = `${createHash('sha256').update(text).digest('hex')}.json`;
  return { about: read.about(run, file), text };
}

const HEAD = '{\n  "events": [\n';
const TAIL = '\n  ]\n}';

function eventsText(events: readonly Event[]): string {
  const text = historyToJSON({ events: [...events] });
  if (!text.startsWith(HEAD) || !text.endsWith(TAIL)) throw new TypeError('the SDK writes histories in another form');
  return text.slice(HEAD.length, -TAIL.length);
}

async function* pagesOf(client: Client, execution: Run): AsyncGenerator<readonly Event[]> {
  const { namespace } = client.options;
  let nextPageToken: Uint8Array | undefined;
  do {
    const answer = await client.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution,
      nextPageToken,
    });
    yield answer.history?.events ?? [];
    ({ nextPageToken } = answer);
  } while (nextPageToken.length > 0);
}

/** What is told of a history in the index. */
class Read {
  private events = 0;
  private type = '';
  private follows: string | undefined;
  private readonly replaces = new Set<string>();
  /** By the event that started them. One that was reset goes by the run that has ended: it begins with what it has kept. */
  private readonly children = new Map<string, Run>();
  /** Ids of milestones that were to be started, and those of them that were: a run that was taken over has no start here. */
  private readonly wanted = new Map<string, string>();

  take(event: Event): void {
    this.events += 1;
    const { workflowExecutionStartedEventAttributes: started, workflowTaskFailedEventAttributes: failed } = event;
    if (started) {
      this.type = started.workflowType?.name ?? '';
      this.follows = started.continuedExecutionRunId ?? undefined;
    }
    const { baseRunId, newRunId } = failed ?? {};
    if (typeof baseRunId === 'string' && typeof newRunId === 'string' && newRunId !== '') this.replaces.add(baseRunId);
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (initiated?.workflowType?.name === MILESTONE) this.wanted.set(String(event.eventId), initiated.workflowId ?? '');
    const begun = event.childWorkflowExecutionStartedEventAttributes;
    if (begun?.workflowType?.name === MILESTONE) {
      this.wanted.delete(String(begun.initiatedEventId));
      this.children.set(String(event.eventId), runOf(begun.workflowExecution));
    }
    const ended = childEndOf(event);
    if (ended?.workflowType?.name === MILESTONE)
      this.children.set(String(ended.startedEventId), runOf(ended.workflowExecution));
  }

  about(run: Run, file: string): RecordedHistory {
    const unstarted = [...new Set(this.wanted.values())].map((workflowId) => ({ workflowId }));
    const names = [...this.children.values(), ...unstarted];
    const milestones = names.filter(({ workflowId }) => workflowId !== '');
    return {
      workflowId: run.workflowId,
      runId: run.runId,
      type: this.type,
      events: this.events,
      file,
      ...(this.follows === undefined || this.follows === '' ? {} : { follows: this.follows }),
      ...(this.replaces.size === 0 ? {} : { replaces: [...this.replaces] }),
      ...(milestones.length === 0 ? {} : { names: milestones }),
    };
  }
}

function runOf(execution: temporal.api.common.v1.IWorkflowExecution | null | undefined): Run {
  return { workflowId: execution?.workflowId ?? '', runId: execution?.runId ?? '' };
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
