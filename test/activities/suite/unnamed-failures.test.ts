import assert from 'node:assert/strict';
import { Cases } from '../../../src/activities/suite/parse/cases.ts';
import { CucumberParser } from '../../../src/activities/suite/parse/cucumber.ts';
import { JunitParser } from '../../../src/activities/suite/parse/junit.ts';
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
