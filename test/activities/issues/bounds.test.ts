import assert from 'node:assert/strict';
import { fixed, Testing } from './fixture.ts';

/** Carries out rounds until none is offered, at most 60. */
function roundsUntilRest(testing: Testing, carryOut: (round: { number: number; idle: boolean }) => void): number {
  let count = 0;
  for (let round = testing.next(); count < 60 && round !== undefined && 'told' in round; round = testing.next()) {
    count += 1;
    carryOut({ number: round.number, idle: round.idle === true });
    testing.roundOver(round.number);
  }
  return count;
}

describe('rounds of issues that would never end', () => {
  const skipping = { skipped: ['one'], cases: { total: 10, passed: 9, failed: 0, skipped: 1, flaky: 0 } };

  for (const { what, first, retest } of [
    { what: 'skips', first: {}, retest: (testing: Testing) => testing.ran([], 'r2', skipping) },
    {
      what: 'has no more',
      first: {},
      retest: (testing: Testing) => testing.ran([], 'r2', { caseSet: '2'.repeat(64) }),
    },
    { what: 'does not run', first: { environment: 'production' }, retest: (testing: Testing) => testing.ran([], 'r2') },
  ]) {
    it(`come to rest, with an escalation, when a resolved issue is of a case that the retest ${what}`, () => {
      const testing = new Testing();
      testing.roundOver(0);
      testing.ran(['one'], 'r1', first);
      testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
      const rounds = roundsUntilRest(testing, () => void retest(testing));
      assert.deepEqual([rounds, testing.states, testing.next()], [2, ['I-1 resolved'], undefined]);
      assert.match(testing.lastEntry, /^issues escalated 4\.3\/b1: 2 rounds have left 1 issue open \(I-1\)/);
      assert.equal(testing.say('resolveIssue', { issue: 'I-1', by: 'dev2', ...fixed }).code, 'ACCEPTED');
      assert.ok(
        [1, 2].includes(roundsUntilRest(testing, () => void retest(testing))),
        'resolved again, retested again',
      );
      assert.equal(testing.say('deferIssue', { issue: 'I-1', by: 'lee', reason: 'later' }).code, 'ACCEPTED');
    });
  }

  it('come to rest when a resolution names a revision, and the suite names none', () => {
    const testing = new Testing();
    testing.roundOver(0);
    testing.ran(['one'], 'unstated');
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', revision: 'r2', ...fixed });
    assert.equal(
      roundsUntilRest(testing, () => void testing.ran(['one'], 'unstated')),
      2,
    );
    assert.equal(testing.next(), undefined);
  });

  it('leave a case to people that has come back 20 times, however often it was mended', () => {
    const testing = new Testing();
    testing.roundOver(0);
    testing.over('4.3/a1');
    testing.ran(['one'], 'r0');
    const rounds = roundsUntilRest(testing, ({ number, idle }) => {
      const resolved = [{ issue: 'I-1', note: `mended for round ${String(number)}`, cases: ['one'] }];
      if (!idle) testing.fact('fix', '4.3/b1', { resolved }, '4.3/b1');
      testing.ran(idle ? ['one'] : [], `r${String(number)}`);
    });
    assert.deepEqual([rounds, testing.states, testing.issue('I-1').reopened], [40, ['I-1 open'], 20]);
    assert.match(testing.lastEntry, /^issues escalated 4\.3\/b1: 1 issue has come back 20 times \(I-1\)/);
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    assert.equal(
      roundsUntilRest(testing, () => void testing.ran([], 'mended')) > 0,
      true,
      'what people resolve is retested',
    );
    assert.equal(testing.stateOf('I-1'), 'closed');
  });

  it('run every suite once more when something was mended in the round in which an issue is deferred', () => {
    const testing = new Testing();
    testing.roundOver(0);
    testing.over('4.3/a1');
    testing.ran(['one', 'two'], 'r1');
    for (const round of [1, 2]) testing.roundOver(round);
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    assert.ok(testing.next());
    testing.ran(['two'], 'r2');
    assert.deepEqual(testing.states, ['I-1 closed', 'I-2 open']);
    testing.say('deferIssue', { issue: 'I-2', by: 'lee', reason: 'later' });
    testing.roundOver(3);
    assert.deepEqual(testing.next(), { number: 4, told: { issues: [], suites: ['component/testing'] }, idle: true });
  });
});
