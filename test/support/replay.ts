import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import assert from 'node:assert/strict';
import { readHistory } from '../../src/record/history.ts';
import { replayed } from '../../src/record/replay.ts';
import { OVERTAKEN, REPEAT } from '../../src/workflows/temporal/open-task.ts';
import { replayBundle } from './servers.ts';

/** How much of a history a failure prints. */
const OUTLINED = 60;
const OUTLINED_CHARACTERS = 700;

export interface Recorded {
  readonly workflowId: string;
  readonly history: temporal.api.history.v1.IHistory;
}

/**
 * Replays every run that a server holds, as a worker does that takes it over, and fails at the first difference.
 *
 * @param isStrict fails at a workflow task too that the server or the SDK has refused: it is retried, and may have gone well by chance.
 *   Not for a server on which tests kill workers
 */
export async function replayServer(address: string, { isStrict }: { readonly isStrict: boolean }): Promise<void> {
  const connection = await Connection.connect({
    address,
    // A page of a history may be as large as all of it, and gRPC's own limit is 4 MB.
    channelArgs: { 'grpc.max_receive_message_length': 128 * 1024 * 1024 },
  });
  try {
    const client = new Client({ connection });
    const recorded: Recorded[] = [];
    for await (const { workflowId, runId, type } of client.workflow.list()) {
      // A mistyped workflow type has nothing to replay against.
      if (type !== 'phase' && type !== 'milestone') continue;
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      if (isByHand(history)) continue;
      if (isStrict) assert.deepEqual(failedTasks(history), [], `${workflowId} has failed a workflow task`);
      recorded.push({ workflowId, history });
    }
    await replay(recorded);
  } finally {
    await connection.close();
  }
}

/** Replays histories, and fails at the first difference, also of what commands contain: as the verification of a record does. */
export async function replay(recorded: readonly Recorded[]): Promise<void> {
  const runs = recorded.map(({ workflowId, history }) => {
    const read = readHistory(historyToJSON(history));
    if ('problem' in read) throw new Error(`${workflowId}: ${read.problem}`);
    return read.events;
  });
  const found = await replayed(runs, await replayBundle());
  if ('reason' in found) {
    const at = recorded.find(({ history }) => found.where.includes(runOf(history)));
    assert.fail([`${found.where}: ${found.reason}`, ...(at ? outline(at.history) : [])].join('\n'));
  }
  assert.equal(found.length, recorded.length);
}

function runOf({ events }: temporal.api.history.v1.IHistory): string {
  return events?.[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId ?? '';
}

/** The first events, a line each: a difference that comes once in many runs has to be understood from what it prints. */
function outline({ events }: temporal.api.history.v1.IHistory): string[] {
  const { events: lines = [] } = historyToJSON({ events: (events ?? []).slice(0, OUTLINED) }) as { events?: object[] };
  return lines.map((line) => JSON.stringify(line).slice(0, OUTLINED_CHARACTERS));
}

/** True when a test has answered the run's workflow tasks itself, as a stranger would: a worker leaves the name of its SDK. */
function isByHand({ events }: temporal.api.history.v1.IHistory): boolean {
  const answers = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: answer }) => answer ?? []);
  return answers.length > 0 && answers.every(({ sdkMetadata }) => (sdkMetadata?.sdkName ?? '') === '');
}

/**
 * Causes, as numbers, because the package exports types alone: a message came before the task was over, the run was reset, or a test
 * has taken a search attribute away.
 */
const HARMLESS: readonly unknown[] = [
  /* UNHANDLED_COMMAND */ 1, /* RESET_STICKY_TASK_QUEUE */ 13, /* FORCE_CLOSE_COMMAND */ 17, /* RESET_WORKFLOW */ 20,
  /* BAD_SEARCH_ATTRIBUTES */ 23,
];

/** The workflow has a workflow task done again. */
const AGAIN: readonly unknown[] = [OVERTAKEN, REPEAT];

/** The time-out of the answer, as a number too. */
const START_TO_CLOSE: readonly unknown[] = [1];

/** Time-outs as well: that is how it shows when the server refuses the answer to a workflow task. */
function failedTasks({ events }: temporal.api.history.v1.IHistory): string[] {
  return (events ?? []).flatMap(
    ({ workflowTaskFailedEventAttributes: failed, workflowTaskTimedOutEventAttributes: late }) => {
      if (START_TO_CLOSE.includes(late?.timeoutType)) return ['it was not answered in time'];
      if (!failed || HARMLESS.includes(failed.cause) || AGAIN.includes(failed.failure?.message)) return [];
      return [`${String(failed.cause)}: ${failed.failure?.message ?? 'no reason'}`];
    },
  );
}
