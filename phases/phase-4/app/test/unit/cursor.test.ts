import assert from 'node:assert/strict';
import { cursors } from '../../src/http/cursor.ts';

describe('cursor', () => {
  const key = { pk: 'ORDER#1', sk: 'ORDER', state: 'placed', createdAt: '2026-11-29T12:00:00.000Z' };
  const signed = cursors('a key of at least thirty-two bytes');
  const cursor = signed.write('orders:placed', key);
  const [content = '', signature = ''] = cursor.split('.');

  it('comes back as the key that it was made of', () => {
    assert.deepEqual(signed.read('orders:placed', cursor), key);
  });

  const forged = Buffer.from(JSON.stringify({ for: 'orders:placed', at: { pk: 'ONCE#1' } })).toString('base64url');
  for (const [what, wrong] of [
    ['empty', ''],
    ['not signed', content],
    ['signed for another content', `${forged}.${signature}`],
    ['cut off', cursor.slice(0, -1)],
    ['longer', `${cursor}.x`],
    ['signed with another key', cursors('another key of thirty-two bytes or so').write('orders:placed', key)],
    ['not ASCII', `${content}.é${signature.slice(2)}`],
  ] as const)
    it(`is refused when it is ${what}`, () => {
      assert.throws(() => signed.read('orders:placed', wrong), { kind: 'unknown-cursor' });
    });

  it('is refused for another list', () => {
    assert.throws(() => signed.read('orders:shipped', cursor), { kind: 'unknown-cursor' });
  });
});
