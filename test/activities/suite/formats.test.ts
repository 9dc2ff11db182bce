import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Case } from '../../../src/activities/suite/parse/cases.ts';
import type { Format } from '../../../src/activities/suite/shape.ts';
import { Folders } from '../../support/folders.ts';
import { memoryStore, toolsIn } from '../../support/tools.ts';
import { runSuite, writes } from './fixture.ts';

const FILES = {
  jest: 'report.json',
  playwright: 'report.json',
  cucumber: 'report.ndjson',
  tap: 'report.tap',
  mocha: 'report.json',
  junit: 'report.xml',
};

/** Tests that the runner of Node, mocha and their like understand. */
const NODE_TESTS = `import test, { describe, it } from 'node:test';
describe('orders', () => { it('lists', () => {}); it('fails', () => { throw new Error('boom: x'); }); it.skip('skips', () => {}); it.todo('later'); });
test('top', async (t) => { await t.test('inner', () => {}); });
test('plain', () => {});`;

const MOCHA_TESTS = `describe('orders', () => {
  it('lists', () => {}); it('fails', () => { throw new Error('boom'); }); it.skip('skips', () => {});
  describe('deep', () => { let n = 0; it('flaky', function () { this.retries(2); if (++n < 2) throw new Error('first'); }); });
});
describe('hooked', () => { before(() => { throw new Error('no server'); }); it('never', () => {}); });`;

