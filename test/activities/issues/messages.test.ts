import assert from 'node:assert/strict';
import { fixed, Testing } from './fixture.ts';

const resolve = { issue: 'I-1', by: 'ines', ...fixed };

function withIssue(more: ConstructorParameters<typeof Testing>[0] = {}): Testing {
  const testing = new Testing(more);
  testing.ran(['one'], 'r1');
  return testing;
}

describe('messages about issues', () => {
  it('resolve: of two who mend one issue the first counts, and the second is told', () => {
    const testing = withIssue();
    assert.deepEqual(testing.say('resolveIssue', resolve), {
      code: 'ACCEPTED',
      reason: 'I-1 resolved; it is closed when its case passes at another revision',
      entry: 3,
      task: undefined,
    });
    const second = testing.say('resolveIssue', { ...resolve, by: 'dev2', note: 'mended as well' });
    assert.deepEqual(
      [second.code, second.reason],
      ['REPEATED', 'I-1 was resolved by ines already, and waits for its retest'],
    );
    assert.equal(testing.issue('I-1').resolution?.note, 'mended');
    testing.fact('fix', '4.3/b1', { resolved: [{ issue: 'I-1', note: 'and I', waiver: 'x' }] }, '4.3/b1');
    assert.equal(testing.issue('I-1').resolution?.by, 'ines');
    testing.ran([], 'r2');
    assert.equal(testing.say('resolveIssue', resolve).code, 'LATE');
  });

  it('resolve: is for who holds the agent, or to whom it is assigned', () => {
    const testing = withIssue();
    const denied = testing.say('resolveIssue', { ...resolve, by: 'max' });
    assert.deepEqual([denied.code, denied.reason], ['DENIED', 'this is for Development Agent (held by ines, dev2)']);
    assert.equal(testing.say('assignIssue', { issue: 'I-1', to: 'max', by: 'ines' }).code, 'DENIED');
    assert.equal(testing.say('assignIssue', { issue: 'I-1', to: 'maxi', by: 'lee' }).code, 'UNKNOWN');
    assert.equal(testing.say('assignIssue', { issue: 'I-1', to: 'max', by: 'lee' }).code, 'ACCEPTED');
    assert.equal(testing.say('assignIssue', { issue: 'I-1', to: 'max', by: 'lee' }).code, 'REPEATED');
    assert.equal(testing.say('resolveIssue', { ...resolve, by: 'max' }).code, 'ACCEPTED');
    assert.equal(testing.say('resolveIssue', { ...resolve, by: 'nobody' }).code, 'UNKNOWN');
    assert.equal(withIssue({ open: true }).say('resolveIssue', { ...resolve, by: 'anyone' }).code, 'ACCEPTED');
  });

  it('resolve: names a test case, or says why it needs none', () => {
    const testing = withIssue();
    const bare = testing.say('resolveIssue', { issue: 'I-1', by: 'ines', note: 'mended' });
    assert.equal(bare.code, 'REFUSED');
    assert.match(bare.reason, /no test case .* "cases", or say in "reason" why/);
    const waived = { issue: 'I-1', by: 'ines', note: 'mended', reason: 'the failing case covers it' };
    assert.equal(testing.say('resolveIssue', waived).code, 'ACCEPTED');
    assert.equal(testing.issue('I-1').resolution?.waiver, 'the failing case covers it');
    const placeholder = testing.say('resolveIssue', { ...resolve, note: 'WHAT' });
    assert.match(placeholder.reason, /^"note" still says WHAT/);
  });

  it('resolve: the revision that has failed carries no fix, and a fix in another one is awaited', () => {
    const testing = withIssue();
    assert.equal(testing.say('resolveIssue', { ...resolve, revision: 'r1' }).code, 'REFUSED');
    assert.equal(testing.say('resolveIssue', { ...resolve, revision: 'r3' }).code, 'ACCEPTED');
    testing.ran(['one'], 'r2');
    assert.equal(testing.stateOf('I-1'), 'resolved');
    assert.equal(testing.issue('I-1').because, 'revision r2 was tested, and ines has named r3');
    testing.ran(['one'], 'r3');
    assert.deepEqual([testing.stateOf('I-1'), testing.issue('I-1').reopened], ['open', 1]);
  });

  it('name an issue that does not exist: the nearest is named', () => {
    const testing = withIssue();
    const { code, reason } = testing.say('deferIssue', { issue: 'I-9', by: 'lee', reason: 'later' });
    assert.deepEqual([code, reason], ['UNKNOWN', 'there is no issue "I-9"; did you mean "I-1"?']);
    const none = new Testing().say('deferIssue', { issue: 'constructor', by: 'lee', reason: 'later' });
    assert.deepEqual([none.code, none.reason], ['UNKNOWN', 'there is no issue "constructor"; none is open']);
  });

  it('defer: by operators, or by the role of the playbook; an operator takes it up again', () => {
    const testing = withIssue();
    const defer = { issue: 'I-1', reason: 'after the release' };
    assert.equal(testing.say('deferIssue', { ...defer, by: 'ines' }).code, 'DENIED');
    assert.equal(testing.say('deferIssue', { ...defer, by: 'lee' }).code, 'ACCEPTED');
    assert.equal(testing.say('deferIssue', { ...defer, by: 'lee' }).code, 'REPEATED');
    assert.equal(testing.say('resolveIssue', resolve).code, 'REFUSED');
    testing.ran(['one'], 'r2');
    assert.equal(testing.stateOf('I-1'), 'deferred');
    assert.equal(testing.say('assignIssue', { issue: 'I-1', to: 'ines', by: 'lee' }).code, 'ACCEPTED');
    assert.deepEqual([testing.stateOf('I-1'), testing.issue('I-1').deferral], ['open', undefined]);

    const owned = withIssue({ loop: { deferBy: 'Product Owner' } });
    const denied = owned.say('deferIssue', { ...defer, by: 'lee' });
    assert.deepEqual([denied.code, denied.reason], ['DENIED', 'only Product Owner (held by uma) defers issues']);
    assert.equal(owned.say('deferIssue', { ...defer, by: 'uma' }).code, 'ACCEPTED');
    owned.ran([], 'r2');
    assert.equal(owned.stateOf('I-1'), 'closed');
  });

  it('report: by anyone who is listed; about a case, it is closed as others are', () => {
    const testing = withIssue();
    const report = { title: 'Total is wrong', severity: 'low', by: 'max' };
    assert.equal(testing.say('reportIssue', { ...report, by: 'eve' }).code, 'UNKNOWN');
    assert.match(
      testing.say('reportIssue', { ...report, severity: 'bad' }).reason,
      /one of critical, high, medium, low/,
    );
    const about = { ...report, case: 'component/testing/two' };
    const said = 'a round has to see its case pass, by this very key';
    assert.equal(testing.say('reportIssue', about).reason, `I-2 is open; ${said}`);
    assert.equal(testing.say('reportIssue', about).code, 'REPEATED');
    const unknown = testing.say('reportIssue', { ...report, case: 'componnet/testing/two' });
    assert.equal(unknown.code, 'UNKNOWN');
    assert.match(unknown.reason, /did you mean "component\/testing"/);
    assert.equal(testing.say('reportIssue', { ...report, case: 'component/testing/' }).code, 'UNKNOWN');
    const { agent, severity, opened } = testing.issue('I-2');
    assert.deepEqual([agent, severity, opened.by], ['Development Agent', 'low', 'max']);
    testing.ran(['one'], 'r2', { passing: ['two'] });
    assert.equal(testing.stateOf('I-2'), 'closed');
    assert.equal(testing.say('reportIssue', about).reason, `I-2 is open again; ${said}`);
    assert.equal(testing.issue('I-2').reopened, 1);
    // Once it has failed, it is known to be a case, and a run that does not list it has seen it pass.
    testing.ran(['one', 'two'], 'r3');
    testing.ran(['one'], 'r4');
    assert.equal(testing.stateOf('I-2'), 'closed');
  });

  it('report: about a case that no run has told of, such as a mistyped one, it stays open and says why', () => {
    const testing = withIssue();
    testing.say('reportIssue', { title: 'Total', severity: 'low', by: 'max', case: 'component/testing/onne' });
    testing.say('resolveIssue', { ...resolve, issue: 'I-2' });
    testing.ran([], 'r2', { passing: ['one'] });
    assert.deepEqual(testing.states, ['I-1 closed', 'I-2 resolved']);
    assert.match(testing.issue('I-2').because ?? '', /no run has told of a case with this key .* may be mistyped/);
    assert.equal(testing.say('deferIssue', { issue: 'I-2', reason: 'mistyped', by: 'lee' }).code, 'ACCEPTED');
  });

  it('report: without a case, another person than who has mended it confirms', () => {
    const testing = withIssue();
    testing.say('reportIssue', { title: 'Slow', severity: 'high', by: 'max' });
    assert.match(testing.say('resolveIssue', { ...resolve, issue: 'I-2' }).reason, /whom operators assign it to/);
    testing.say('assignIssue', { issue: 'I-2', to: 'ines', by: 'lee' });
    assert.match(testing.say('resolveIssue', { ...resolve, issue: 'I-2' }).reason, /closed when max, or an operator,/);
    assert.equal(testing.say('resolveIssue', { ...resolve, issue: 'I-2' }).code, 'REPEATED');
    assert.equal(testing.say('resolveIssue', { issue: 'I-2', by: 'max', note: 'fast now' }).code, 'ACCEPTED');
    assert.deepEqual([testing.stateOf('I-2'), testing.issue('I-2').closed?.by], ['closed', 'max']);
  });

  it('report: of many that the same person closes, the oldest leave the log, and others may go on', () => {
    const testing = new Testing();
    for (let index = 1; index <= 1_050; index += 1) {
      const reported = testing.say('reportIssue', { title: `t${String(index)}`, severity: 'low', by: 'max' });
      assert.equal(reported.code, 'ACCEPTED');
      testing.say('resolveIssue', { issue: `I-${String(index)}`, by: 'max', note: 'no fault' });
    }
    assert.deepEqual([testing.log.issues.length, testing.log.dropped, testing.log.counter], [1_000, 50, 1_050]);
    assert.equal(testing.view().closed, 1_050);
  });

  it('show what somebody has written as it is to be seen, and refuse a title that nobody can see', () => {
    const testing = new Testing();
    const hidden = testing.say('reportIssue', { title: ' \u202e\u0007', severity: 'low', by: 'max' });
    assert.deepEqual([hidden.code, testing.states], ['REFUSED', []]);
    const resolve = { issue: 'I-\u202e\u00077', by: 'ines', ...fixed };
    assert.equal(testing.say('resolveIssue', resolve).reason, 'there is no issue "I- 7"; none is open');
    testing.ran(['one'], 'r1');
    assert.equal(testing.say('resolveIssue', resolve).reason, 'there is no issue "I- 7"; there is I-1');
  });

  it('report: no more than the log holds', () => {
    const testing = new Testing();
    testing.ran(
      Array.from({ length: 500 }, (_, index) => `case ${String(index)}`),
      'r1',
    );
    const { code, reason } = testing.say('reportIssue', { title: 'One more', severity: 'high', by: 'max' });
    assert.deepEqual([code, reason], ['REFUSED', 'the log of issues is full: 500 are open; mend or defer some first']);
  });
});
