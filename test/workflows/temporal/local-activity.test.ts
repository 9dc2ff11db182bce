import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, type InjectedSinks, Worker, type WorkerOptions } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { EventEmitter, on, once } from 'node:events';
import { join } from 'node:path';
import { payloadConverterPath } from '../../../src/worker/create.ts';
import { bundleOptions } from '../../../src/worker/settings.ts';
import { devServer } from '../../support/servers.ts';
import { type looking, times, timesSlowly, type Watching } from './local-activity.workflow.ts';

const src = join(import.meta.dirname, '../../../src');

const dataConverter = { payloadConverterPath };

/** One message more than the server lets wait for the end of a workflow task. */
const TOO_MANY = 101;

interface LookingWorker extends WorkerOptions {
  readonly workflowBundle: { readonly code: string };
}

/** A workflow that runs one local activity, `look`, which waits to be released, and then an activity, `act`. */
class Looking {
  readonly began: Promise<unknown>;
  readonly acted: Promise<unknown>;
  private readonly steps = new EventEmitter();
  private readonly sinks: InjectedSinks<Watching> = {
    watch: { took: { fn: (_, messages) => void this.steps.emit('took', messages) } },
  };

  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof looking>;
  private readonly worker: LookingWorker;

  private constructor(handle: WorkflowHandleWithFirstExecutionRunId<typeof looking>, worker: LookingWorker) {
    [this.handle, this.worker] = [handle, worker];
    [this.began, this.acted] = [once(this.steps, 'began'), once(this.steps, 'acted')];
  }

  static async start(options: { readonly workflowTaskTimeout?: Duration } = {}): Promise<Looking> {
    const { client, nativeConnection: connection } = await devServer();
    const taskQueue = `test-${randomUUID()}`;
    const workflowId = `looking-${randomUUID()}`;
    const handle = await client.workflow.start<typeof looking>('looking', {
      args: [],
      taskQueue,
      workflowId,
      ...options,
    });
    return new Looking(handle, { connection, taskQueue, workflowBundle: await bundle(), dataConverter });
  }

  /** Runs a worker of its own for as long as the action takes. */
  async whileWorking<T>(action: () => Promise<T>): Promise<T> {
    const released = once(this.steps, 'released');
    const activities = {
      look: async () => {
        this.steps.emit('began');
        await released;
        return { at: Date.now() };
      },
      act: () => {
        this.steps.emit('acted');
        return Promise.resolve();
      },
    };
    return (await Worker.create({ ...this.worker, activities, sinks: this.sinks })).runUntil(action);
  }

  /** Waits until the workflow has taken this many messages. */
  async taken(messages: number): Promise<void> {
    for await (const [taken] of on(this.steps, 'took')) if (taken === messages) return;
  }

  release(): void {
    this.steps.emit('released');
  }

  /** Waits for this many workflow tasks, and answers how many there are. */
  async answered(atLeast: number): Promise<number> {
    for (;;) {
      const { events } = await this.handle.fetchHistory();
      const count = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes).length;
      if (count >= atLeast) return count;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Replays what has been recorded: as a worker that takes the workflow over, and as a verification. */
  async replaysAs(seen: readonly number[]): Promise<void> {
    assert.deepEqual(await this.whileWorking(() => this.handle.query(times)), seen);
    const { workflowBundle } = this.worker;
    const results = Worker.runReplayHistories({ workflowBundle, dataConverter, sinks: this.sinks }, [
      { workflowId: this.handle.workflowId, history: await this.handle.fetchHistory() },
    ]);
    for await (const { error } of results) assert.equal(error, undefined);
    await this.handle.terminate();
  }
}

async function bundle(): Promise<{ readonly code: string }> {
  const workflowsPath = join(import.meta.dirname, 'local-activity.workflow.ts');
  const bundled = await bundleWorkflowCode({
    ...bundleOptions(src, '.ts'),
    workflowsPath,
    preloadModules: [workflowsPath],
    logger: new DefaultLogger('ERROR'),
  });
  return { code: bundled.code };
}

describe('a local activity that is still running when its workflow task ends', function () {
  this.timeout(60_000);

  it('comes after all else on replay too, and leaves the times as they were', async () => {
    // The task is answered early, and another follows, after 80 % of that.
    const workflow = await Looking.start({ workflowTaskTimeout: '1 second' });
    const { handle } = workflow;
    const seen = await workflow.whileWorking(async () => {
      const before = await workflow.answered(1);
      await handle.signal('first');
      await workflow.began;
      const next = await workflow.answered(before + 1);
      await handle.signal('second');
      await workflow.answered(next + 1);
      workflow.release();
      await workflow.acted;
      return handle.query(times);
    });
    assert.equal(seen.length, 3);
    await workflow.replaysAs(seen);
  });

  it('comes where replay has it, when it has ended while a query was answered', async () => {
    const workflow = await Looking.start();
    const { handle } = workflow;
    await handle.signal('first');
    // The worker gets it with the first workflow task.
    const asked = handle.query(timesSlowly);
    const seen = await workflow.whileWorking(async () => {
      await workflow.began;
      workflow.release();
      await handle.signal('second');
      await asked;
      await workflow.acted;
      return handle.query(times);
    });
    assert.equal(seen.length, 3);
    await workflow.replaysAs(seen);
  });

  it('leaves the times as they were, when so many messages come meanwhile that the server gives out another workflow task', async () => {
    const workflow = await Looking.start();
    const { handle } = workflow;
    const seen = await workflow.whileWorking(async () => {
      await workflow.answered(1);
      await handle.signal('first');
      await workflow.began;
      const taken = workflow.taken(1 + TOO_MANY);
      await Promise.all(Array.from({ length: TOO_MANY }, () => handle.signal('more')));
      await taken;
      workflow.release();
      await workflow.acted;
      return handle.query(times);
    });
    assert.equal(seen.length, 1 + TOO_MANY + 1);
    await workflow.replaysAs(seen);
  });
});
