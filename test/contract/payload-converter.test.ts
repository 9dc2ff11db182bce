import { defaultPayloadConverter } from '@temporalio/common';
import assert from 'node:assert/strict';
import { payloadConverter } from '../../src/contract/payload-converter.ts';

describe('the payload converter', () => {
  it('reads and writes what the default one does', () => {
    for (const value of [{ gate: 'entry' }, 'text', 7, null, [1, 2]]) {
      assert.deepEqual(payloadConverter.fromPayload(defaultPayloadConverter.toPayload(value)), value);
    }
  });

  it('makes a value of what cannot be decoded, instead of failing the workflow task for ever', () => {
    const garbage = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{not json') };
    const value = payloadConverter.fromPayload<{ undecodable: string }>(garbage);
    assert.match(value.undecodable, /JSON/);
    const unknown = { metadata: { encoding: Buffer.from('binary/mystery') }, data: Buffer.from('?') };
    assert.match(payloadConverter.fromPayload<{ undecodable: string }>(unknown).undecodable, /mystery/);
  });
});
