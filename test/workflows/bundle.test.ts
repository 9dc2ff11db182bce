import assert from 'node:assert/strict';
import { workflowBundle } from '../support/servers.ts';

/**
 * Without its source map, which is two thirds of it and runs nowhere. A worker keeps one copy of the bundle; an AWS client in it
 * doubles its size without an error.
 */
const LARGEST_BYTES = 1_500_000;

describe('the workflow bundle', () => {
  it('is small and holds no AWS client, no validation library and no Node built-in', async () => {
    const { code } = await workflowBundle();
    const length = code.indexOf('//# sourceMappingURL');
    assert.ok(length > 0 && length < LARGEST_BYTES, `${String(length)} bytes`);
    for (const module of ['node_modules/@aws-sdk', 'node_modules/zod', 'node_modules/yaml', 'node_modules/mdast']) {
      assert.ok(!code.includes(module), module);
    }
  });
});