describe('a report of a suite', function () {
  this.timeout(60_000);
  let folders: Folders;
  let phaseDir: string;

  before(async () => {
    folders = await Folders.create({ phase: { 'node.mjs': NODE_TESTS, 'mocha.cjs': MOCHA_TESTS } });
    phaseDir = `${folders.phasesDir}/phase`;
  });
  after(() => folders.remove());

  /** Every case that a suite has stored. */
  async function casesOf(format: Format, script: string, run?: string[]): Promise<readonly Case[]> {
    const records = memoryStore();
    const more = { format, report: FILES[format], ...(run === undefined ? {} : { run }) };
    const { fact } = await runSuite(script, toolsIn(phaseDir, { records }), more);
    return (JSON.parse(records.files.get(fact.result.where) ?? '') as { readonly cases: readonly Case[] }).cases;
  }
  const short = (cases: readonly Case[]) =>
    cases.map(({ key, state, message = '', criteria = [] }) => [key, state, message.split('\n')[0], ...criteria]);
  const recorded = async (file: string) => readFile(join(import.meta.dirname, 'reports', file), 'utf8');
  const refused = (format: Format, report: string, told: RegExp) =>
    assert.rejects(casesOf(format, writes(report, FILES[format])), (error: Error) => {
      assert.equal(error.name, 'PermanentError');
      assert.match(error.message, told);
      return true;
    });

  const ofNode = [
    ['orders › lists', 'passed', ''],
    ['orders › fails', 'failed', 'boom: x'],
    ['orders › skips', 'skipped', ''],
    ['orders › later', 'skipped', ''],
    ['top › inner', 'passed', ''],
    ['plain', 'passed', ''],
  ];
  const ofNodeAs = (reporter: string, format: Format) =>
    casesOf(format, '', [
      ...['node', '--test', `--test-reporter=${reporter}`],
      ...[`--test-reporter-destination={reports}/${FILES[format]}`, 'node.mjs'],
    ]);

  it('of Node in TAP has a key for each test, by the names that it stands in', async () => {
    const cases = await ofNodeAs('tap', 'tap');
    assert.deepEqual(short(cases), ofNode);
    assert.match(cases[1]?.stack ?? '', /failureType: 'testCodeFailure'/);
  });

  it('of Node in JUnit XML has the same keys', async () => {
    assert.deepEqual(short(await ofNodeAs('junit', 'junit')), ofNode);
  });

  it('of mocha tells hooks that fail, and what has passed when it was retried', async () => {
    const mocha = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
    const run = ['node', mocha, '--no-config', '--no-package', '--reporter', 'json'];
    const cases = await casesOf('mocha', '', [
      ...run,
      '--reporter-option',
      'output={reports}/report.json',
      'mocha.cjs',
    ]);
    assert.deepEqual(short(cases), [
      ['orders › lists', 'passed', ''],
      ['orders › fails', 'failed', 'boom'],
      ['orders › skips', 'skipped', ''],
      ['orders deep › flaky', 'flaky', ''],
      ['hooked › "before all" hook for "never"', 'failed', 'no server'],
    ]);
  });

  it('of Jest is in an order of its own, whichever file came first', async () => {
    const report = await recorded('jest.json');
    const cases = short(await casesOf('jest', writes(report, 'report.json')));
    assert.deepEqual(cases, [
      ['orders › lists', 'passed', ''],
      ['orders › fails', 'failed', 'Error: expect(received).toBe(expected) // Object.is equality'],
      ['orders › skips', 'skipped', ''],
      ['orders › later', 'skipped', ''],
      ['top', 'passed', ''],
      ['flaky', 'flaky', ''],
    ]);
    const { testResults, ...rest } = JSON.parse(report) as { testResults: object[] };
    const turned = JSON.stringify({ ...rest, testResults: testResults.toReversed() });
    assert.deepEqual(short(await casesOf('jest', writes(turned, 'report.json'))), cases);
  });

  it('of Jest is none when a test file cannot be loaded', async () => {
    const file = {
      name: '/project/broken.test.js',
      status: 'failed',
      message: '● failed to run\n\n no pg',
      assertionResults: [],
    };
    await refused(
      'jest',
      JSON.stringify({ testResults: [file] }),
      /test file broken\.test\.js could not be run: ● failed to run no pg/,
    );
  });

  it('of Jest is none when an error has come outside of tests, also beside a case that has failed', async () => {
    const report = JSON.parse(await recorded('jest.json')) as object;
    await refused(
      'jest',
      JSON.stringify({ ...report, numRuntimeErrorTestSuites: 1 }),
      /Jest counts 1 test file with an error outside of tests/,
    );
  });

  it('of Playwright has its project, file and criteria', async () => {
    assert.deepEqual(short(await casesOf('playwright', writes(await recorded('playwright.json'), 'report.json'))), [
      ['api › a.spec.js › flaky', 'flaky', 'Error: first', '4.2/exit/2'],
      ['api › a.spec.js › expected to fail', 'passed', ''],
      ['api › a.spec.js › orders › lists', 'passed', '', '4.2/exit/1'],
      ['api › a.spec.js › orders › fails', 'failed', 'Error: expect(received).toBe(expected) // Object.is equality'],
      ['api › a.spec.js › orders › skips', 'skipped', ''],
    ]);
  });

  it('of Playwright is none when the run itself has failed', async () => {
    const report = { suites: [], errors: [{ message: 'global set-up: no server' }] };
    await refused('playwright', JSON.stringify(report), /the run itself has failed: global set-up: no server/);
  });

  it('of Cucumber names rows by their values, and counts steps that nobody has defined as failures', async () => {
    assert.deepEqual(short(await casesOf('cucumber', writes(await recorded('cucumber.ndjson'), 'report.ndjson'))), [
      ['features/orders.feature › list', 'passed', '', '4.2/exit/1'],
      ['features/orders.feature › create book › book | 1', 'passed', ''],
      ['features/orders.feature › create pen › pen | 2', 'passed', ''],
      ['features/orders.feature › fails', 'failed', 'Error: boom'],
      ['features/orders.feature › unknown', 'failed', 'a step is undefined'],
      ['features/orders.feature › empty', 'skipped', ''],
      ['features/orders.feature › flaky', 'flaky', 'Error: first'],
      ['features/orders.feature › skipped', 'skipped', ''],
    ]);
  });

  it('of Cucumber keeps its keys when rows are in another order', async () => {
    const lines = (await recorded('cucumber.ndjson')).trimEnd().split('\n');
    const keys = async (report: readonly string[]) =>
      (await casesOf('cucumber', writes(report.join('\n'), 'report.ndjson'))).map(({ key }) => key).toSorted();
    const [document = '', ...others] = lines;
    const turned = JSON.parse(document) as {
      gherkinDocument: { feature: { children: { scenario?: { examples: { tableBody: object[] }[] } }[] } };
    };
    for (const { scenario } of turned.gherkinDocument.feature.children) {
      for (const example of scenario?.examples ?? []) example.tableBody.reverse();
    }
    assert.deepEqual(await keys([JSON.stringify(turned), ...others]), await keys(lines));
  });

  it('of Cucumber or mocha is none when nothing has run, although the program ends with 0', async () => {
    const none = { stats: { passes: 0, failures: 0 }, tests: [], failures: [], passes: [] };
    await refused('mocha', JSON.stringify(none), /suite component ran no case/);
    await refused('cucumber', '{"testRunFinished":{"success":true}}', /suite component ran no case/);
  });

  it('in TAP names a test that fails although none of its subtests does', async () => {
    const report =
      '# Subtest: a\n    ok 1 - b\n    1..1\nnot ok 1 - a\n  ---\n  error: |-\n    hook failed\n  ...\n1..1\n';
    assert.deepEqual(short(await casesOf('tap', writes(report, 'report.tap'))), [
      ['a › b', 'passed', ''],
      ['a', 'failed', 'hook failed'],
    ]);
  });

  it('in TAP may have subtests in braces', async () => {
    const report = 'TAP version 14\n1..1\nok 1 - a {\n    1..2\n    ok 1 - b\n    ok 2 - c # SKIP no\n}\n';
    assert.deepEqual(short(await casesOf('tap', writes(report, 'report.tap'))), [
      ['a › b', 'passed', ''],
      ['a › c', 'skipped', ''],
    ]);
  });

  const notUsable: readonly (readonly [name: string, format: Format, report: string, told: RegExp])[] = [
    ['TAP without a plan', 'tap', 'ok 1 - a\n', /it is cut off: there is no plan/],
    ['TAP with fewer tests than planned', 'tap', '1..3\nok 1 - a\nnot ok 2 - b\n', /it has 2 of 3 planned tests/],
    [
      'TAP whose subtests are cut off',
      'tap',
      '# Subtest: a\n    ok 1 - b\nok 1 - a\n1..1\n',
      /"a" is cut off: there is no plan/,
    ],
    [
      'TAP that is cut off within subtests',
      'tap',
      '1..1\n# Subtest: a\n    ok 1 - b\n    1..1\n',
      /it is cut off|0 of 1 planned/,
    ],
    [
      'TAP that is cut off within diagnostics',
      'tap',
      '1..1\nnot ok 1 - a\n  ---\n  error: x\n',
      /within the diagnostics/,
    ],
    [
      'TAP with a number twice',
      'tap',
      '1..2\nok 1 - a\nok 1 - b\n',
      /is no valid TAP: test point id 1 appears multiple times/,
    ],
    [
      'TAP of a program that bails out',
      'tap',
      '1..2\nok 1 - a\nBail out! no database\n',
      /the program bailed out: no database/,
    ],
    ['TAP of nothing', 'tap', 'hello\n', /there is no plan|ran no case/],
    [
      'TAP with an endless line',
      'tap',
      `1..1\nok 1 - ${'x'.repeat(100_001)}\n`,
      /a line has more than 100000 characters/,
    ],
    [
      'TAP that is nested too deep',
      'tap',
      Array.from({ length: 70 }, (_, n) => `${'    '.repeat(n)}# Subtest: a\n`).join(''),
      /nested more than 64 deep|cut off/,
    ],
    ['JSON that is cut off', 'mocha', '{"stats":', /it is no valid JSON/],
    ['JSON of another shape', 'jest', '{"testResults":[{"assertionResults":3}]}', /another shape at testResults\.0\./],
    [
      'counts that are not those of the tests',
      'mocha',
      '{"stats":{"passes":2,"failures":0},"tests":[],"passes":[],"failures":[]}',
      /its counts are not those of its tests/,
    ],
    [
      'Playwright suites that are nested too deep',
      'playwright',
      `{"suites":${'[{"title":"a","suites":'.repeat(70)}[]${'}]'.repeat(70)}}`,
      /nested more than 64 deep/,
    ],
    [
      'a status that Playwright does not have',
      'playwright',
      '{"suites":[{"title":"a","specs":[{"title":"b","tests":[{"status":"great"}]}]}]}',
      /unknown status "great"/,
    ],
    [
      'messages of Cucumber that are cut off',
      'cucumber',
      '{"testRunStarted":{}}\n',
      /cut off: there is no message "testRunFinished"/,
    ],
    ['a message of Cucumber that is cut off', 'cucumber', '{"testRunStarted":{}}\n{"testRunFin', /it is no valid JSON/],
    [
      'messages of Cucumber in another order',
      'cucumber',
      '{"testCaseFinished":{"testCaseStartedId":"1"}}',
      /has ended that has not begun/,
    ],
    ['a line that is no message', 'cucumber', '[]\n', /a line is no message of Cucumber/],
    [
      'a run of Cucumber that has failed by itself',
      'cucumber',
      '{"testRunFinished":{"success":false,"message":"hook"}}',
      /the run itself has failed: hook/,
    ],
  ];
  it('is none: JSON that is nested too deep', async () => {
    const script = `import { writeFileSync } from 'node:fs';
      writeFileSync(process.env.PHASEGATE_REPORT_DIR + '/report.json', '['.repeat(5_000_000));`;
    await assert.rejects(casesOf('jest', script), /it is no valid JSON|it cannot be read/);
  });
  for (const [name, format, report, told] of notUsable) it(`is none: ${name}`, () => refused(format, report, told));
});
