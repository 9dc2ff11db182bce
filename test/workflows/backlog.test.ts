import type { Client, WorkflowHandle } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Folders } from '../support/folders.ts';
import { withWorker, type Harness, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { indexOf, verified } from '../support/records.ts';
import { devServer, startDevServer } from '../support/servers.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const phases = { small: { 'plan.md': plan } };

/** So many Signals one run of a workflow takes. */
const SIGNALS = 10_000;
/** Room for what is said to take the phase to its end. */
const SPARE = 20;
/** So many senders are at it at once. */
const SENDERS = 16;

/** A progress note of about 2 KB: ten thousand of these fit into a history, which holds 50 MB, together with what is judged of them. */
const note = 'x'.repeat(1900);

async function inParallel(count: number, send: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await send(next++);
  };
  await Promise.all(Array.from({ length: SENDERS }, one));
}

/**
 * The server refuses to end a run for the next one while Signals come that the run has not seen. A flood without a pause may therefore
 * fill the run; then the server tells its senders so, and the next run begins.
 */
async function untilTaken(send: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await send();
      return;
    } catch (error) {
      const { cause } = error as { cause?: { details?: string } };
      if (cause?.details !== 'exceeded workflow execution limit for signal events') throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function eventsOf(client: Client, workflowId: string, runId: string) {
  const events: temporal.api.history.v1.IHistoryEvent[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId, runId },
      maximumPageSize: 100,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
  return events;
}

/** A workflow task that failed or timed out was too much for the worker, or for the server. */
async function assertNoneFailed(
  client: Client,
  handle: Pick<WorkflowHandle, 'workflowId'>,
  runId: string,
): Promise<void> {
  const events = await eventsOf(client, handle.workflowId, runId);
  const SCHEDULE_TO_START = 2;
  // A worker that has gone does not fetch the task that the server has kept for it, which then goes to another.
  const isUnfetched = (event: temporal.api.history.v1.IHistoryEvent) =>
    Number(event.workflowTaskTimedOutEventAttributes?.timeoutType) === SCHEDULE_TO_START;
  const failed = events.filter(
    (event) =>
      !isUnfetched(event) && (event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes),
  );
  // The server refuses to let a phase continue as new while messages have come that it has not seen.
  const causes = failed.map(({ workflowTaskFailedEventAttributes: failure }) => Number(failure?.cause));
  const UNHANDLED_COMMAND = 1;
  assert.deepEqual(
    causes.filter((cause) => cause !== UNHANDLED_COMMAND),
    [],
  );
  assert.ok(events.every((event) => tsToMs(event.eventTime) > 0));
}

async function finish(harness: Harness, phase: PhaseHandle, gates: readonly string[]): Promise<void> {
  for (const gate of gates) {
    if (gate === '9.1/exit') {
      await phase.complete('9.1/a1');
      await phase.complete('9.1/a2');
    }
    await phase.approve(gate);
  }
  await harness.client.workflow.getHandle(phase.id).result();
  await phase.until('the record is closed', async () => (await indexOf(harness, phase))?.state === 'closed', 180_000);
  const found = await verified(harness, phase);
  assert.ok(found.messages >= SIGNALS - SPARE, String(found.messages));
}

describe('ten thousand Signals', () => {
  it('that have waited for a worker are judged, each once, and the phase goes on to a record that verifies', async function () {
    this.timeout(400_000);
    const { client } = await devServer();
    const place = { folders: await Folders.create(phases), taskQueue: `test-${randomUUID()}` };
    const started = await withWorker({ phases: {}, place }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      await phase.untilOnDesk('9.1/a1');
      return phase;
    });
    await inParallel(SIGNALS - SPARE, (index) =>
      started.signal('progress', {
        task: '9.1/a1',
        by: 'lee',
        note,
        ...(index % 2 === 0 ? { id: `m${String(index)}` } : {}),
      }),
    );
    await withWorker({ phases: {}, place }, async (harness) => {
      const phase = harness.again(started, started.firstRunId);
      let answered = 0;
      await phase.until(
        'all have been judged',
        async () => {
          // A query is answered while messages are judged: this is how many have been so far.
          const { length } = await phase.ledger();
          answered += 1;
          return length >= SIGNALS - SPARE;
        },
        120_000,
      );
      assert.ok(answered > 1);
      await assertNoneFailed(client, { workflowId: started.id }, String(started.firstRunId));
      await finish(harness, phase, ['9.1/exit', '9.1/quality', 'completion']);
    });
    await place.folders.remove();
  });

  // A hundred entries are recorded by themselves, just when the phase ends; of 200 messages, judging makes a pause.
  for (const count of [120, 700])
    it(`or ${String(count)} of them, that wait behind the last approval are judged before the phase ends`, async function () {
      this.timeout(120_000);
      const place = { folders: await Folders.create(phases), taskQueue: `test-${randomUUID()}` };
      const started = await withWorker({ phases: {}, place }, async ({ start }) => {
        const phase = await start({ phase: 'small' });
        for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
        for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task);
        for (const gate of ['9.1/exit', '9.1/quality']) await phase.approve(gate);
        await phase.untilOpen('completion');
        return phase;
      });
      await started.signal('approve', { gate: 'completion', by: 'x' });
      await inParallel(count, (index) =>
        started.signal('progress', { task: '9.1/a1', by: 'lee', note: String(index) }),
      );
      await withWorker({ phases: {}, place }, async (harness) => {
        const { ledger } = await started.workflow.result();
        assert.ok(ledger.length > count, String(ledger.length));
        await started.until('the record is closed', async () => (await indexOf(harness, started))?.state === 'closed');
        assert.equal((await verified(harness, started)).entries, ledger.length);
      });
      await place.folders.remove();
    });

  it('sent to a phase that runs lose nothing, across every run that it continues in', async function () {
    this.timeout(400_000);
    // On a busy machine, a workflow task waits more than ten seconds behind those that the server has taken back meanwhile.
    const settings = ['limit.historyCount.suggestContinueAsNew=1500', 'history.defaultWorkflowTaskTimeout="30s"'];
    const env = await startDevServer(settings);
    await withWorker({ env, phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      await phase.untilOnDesk('9.1/a1');
      await inParallel(SIGNALS, (index) =>
        untilTaken(() =>
          phase.current.signal('progress', { task: '9.1/a1', by: 'lee', note: String(index), id: `m${String(index)}` }),
        ),
      );
      await phase.until('all have been judged', async () => (await phase.currentLedger()).length >= SIGNALS, 120_000);
      const { runId } = await phase.current.describe();
      assert.notEqual(runId, phase.firstRunId, 'it has continued as new, with its milestone running');
      await finish(harness, harness.again(phase, phase.firstRunId), ['9.1/exit', '9.1/quality', 'completion']);
    });
  });
});
