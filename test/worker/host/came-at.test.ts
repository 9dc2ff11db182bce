import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cameAt } from '../../../src/worker/host/came-at.ts';
import { newKey } from '../../../src/identity/keys.ts';
import { devServer } from '../../support/servers.ts';
import { signed } from '../../support/signed.ts';

const { pem } = newKey('EdDSA');

/** A signed decision that was made at that second. */
function decision(iat: number): Promise<{ jws: string }> {
  return signed(
    {
      aud: 'phasegate',
      sub: 'dana',
      phase: 'p',
      run: 'r',
      gate: 'entry',
      round: 1,
      nonce: 'n',
      subject: '0'.repeat(64),
      verdict: 'approve',
      iat,
      exp: iat + 300,
      jti: randomUUID(),
    },
    pem,
  );
}

describe('when a signed message came', () => {
  it('is found however many messages came after it', async function () {
    this.timeout(60_000);
    const { client } = await devServer();
    const workflowId = `w-${randomUUID()}`;
    const handle = await client.workflow.start('nobody', { workflowId, taskQueue: 'nobody' });
    const token = await decision(Math.floor(Date.now() / 1000));
    const before = Date.now();
    await handle.signal('approve', token);
    const after = Date.now();
    for (let sent = 0; sent < 2_500; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => handle.signal('progress', { sent: sent + index })));
    }
    const found = await cameAt(client, workflowId, token);
    assert.ok(found !== undefined && found >= before - 1000 && found <= after + 1000, String(found));
    assert.equal(await cameAt(client, workflowId, await decision(Math.floor(Date.now() / 1000))), undefined);
    assert.equal(await cameAt(client, `w-${randomUUID()}`, token), undefined, 'nobody of that name');
    await handle.terminate();
  });

  it('is not looked for before the message was signed', async () => {
    const hour = 3_600_000;
    let asked = 0;
    // One workflow task an hour, and a page each, without end.
    const getWorkflowExecutionHistoryReverse = async () => {
      asked += 1;
      const eventTime = msToTs(Date.now() - asked * hour);
      const events = [{ eventTime, workflowTaskStartedEventAttributes: {} }];
      return { history: { events }, nextPageToken: new Uint8Array([1]) };
    };
    const client = { workflowService: { getWorkflowExecutionHistoryReverse }, options: { namespace: 'default' } };
    const token = await decision(Math.floor((Date.now() - 3.5 * hour) / 1000));
    assert.equal(await cameAt(client as unknown as Client, 'w', token), undefined);
    assert.equal(asked, 4);
  });
});
