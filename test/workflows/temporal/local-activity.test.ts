import { Worker, bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { payloadConverterPath } from '../../../src/worker/create.ts';
import { bundleOptions } from '../../../src/worker/settings.ts';
import { devServer } from '../../support/servers.ts';
import { type looking, times } from './local-activity.workflow.ts';

const src = join(import.meta.dirname, '../../../src');

describe('a local activity that is still running when its workflow task ends', () => {
  it('comes after all else on replay too, and leaves the times as they were', async function () {
    this.timeout(60_000);
    const workflowsPath = join(import.meta.dirname, 'local-activity.workflow.ts');
    const bundled = await bundleWorkflowCode({
      ...bundleOptions(src, '.ts'),
      workflowsPath,
      preloadModules: [workflowsPath],
      logger: new DefaultLogger('ERROR'),
    });
    const workflowBundle = { code: bundled.code };
    const { client, nativeConnection: connection } = await devServer();
    const taskQueue = `test-${randomUUID()}`;
    const steps = new EventEmitter();
    const [began, released, acted] = ['began', 'released', 'acted'].map((step) => once(steps, step));
    const activities = {
      look: async () => {
        steps.emit('began');
        await released;
        return { at: Date.now() };
      },
      act: () => {
        steps.emit('acted');
        return Promise.resolve();
      },
    };
    const dataConverter = { payloadConverterPath };
    const whileWorking = async <T>(action: () => Promise<T>) =>
      (await Worker.create({ connection, taskQueue, workflowBundle, activities, dataConverter })).runUntil(action);

    const handle = await client.workflow.start<typeof looking>('looking', {
      args: [],
      taskQueue,
      workflowId: `looking-${randomUUID()}`,
      // The task is answered early, and another follows, after 80 % of that.
      workflowTaskTimeout: '1 second',
    });
    const answered = async (atLeast: number) => {
      for (;;) {
        const { events } = await handle.fetchHistory();
        const count = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes).length;
        if (count >= atLeast) return count;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const seen = await whileWorking(async () => {
      const before = await answered(1);
      await handle.signal('first');
      await began;
      const next = await answered(before + 1);
      await handle.signal('second');
      await answered(next + 1);
      steps.emit('released');
      await acted;
      return handle.query(times);
    });
    assert.equal(seen.length, 3);

    assert.deepEqual(await whileWorking(() => handle.query(times)), seen);
    const results = Worker.runReplayHistories({ workflowBundle, dataConverter }, [
      { workflowId: handle.workflowId, history: await handle.fetchHistory() },
    ]);
    for await (const { error } of results) assert.equal(error, undefined);
    await handle.terminate();
  });
});
