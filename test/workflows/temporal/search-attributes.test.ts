import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clipDetails, clipSummary } from '../../../src/base/text.ts';
import { clipValue, clipValues } from '../../../src/workflows/temporal/search-attributes.ts';

describe('what is shown outside the workflow', () => {
  it('keeps search attributes within what the server accepts, and says how many values were cut', () => {
    const many = Array.from({ length: 500 }, (_, index) => `4.1/task-${String(index)}`);
    const clipped = clipValues(many);
    assert.ok(Buffer.byteLength(clipped.join('')) < 2048);
    assert.match(clipped.at(-1) ?? '', /^and \d+ more$/);
    assert.deepEqual(clipValues(['a', 'b']), ['a', 'b']);
  });

  it('never cuts inside a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const clipped = clipValue(text);
        assert.ok(Buffer.byteLength(clipped) <= 200);
        assert.ok(text.startsWith(clipped));
        assert.ok(clipped.isWellFormed());
      }),
    );
  });

  it('clips summaries to one line of 120 characters and details to 20,000', () => {
    assert.equal(clipSummary('a\n b'), 'a b');
    assert.equal(clipSummary('x'.repeat(500)).length, 120);
    const details = clipDetails('row\n'.repeat(10_000));
    assert.ok(details.length <= 20_000);
    assert.match(details, /cut; see the status query\n$/);
  });
});
