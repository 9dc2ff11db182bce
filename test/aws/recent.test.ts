import assert from 'node:assert/strict';
import { Recent } from '../../src/aws/recent.ts';

describe('recent values', () => {
  it('are those that were used last', () => {
    const kept = new Recent<number>(2);
    kept.set('a', 1);
    kept.set('b', 2);
    assert.equal(kept.get('a'), 1);
    kept.set('c', 3);
    assert.equal(kept.get('b'), undefined);
    assert.equal(kept.get('a'), 1);
    kept.set('a', 4);
    assert.deepEqual([kept.get('a'), kept.get('c')], [4, 3]);
  });
});
