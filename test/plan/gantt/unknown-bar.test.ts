import assert from 'node:assert/strict';
import { readAll } from './read-chart.ts';

describe('a bar that follows one that is not there', () => {
  const unknown = (body: string) =>
    readAll(`dateFormat D\nsection One\n${body}`).problems.filter(({ code }) => code === 'gantt-unknown-bar');

  const refused: readonly [name: string, body: string][] = [
    ['a click', 'Click stream :a1, 01, 12h\nLoad test :a2, after a1, 1d'],
    ['a keyword', 'todayMarker x :a1, 01, 1d\nLoad test :a2, after a1, 1d'],
    ['a comment', '5% rollout :a1, 01, 1d\nLoad test :a2, 01, until a1'],
    ['one without an id', 'Click stream :01, 1d\nLoad test :a2, after task1, 1d'],
  ];
  for (const [name, body] of refused) {
    it(`has no error of its own where that has been refused: ${name}`, () => {
      assert.deepEqual(unknown(body), []);
    });
  }

  it('has one all the same where another line has been refused', () => {
    assert.equal(unknown('Click stream :a1, 01, 12h\nLoad test :a2, after b1, 1d').length, 1);
  });

  it('is never told that it may follow itself', () => {
    const [problem] = unknown('Load test :a2, after a1, 1d\nOther :b9, 01, 1d');
    assert.deepEqual([problem?.expected, problem?.suggestion], ['one of "b9"', undefined]);
    assert.equal(unknown('Load test :a2, after a1, 1d')[0]?.expected, undefined);
  });
});
