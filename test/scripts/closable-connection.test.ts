import { Client, isGrpcServiceError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { connectClosable } from '../../scripts/closable-connection.ts';
import { startTemporal } from '../../scripts/sandbox/temporal.ts';
import { freePort } from '../support/sandbox.ts';

describe('a connection that is closed while calls are under way', () => {
  it('fails them, and nothing is thrown where nobody can catch it', async () => {
    const server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    const uncaught: unknown[] = [];
    const handlers = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
    try {
      const { connection, close } = await connectClosable({ address: server.address });
      const client = new Client({ connection });
      const options = { taskQueue: 'nobody', workflowId: 'waits' };
      const handle = await client.workflow.start('anything', options);
      const waiting = handle.result().then(
        () => 'completed',
        (error: unknown) => error,
      );
      await server.stop();
      // The server is gone: from here on calls are repeated, after 100 ms and then ever later.
      const asking = handle.describe().catch((error: unknown) => error);
      await delay(300);
      await close();
      const late = await handle.describe().catch((error: unknown) => error);
      for (const error of [await waiting, await asking, late]) assert.ok(error instanceof Error, String(error));
      assert.ok(isGrpcServiceError((late as Error).cause ?? late), String(late));
      await delay(1500);
      assert.deepEqual(uncaught, []);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const handler of handlers) process.on('uncaughtException', handler);
      await server.stop();
    }
  });
});
