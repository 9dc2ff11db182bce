import { defaultPayloadConverter, METADATA_ENCODING_KEY } from '@temporalio/common';
import assert from 'node:assert/strict';
import { type Mark, marked } from '../../../src/contract/signal-mark.ts';
import { sealOn } from '../../../src/contract/signal-seal.ts';
import { newKey } from '../../../src/identity/keys.ts';
import { signalCodec } from '../../../src/worker/sealing/codec.ts';
import { keySealer } from '../../../src/worker/sealing/sealer.ts';

describe('the codec that signs Signals', () => {
  const sealer = keySealer(newKey('EdDSA').pem, 'a key');
  const codec = signalCodec(sealer);
  const mark: Mark = {
    sender: { workflowId: 'phase-4', firstRunId: 'run' },
    signal: { name: 'taskOrders', to: 'phase-4:4.1' },
    keys: [sealer.key],
  };
  const asking = marked(defaultPayloadConverter.toPayload({ complete: { by: 'mallory' } }), mark);

  it('signs what workflow code has marked', async () => {
    const [sent] = await codec.encode([asking]);
    assert.equal(sealOn(sent!)?.key, sealer.key);
  });

  it('signs nothing for somebody who sends a mark: a workflow that passes it on passes it on without', async () => {
    const received = await codec.decode([asking]);
    const [sent] = await codec.encode(received);
    assert.deepEqual(Object.keys(sent?.metadata ?? {}), [METADATA_ENCODING_KEY]);
    assert.equal(sealOn(sent!), undefined);
  });

  it('takes a mark away that is no JSON', async () => {
    const [payload] = await codec.decode([
      { ...asking, metadata: { ...asking.metadata, 'phasegate-sign': Buffer.from('{') } },
    ]);
    assert.deepEqual(Object.keys(payload?.metadata ?? {}), [METADATA_ENCODING_KEY]);
  });
});
