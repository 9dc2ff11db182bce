import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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
 */
export async function exportRuns(client: Client, phase: Run, firstRunId: string, folder: string): Promise<RecordIndex> {
  await mkdir(folder, { recursive: true });
  const histories: RecordIndex['histories'][number][] = [];
  const queue: Run[] = [{ workflowId: phase.workflowId, runId: firstRunId }];
  const known = new Set<string>();
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
    if (known.has(run.runId)) continue;
    known.add(run.runId);
    const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const events = history.events ?? [];
    for (const event of events) {
      const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      if (typeof next === 'string') queue.push({ workflowId: run.workflowId, runId: next });
      const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
      const { workflowId, runId } = child ?? {};
      if (typeof workflowId === 'string' && typeof runId === 'string' && !workflowId.endsWith(':archive')) {
        queue.push({ workflowId, runId });
      }
    }
    const text = historyToJSON(history);
    const file = `${createHash('sha256').update(text).digest('hex')}.json`;
    await writeWhole(join(folder, file), text);
    const type = events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
    histories.push({ ...run, type, events: events.length, file });
  }
  const index: RecordIndex = { format: 1, phase, histories };
  await writeWhole(join(folder, 'index.json'), `${JSON.stringify(index, undefined, 2)}\n`);
  return index;
}

/** Whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
