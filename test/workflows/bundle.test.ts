import assert from 'node:assert/strict';
import { workflowBundle } from '../support/servers.ts';

/** A worker keeps one copy of the bundle; an AWS client in it doubles its size without an error. A tenth of it is SHA-256. */
const LARGEST_BYTES = 3_000_000;

describe('the workflow bundle', () => {
  it('is small and holds no AWS client, no validation library and no Node built-in', async () => {
    const { code } = await workflowBundle();
    assert.ok(code.length < LARGEST_BYTES, `${code.length} bytes`);
    for (const module of ['node_modules/@aws-sdk', 'node_modules/zod', 'node_modules/yaml', 'node_modules/mdast']) {
      assert.ok(!code.includes(module), module);
    }
  });
});
