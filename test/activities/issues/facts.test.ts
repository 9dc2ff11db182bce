import assert from 'node:assert/strict';
import { bytesOf, type JsonObject } from '../../../src/base/json.ts';
import { fixed, suiteFact, Testing } from './fixture.ts';

describe('issues of suites', () => {
  it('are opened by failing cases, one for each, and closed when their case passes at another revision', () => {
    const testing = new Testing();
    testing.ran(['one', 'two'], 'r1');
    assert.deepEqual(testing.states, ['I-1 open', 'I-2 open']);
    assert.equal(testing.lastEntry, 'issues component/testing: opened I-1, I-2');
    const { found, title, severity, component, agent, message, failedAt, opened } = testing.issue('I-1');
    assert.deepEqual(
      [found, title, severity, component, agent, message, failedAt, opened.evidence],
      [
        { suite: 'component', environment: 'testing', case: 'one' },
        'Case one',
        'high',
        'orders api',
        'Development Agent',
        'expected 200, was 500 (one)',
        'r1',
        { where: 'suites/component-testing-1.json', sha256: 'a'.repeat(64) },
      ],
    );
    testing.ran(['two'], 'r2');
    assert.deepEqual(testing.states, ['I-1 closed', 'I-2 open']);
    assert.equal(testing.issue('I-1').closed?.revision, 'r2');
    assert.equal(testing.issue('I-2').failedAt, 'r2');
  });

  it('come back when their case fails again', () => {
    const testing = new Testing();
    testing.ran(['one'], 'r1');
    testing.ran([], 'r2');
    testing.ran(['one'], 'r3');
    const { state, reopened, closed, failedAt } = testing.issue('I-1');
    assert.deepEqual([state, reopened, closed, failedAt], ['open', 1, undefined, 'r3']);
    assert.equal(testing.lastEntry, 'issues component/testing: reopened I-1');
    assert.equal(testing.log.issues.length, 1);
  });

  it('stay open when they are resolved without a new revision, and say so', () => {
    for (const failing of [['one'], []]) {
      const testing = new Testing();
      testing.ran(['one'], 'r1');
      assert.equal(testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed }).code, 'ACCEPTED');
      assert.equal(testing.stateOf('I-1'), 'resolved');
      testing.ran(failing, 'r1');
      const { state, because, reopened } = testing.issue('I-1');
      assert.deepEqual([state, reopened], ['open', 0]);
      assert.equal(because, 'resolved by ines, but no new revision runs: it is still r1');
      assert.equal(testing.lastEntry, 'issues component/testing: returned I-1: no new revision runs');
    }
  });

  it('stay open when their case passes without a new revision: it is flaky', () => {
    const testing = new Testing();
    testing.ran(['one'], 'r1');
    testing.ran([], 'r1');
    assert.equal(testing.stateOf('I-1'), 'open');
    assert.match(testing.issue('I-1').because ?? '', /passes now at revision r1, at which it has failed: flaky/);
    assert.equal(testing.state.ledger.recent.filter(({ what }) => what === 'issues').length, 1);
  });

  it('are not closed by a case that is skipped, flaky, or gone from the suite', () => {
    const runs = [
      { skipped: ['one'] },
      { flaky: ['one'] },
      { caseSet: '2'.repeat(64) },
      { more: 3 },
      // A list that is shorter than its count.
      { cases: { total: 900, passed: 0, failed: 0, skipped: 900, flaky: 0 } },
    ];
    for (const more of runs) {
      const testing = new Testing();
      testing.ran(['one'], 'r1');
      testing.ran([], 'r2', more);
      assert.equal(testing.stateOf('I-1'), 'open', JSON.stringify(more));
      assert.ok(testing.issue('I-1').because);
      testing.ran([], 'r3', { caseSet: '2'.repeat(64), passing: ['one'] });
      assert.equal(testing.stateOf('I-1'), 'closed');
    }
  });

  it('of a suite that names no revision are closed once somebody has resolved them', () => {
    const testing = new Testing();
    testing.ran(['one'], 'unstated');
    testing.ran([], 'unstated');
    assert.equal(testing.stateOf('I-1'), 'open');
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    testing.ran(['one'], 'unstated');
    assert.deepEqual([testing.stateOf('I-1'), testing.issue('I-1').reopened], ['open', 1]);
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    testing.ran([], 'unstated');
    assert.equal(testing.stateOf('I-1'), 'closed');
  });

  it('are not reopened by a run that is told again, or has ended before the last', () => {
    const testing = new Testing();
    const first = testing.ran(['one'], 'r1');
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    const before = testing.state.slices;
    testing.tell(first);
    assert.equal(testing.state.slices, before);
    testing.ran([], 'r2');
    testing.tell(first);
    assert.equal(testing.stateOf('I-1'), 'closed');
    testing.tell(suiteFact(['one'], { at: new Date(testing.now + 10 * 86_400_000).toISOString() }));
    assert.equal(testing.stateOf('I-1'), 'closed', 'a run of the far future is made up');
  });

  it('are not those of a run whose clock is far ahead, which the ledger says; what runs later has its issues', () => {
    const testing = new Testing();
    testing.ran(['one'], 'r1', { at: new Date(testing.now + 3_600_000).toISOString() });
    assert.deepEqual(testing.states, []);
    assert.match(
      testing.lastEntry,
      /^issues component\/testing: left out: by its worker's clock the run ends 60 minutes from now;/,
    );
    testing.ran(['one'], 'r1');
    assert.deepEqual(testing.states, ['I-1 open']);
  });

  it('of 500 failing cases at once are 500, in one entry of the ledger; what is beyond is counted, and found later', () => {
    const testing = new Testing();
    const keys = Array.from({ length: 500 }, (_, index) => `case ${String(index)}`);
    const entries = testing.state.ledger.length;
    testing.ran(keys, 'r1', { more: 20 });
    assert.equal(testing.log.issues.length, 500);
    assert.equal(testing.state.ledger.length, entries + 2, 'one of the suite, and one of its issues');
    assert.match(testing.lastEntry, /opened I-1, .*, I-10 and 490 more; 20 failing cases beyond what the log holds$/);
    testing.ran(['other'], 'r1', { suite: 'api' });
    assert.equal(testing.view().beyond, 21);
    testing.ran(keys.slice(1), 'r2');
    testing.ran(['other'], 'r2', { suite: 'api' });
    assert.deepEqual([testing.stateOf('I-1'), testing.stateOf('I-501'), testing.view().beyond], ['closed', 'open', 0]);
    assert.ok(bytesOf(testing.log) < 900_000);
  });

  it('leave out the oldest closed ones of more than 1,000', () => {
    const testing = new Testing();
    for (let run = 0; run < 3; run += 1) {
      const keys = Array.from({ length: 400 }, (_, index) => `case ${String(run)} ${String(index)}`);
      testing.ran(keys, `r${String(run)}`);
    }
    testing.ran([], 'r9');
    assert.equal(testing.log.issues.length, 1000);
    assert.equal(testing.log.dropped, 200);
    assert.deepEqual([testing.view().closed, testing.view().open], [1200, 0]);
  });

  it('are marked as resolved by what an agent tells, if it names a test case or says why it needs none', () => {
    const testing = new Testing();
    testing.ran(['one', 'two', 'three'], 'r1');
    const resolved: JsonObject[] = [
      { issue: 'I-1', note: 'index', cases: ['Orders › one'] },
      { issue: 'I-2', note: 'typo', waiver: 'the failing case covers it' },
      { issue: 'I-3', note: 'trust me' },
      { issue: 'I-99', note: 'of another phase', waiver: 'none' },
    ];
    testing.fact('fix', '4.3/b1', { resolved }, '4.3/b1');
    assert.deepEqual(testing.states, ['I-1 resolved', 'I-2 resolved', 'I-3 open']);
    assert.equal(testing.issue('I-1').resolution?.by, 'Development Agent');
    assert.match(testing.issue('I-3').because ?? '', /names no test case/);
    assert.equal(testing.lastEntry, 'issues 4.3/b1: resolved I-1, I-2');
    testing.ran(['one', 'two', 'three'], 'r2');
    assert.deepEqual(testing.states, ['I-1 open', 'I-2 open', 'I-3 open']);
    testing.fact('fix', '4.3/b1', { resolved }, '4.3/b1');
    assert.equal(testing.stateOf('I-1'), 'open', 'the same fix counts once');
  });
});
