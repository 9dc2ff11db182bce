import assert from 'node:assert/strict';
import { boardSections, stateChecks } from '../../../src/activities/slices.ts';
import { failingCase, fixed, Testing } from './fixture.ts';

const keys = Array.from({ length: 500 }, (_, index) => `case ${String(index)}`);

/** A phase with 500 issues, of which `defer` are deferred. */
function with500({ defer = 0 } = {}): Testing {
  const testing = new Testing();
  testing.ran(keys, 'r1');
  for (let number = 1; number <= defer; number += 1) deferred(testing, `I-${String(number)}`);
  return testing;
}

function deferred(testing: Testing, issue: string): void {
  assert.equal(testing.say('deferIssue', { issue, by: 'lee', reason: 'later' }).code, 'ACCEPTED');
}

function check(testing: Testing, severity = 'low') {
  const { state, reason } = stateChecks['issues']!(testing.state, { severity });
  return `${state}: ${reason}`;
}

const OPEN = 'the log of issues is full: 500 are open; mend or defer some first';

describe('a log of issues that is full', () => {
  it('has room for what fails when issues are deferred, or wait for their retest', () => {
    const testing = with500({ defer: 499 });
    testing.say('resolveIssue', { issue: 'I-500', by: 'ines', ...fixed });
    testing.ran(['new'], 'r1', { suite: 'api' });
    assert.equal(testing.stateOf('I-501'), 'open');
    assert.match(
      check(testing),
      /^failed: 2 issues open: I-500 Case case 499 \(resolved, not retested\); I-501 Case new$/,
    );
    const said = testing.say('reportIssue', { title: 'One more', severity: 'low', by: 'max' });
    assert.deepEqual([said.code, testing.stateOf('I-502')], ['ACCEPTED', 'open']);
  });

  it('holds the check by what fails, when deferred issues alone fill it', () => {
    const testing = with500({ defer: 500 });
    const report = () => testing.say('reportIssue', { title: 'One more', severity: 'low', by: 'max' });
    for (let number = 501; number <= 1000; number += 1) assert.equal(report().code, 'ACCEPTED');
    assert.deepEqual([report().code, report().reason], ['REFUSED', OPEN]);
    for (let number = 501; number <= 1000; number += 1) deferred(testing, `I-${String(number)}`);
    assert.match(check(testing), /^passed/);
    testing.ran(['new'], 'r1', { suite: 'browser' });
    assert.deepEqual([testing.log.issues.length, testing.log.counter], [1000, 1000]);
    assert.equal(check(testing), 'failed: 1 failing case beyond what the log holds');
    assert.match(testing.lastEntry, /^issues browser\/testing: 1 failing case beyond what the log holds$/);
    assert.equal(
      report().reason,
      'the log of issues is full: 1000 are not closed, and one is closed when its case passes',
    );
  });

  it('tells a user whose declined case has no issue, holds the check, and opens the issue when there is room', () => {
    const testing = with500();
    const cases = ['place', 'cancel'].map((key) => ({ key, title: `Try to ${key}`, steps: 's' }));
    const session = { environment: 'testing', revision: 'r1', who: 'Product Owner', cases, severity: 'critical' };
    testing.fact('uat', 'testing', session, '4.3/c1');
    const decline = { result: 'failed', revision: 'r1', by: 'uma', note: 'wrong' };
    const said = testing.say('signOff', { ...decline, case: 'place' });
    const told = `failed at revision r1; its issue is opened when there is room: ${OPEN}`;
    assert.deepEqual([said.code, said.reason], ['ACCEPTED', told]);
    assert.match(testing.lastEntry, /its issue is opened when there is room/);
    testing.say('signOff', { ...decline, case: 'cancel' });
    assert.equal(check(testing, 'critical'), 'failed: 2 declined cases beyond what the log holds');
    testing.ran(keys.slice(2), 'r2');
    assert.deepEqual([testing.issue('I-501').title, testing.issue('I-502').title], ['Try to place', 'Try to cancel']);
    assert.equal(testing.lastEntry, 'issues uat/testing: opened I-501, I-502');
    assert.match(check(testing, 'critical'), /^failed: 2 issues open at critical or above: I-501 Try to place; I-502/);
  });

  it('says that it leaves out what an agent has mended, once', () => {
    const testing = new Testing();
    const wide = '漢'.repeat(200);
    const failing = keys.map((key) => ({ ...failingCase(key), message: wide }));
    testing.ran([], 'r1', { failing });
    const ids = testing.log.issues.map(({ id }) => id);
    const told = (note: string) => ({ resolved: ids.map((issue) => ({ issue, note, cases: [wide, `${wide}2`] })) });
    testing.fact('fix', '4.3/b1', told(wide), '4.3/b1');
    assert.match(testing.lastEntry, /^issues 4\.3\/b1: resolved I-1/);
    testing.ran([], 'r2', { failing });
    assert.equal(testing.stateOf('I-1'), 'open');
    testing.fact('fix', '4.3/b1', told('again'), '4.3/b1');
    assert.equal(
      testing.lastEntry,
      `issues 4.3/b1: ${String(ids.length)} fixes left out, whose issues stay as they are: the log of issues is full: it has more than 900000 bytes, and shrinks as issues are closed`,
    );
    assert.equal(testing.stateOf('I-1'), 'open');
    const { length } = testing.state.ledger;
    testing.fact('fix', '4.3/b1', told('again'), '4.3/b1');
    assert.equal(testing.state.ledger.length, length);
    const said = testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    assert.match(said.reason, /^the log of issues is full: it has more than 900000 bytes/);
  });

  it('shows on the board that declined cases have no issue', () => {
    const testing = with500();
    const cases = [{ key: 'place', title: 'Place', steps: 's' }];
    const session = { environment: 'testing', revision: 'r1', who: 'Product Owner', cases };
    testing.fact('uat', 'testing', session, '4.3/c1');
    testing.say('signOff', { case: 'place', result: 'failed', revision: 'r1', by: 'uma', note: 'wrong' });
    const section = boardSections(testing.state).find(({ title }) => title === 'Issues');
    assert.deepEqual(section?.items.at(-1), { text: 'and 1 declined case beyond what the log holds' });
  });
});
