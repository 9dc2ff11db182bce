import { WorkflowNotFoundError } from '@temporalio/common';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRuns } from '../../src/record/files.ts';
import { readIndex, type RecordIndex } from '../../src/record/record-index.ts';
import type { Verified } from '../../src/record/verify.ts';
import type { Harness, PhaseHandle } from './harness.ts';
import { verify } from './verify.ts';

/** Where the record of a phase is kept. */
export function recordOf({ folders }: Harness, { id, firstRunId = '' }: PhaseHandle): string {
  return join(folders.recordsDir, id, firstRunId);
}

/** The index as it is now; nothing before anything was written. */
export async function indexOf(harness: Harness, phase: PhaseHandle): Promise<RecordIndex | undefined> {
  const path = join(recordOf(harness, phase), 'index.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : readIndex(path, text);
}

/** Waits until the history of a run stands in the record. */
export async function untilKept(harness: Harness, phase: PhaseHandle, runId: string): Promise<void> {
  await phase.until(`run ${runId} stands in the record`, async () => {
    const { histories = [] } = (await indexOf(harness, phase)) ?? {};
    return histories.some((one) => one.runId === runId);
  });
}

/** Has the server forget a closed run, as it does after the namespace's retention. */
export async function forget({ client }: Harness, workflowId: string, runId: string): Promise<void> {
  const execution = { workflowId, runId };
  await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: execution });
  for (let isThere = true; isThere;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    isThere = await client.workflow
      .getHandle(workflowId, runId)
      .describe()
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        },
      );
  }
}

/** Verifies the record, which holds. */
export async function verified(harness: Harness, phase: PhaseHandle): Promise<Verified> {
  const found = await verify(await readRuns([recordOf(harness, phase)]));
  if ('reason' in found) throw new Error(`${found.where}: ${found.reason}`);
  return found;
}
