import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clipSummary } from '../../src/base/text.ts';

describe('a summary', () => {
  it('keeps the end of its meaning within the 120 characters that the Web UI shows', () => {
    const title = 'Provision the environments of all teams, '.repeat(6);
    const [first = '', ...rest] = clipSummary(`${title} · network · development`).split(' · ');
    assert.match(first, /^Provision the environments .*…$/);
    assert.deepEqual(rest, ['network', 'development']);
    const both = clipSummary(`${title} · ${title}`).split(' · ');
    assert.deepEqual(
      both.map(({ length }) => length),
      [58, 59],
    );
  });

  it('stays as it is where it is short enough, and is one line', () => {
    const text = `${'x'.repeat(106)} · development`;
    assert.equal(clipSummary(text), text);
    assert.equal(clipSummary(' Code \n Deployment · settle '), 'Code Deployment · settle');
  });

  it('has 120 characters at most, whatever it is made of', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 150 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const summary = clipSummary(parts.join(' · '));
        assert.ok(summary.length <= 120);
        assert.ok(summary.isWellFormed() || !parts.join('').isWellFormed());
      }),
    );
  });
});
