import assert from 'node:assert/strict';
import { Cases } from '../../../src/activities/suite/parse/cases.ts';
import { CucumberParser } from '../../../src/activities/suite/parse/cucumber.ts';
import { JunitParser } from '../../../src/activities/suite/parse/junit.ts';
import { playwrightParser } from '../../../src/activities/suite/parse/playwright.ts';
import type { ReportParser } from '../../../src/activities/suite/parse/report.ts';

function read(parser: ReportParser, report: string) {
  parser.write(report);
  return parser
    .end()
    .all()
    .map(({ key, state }) => `${key} ${state}`);
}

describe('a failure that a report tells in its own way', () => {
  it('of all suites, in JUnit XML, is a case that fails', () => {
    const report = '<testsuites><testcase name="a"/><error message="no tear-down"/></testsuites>';
    assert.deepEqual(read(new JunitParser(), report), ['a passed', '(suite) failed']);
  });

  it('in the status of a case, in JUnit XML, fails the case', () => {
    const report =
      '<testsuite name="s"><testcase name="a" status="Failed"/><testcase name="b" result="error"/><testcase name="c" status="run"/></testsuite>';
    assert.deepEqual(read(new JunitParser(), report), ['s › a failed', 's › b failed', 's › c passed']);
  });

  it('under the prefix of a namespace, in JUnit XML, fails the case', () => {
    const report =
      '<j:testsuite xmlns:j="urn:j" name="s"><j:testcase name="a"><j:failure/></j:testcase><j:testcase name="b"/></j:testsuite>';
    assert.deepEqual(read(new JunitParser(), report), ['s › a failed', 's › b passed']);
  });

  it('only of reruns, in JUnit XML, fails the case', () => {
    const report = '<testsuite name="s" failures="1"><testcase name="a"><rerunFailure/></testcase></testsuite>';
    assert.deepEqual(read(new JunitParser(), report), ['s › a failed']);
  });

  it('in an element for each failure, in JUnit XML, is named by as many as are counted', () => {
    const report =
      '<testsuite name="s" failures="1" errors="1"><testcase name="a"><failure/><error/></testcase></testsuite>';
    assert.deepEqual(read(new JunitParser(), report), ['s › a failed']);
  });

  it('is not what a case has beside its result, in JUnit XML', () => {
    const beside =
      '<properties><property name="owner" value="dana"/></properties><system-out>1</system-out><system-err>2</system-err>';
    const flaky = '<flakyFailure><stackTrace>at a</stackTrace><system-out/></flakyFailure><flakyError/>';
    const report = `<testsuite name="s"><testcase name="a">${beside}</testcase><testcase name="b">${flaky}</testcase></testsuite>`;
    assert.deepEqual(read(new JunitParser(), report), ['s › a passed', 's › b flaky']);
  });

  it('of a spec that has run nothing, in Playwright, makes the report unusable', () => {
    const ran = { title: 'b', tests: [{ status: 'expected', results: [{ status: 'passed' }] }] };
    const report = (tests: readonly object[]) => ({ suites: [{ title: 'a', specs: [ran, { title: 'c', tests }] }] });
    const says = (tests: readonly object[], told: RegExp) =>
      assert.throws(() => read(playwrightParser(), JSON.stringify(report(tests))), told);
    says([], /its spec "c" has no test, so it ran nothing/);
    says([{ status: 'expected', results: [] }], /its test "c" is expected, and has no result: it ran nothing/);
    const skipped = [{ status: 'skipped', results: [] }];
    assert.deepEqual(read(playwrightParser(), JSON.stringify(report(skipped))), ['a › b passed', 'a › c skipped']);
  });

  it('of a scenario that never came to an end, in Cucumber, makes the report unusable', () => {
    const began = [
      { pickle: { id: 'p', uri: 'f', name: 'n' } },
      { testCase: { id: 't1', pickleId: 'p' } },
      { testCase: { id: 't2', pickleId: 'p' } },
      { testCaseStarted: { id: 's1', testCaseId: 't1' } },
      { testCaseFinished: { testCaseStartedId: 's1' } },
    ];
    const retried = [
      { testCaseStarted: { id: 's2', testCaseId: 't2' } },
      { testCaseFinished: { testCaseStartedId: 's2', willBeRetried: true } },
    ];
    const end = { testRunFinished: { success: true } };
    for (const messages of [
      [...began, end],
      [...began, ...retried, end],
    ]) {
      const report = messages.map((one) => JSON.stringify(one)).join('\n');
      assert.throws(() => read(new CucumberParser(), report), /1 scenario of it never came to an end/);
    }
  });

  it('keeps whole characters in the keys of cases with the same long name', () => {
    const cases = new Cases();
    for (const _ of [1, 2]) cases.add({ path: [], name: `${'x'.repeat(191)}\u{1F600}\u{1F600}`, state: 'passed' });
    for (const { key } of cases.all()) assert.ok(key.isWellFormed(), key);
  });
});
