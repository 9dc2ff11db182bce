import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { caseSetDigest } from '../../../src/activities/suite/case-file.ts';
import type { SuiteFact } from '../../../src/activities/suite/fact.ts';
import { suiteStep } from '../../../src/activities/suite/step.ts';
import { Folders } from '../../support/folders.ts';
import { memoryStore, stepCall, toolsIn } from '../../support/tools.ts';
import { FAILS, junit, RUN, runSuite, suiteInput, writes } from './fixture.ts';

/** A program that selects: it runs the cases a, b and c, and notes which. Those in `bad` fail, as often as it says. */
const selecting = (bad: { readonly [name: string]: number }) => `
  import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
  const chosen = process.env.PHASEGATE_CASES === '' ? undefined : JSON.parse(readFileSync(process.env.PHASEGATE_CASES, 'utf8'));
  const run = ['a', 'b', 'c'].filter((name) => chosen?.includes('orders › ' + name) ?? true);
  appendFileSync('runs', run.join('') + '\\n');
  const before = readFileSync('runs', 'utf8').trim().split('\\n').map((line) => [...line]).slice(0, -1).flat();
  const bad = ${JSON.stringify(bad)};
  const cases = run.map((name) => {
    const fails = before.filter((one) => one === name).length < (bad[name] ?? 0);
    return '<testcase classname="orders" name="' + name + '">' + (fails ? '<failure message="no"/>' : '') + '</testcase>';
  });
  writeFileSync(process.env.PHASEGATE_REPORT_DIR + '/report.xml', '<testsuite>' + cases.join('') + '</testsuite>');`;

describe('a suite step', function () {
  this.timeout(30_000);
  let folders: Folders;
  let phaseDir: string;

  beforeEach(async () => {
    folders = await Folders.create({ phase: {} });
    phaseDir = `${folders.phasesDir}/phase`;
    await folders.write('phase', 'cases.txt', 'orders › a\norders › b\n\norders › c\n');
  });
  afterEach(() => folders.remove());

  const runsOf = async () => (await readFile(join(phaseDir, 'runs'), 'utf8')).trimEnd().split('\n');

  it('is done when cases have failed, and tells them', async () => {
    const { fact, note, evidence } = await runSuite(
      writes(junit({ lists: '', creates: FAILS, 'is dear': '<skipped/>' }), 'report.xml', 'process.exit(1)'),
      toolsIn(phaseDir),
    );
    const { at, result, ...rest } = fact;
    assert.ok(Date.parse(at) > 0);
    assert.deepEqual(rest, {
      suite: 'component',
      environment: 'testing',
      revision: 'r1',
      cases: { total: 3, passed: 1, failed: 1, skipped: 1, flaky: 0 },
      caseSet: caseSetDigest(['orders › lists', 'orders › creates', 'orders › is dear']),
      component: 'orders api',
      agent: 'Some Agent',
      severity: 'high',
      failing: [{ key: 'orders › creates', title: 'creates', message: 'expected 201, got 500' }],
      skipped: ['orders › is dear'],
      flaky: [],
      criteria: {},
    } satisfies Omit<SuiteFact, 'at' | 'result'>);
    assert.deepEqual(evidence, [result]);
    assert.equal(note, 'component in testing: 1 of 3 cases passed, 1 failed, 1 skipped, at revision r1');
  });

  it('stores every case under the digest of the whole', async () => {
    const records = memoryStore();
    const report = junit({ lists: '', creates: FAILS });
    const { fact } = await runSuite(writes(report), toolsIn(phaseDir, { records }));
    const text = records.files.get(fact.result.where) ?? '';
    assert.equal(createHash('sha256').update(text).digest('hex'), fact.result.sha256);
    assert.equal(fact.result.where, `phase-9/${RUN}/suites/component-testing-${fact.result.sha256.slice(0, 12)}.json`);
    const stored = JSON.parse(text) as {
      readonly reports: readonly { readonly sha256: string }[];
      readonly cases: unknown;
    };
    assert.deepEqual(stored.cases, [
      { key: 'orders › lists', title: 'lists', state: 'passed', ms: 500 },
      {
        key: 'orders › creates',
        title: 'creates',
        state: 'failed',
        ms: 500,
        message: 'expected 201, got 500',
        stack: 'at orders.mjs:12',
      },
    ]);
    assert.equal(stored.reports[0]?.sha256, createHash('sha256').update(report).digest('hex'));
  });

  it('runs the program in the phase folder, with its environment, and leaves no folder behind', async () => {
    const script = `import { writeFileSync } from 'node:fs';
       const { STAGE, PHASEGATE_ENVIRONMENT, PHASEGATE_CASES, OUT, PHASEGATE_REPORT_DIR } = process.env;
       const said = [process.argv[1], STAGE, PHASEGATE_ENVIRONMENT, PHASEGATE_CASES === '', OUT === PHASEGATE_REPORT_DIR];
       const name = [...said, process.cwd() === process.argv[2], OUT].join(' ');
       writeFileSync(OUT + '/own.xml', '<testsuite><testcase name="' + name + '"/></testsuite>');`;
    const tools = toolsIn(phaseDir);
    const { fact } = await runSuite('', tools, {
      run: ['node', '--input-type=module', '-e', script, '{environment}', phaseDir],
      env: { STAGE: 'stage-{environment}', OUT: '{reports}' },
      report: 'own.xml',
    });
    const stored = (tools.records as ReturnType<typeof memoryStore>).files.get(fact.result.where) ?? '';
    const [, folder = ''] = /"title":"testing stage-testing testing true true true (.*?)"/.exec(stored) ?? [];
    await assert.rejects(access(folder), { code: 'ENOENT' });
  });

  it('names the failing cases of a suite whose program ends with 0', async () => {
    const { fact } = await runSuite(writes(junit({ creates: FAILS })), toolsIn(phaseDir));
    assert.equal(fact.cases.failed, 1);
  });

  it('counts the criteria that cases name', async () => {
    const criterion = (id: string) => `<properties><property name="criterion" value="${id}"/></properties>`;
    const { fact } = await runSuite(
      writes(
        junit({
          'one @criterion:4.2/exit/1': '',
          two: criterion('4.2/exit/1 4.2/exit/2'),
          three: `${criterion('4.2/exit/2')}${FAILS}`,
          four: `${criterion('4.2/exit/3')}<skipped/>`,
          five: criterion('__proto__'),
        }),
      ),
      toolsIn(phaseDir),
    );
    assert.deepEqual(fact.criteria, {
      '4.2/exit/1': { passed: 2, failed: 0 },
      '4.2/exit/2': { passed: 1, failed: 1 },
    });
  });

  it('shows counts while the program prints its cases', async () => {
    const tools = toolsIn(phaseDir);
    await runSuite(
      `console.log('  ✔ lists'); console.log('not ok 2 - creates'); setTimeout(() => console.error('  1) creates'), 700); ${writes(junit({ lists: '' }))}`,
      tools,
    );
    const shown = tools.beats.flatMap(({ passed, failed }) => (passed === undefined ? [] : [[passed, failed]]));
    assert.deepEqual(shown, [
      [1, 0],
      [1, 2],
    ]);
  });

  describe('with a set of cases', () => {
    const cases = 'cases.txt';

    it('is done when exactly these have run', async () => {
      const { fact } = await runSuite(selecting({}), toolsIn(phaseDir), { cases });
      assert.equal(fact.caseSet, caseSetDigest(['orders › c', 'orders › a', 'orders › b']));
    });

    it('fails when others have run, and names both', async () => {
      await assert.rejects(runSuite(writes(junit({ a: '', b: '', d: '' })), toolsIn(phaseDir), { cases }), {
        name: 'PermanentError',
        message:
          'suite component has run other cases than those in cases.txt: it has not run "orders › c"; it has run "orders › d", which the file does not have',
      });
    });

    it('fails when the file is gone, or empty', async () => {
      const run = (file: string) => runSuite(selecting({}), toolsIn(phaseDir), { cases: file });
      await folders.write('phase', 'empty.txt', '\n');
      await assert.rejects(run('gone.txt'), /the case set gone\.txt is missing/);
      await assert.rejects(run('../../etc/passwd'), /is missing in the phase folder/);
      await assert.rejects(run('empty.txt'), /the case set empty\.txt names no case/);
    });
  });

  describe('that runs failing cases again', () => {
    const again = { selects: true, reruns: 2 };

    it('tells those apart that pass then', async () => {
      const { fact, note } = await runSuite(selecting({ a: 2, b: 9 }), toolsIn(phaseDir), again);
      assert.deepEqual(fact.cases, { total: 3, passed: 1, failed: 1, skipped: 0, flaky: 1 });
      assert.deepEqual(fact.flaky, ['orders › a']);
      assert.deepEqual(
        fact.failing.map(({ key }) => key),
        ['orders › b'],
      );
      assert.deepEqual(await runsOf(), ['abc', 'ab', 'ab']);
      assert.equal(note, 'component in testing: 1 of 3 cases passed, 1 failed, 1 flaky, at revision r1');
    });

    it('does not run again what has passed', async () => {
      await runSuite(selecting({ a: 1, b: 9 }), toolsIn(phaseDir), again);
      assert.deepEqual(await runsOf(), ['abc', 'ab', 'b']);
    });

    it('counts flaky cases as failed where the policy says so', async () => {
      const { fact } = await runSuite(selecting({ a: 1 }), toolsIn(phaseDir), { ...again, flaky: 'fail' });
      assert.deepEqual(fact.failing, [{ key: 'orders › a', title: 'a', message: 'flaky: it has also passed. no' }]);
    });

    it('fails when the program does not select', async () => {
      await assert.rejects(
        runSuite(writes(junit({ a: FAILS, b: '' })), toolsIn(phaseDir), again),
        /ran cases that it was not asked for: "orders › b"/,
      );
    });
  });

  describe('in a round of its task', () => {
    const only = { selects: true, only: 'failing' } as const;
    const round = (told: object, more: object = {}) => ({
      round: { number: 2, told: JSON.parse(JSON.stringify(told)) as { [key: string]: string }, ...more },
    });

    it('runs the failing cases first, and then all of them', async () => {
      const issues = [{ key: 'component/testing/orders › b' }, { key: 'api/testing/orders › c' }];
      const told = { suites: ['component/testing', 'api/testing'], issues };
      await runSuite(selecting({}), toolsIn(phaseDir), only, round(told));
      assert.deepEqual(await runsOf(), ['b', 'abc']);
    });

    it('does nothing when the round concerns other suites', async () => {
      const call = {
        ...stepCall('suite', suiteInput(selecting({}), only)),
        ...round({ suites: ['api/testing'] }),
      };
      assert.deepEqual(await suiteStep.run(call, toolsIn(phaseDir)), {
        note: 'component in testing: not concerned by this round',
      });
    });

    it('runs everything once more when the round is idle', async () => {
      await runSuite(selecting({}), toolsIn(phaseDir), only, round({ suites: [] }, { idle: true }));
      assert.deepEqual(await runsOf(), ['abc']);
    });

    it('takes a case for flaky that fails by itself and passes among all', async () => {
      const issues = [{ key: 'component/testing/orders › a' }];
      const { fact } = await runSuite(selecting({ a: 1 }), toolsIn(phaseDir), only, round({ issues }));
      assert.deepEqual(fact.flaky, ['orders › a']);
    });

    it('tells which of the cases that the round asks for have passed', async () => {
      const issues = [
        { key: 'component/testing/orders › b' },
        { key: 'component/testing/orders › gone' },
        { id: 'I-3' },
      ];
      const { fact } = await runSuite(selecting({}), toolsIn(phaseDir), only, round({ issues }));
      assert.deepEqual(fact.passing, ['orders › b']);
    });

    it('leaves out cases that are gone', async () => {
      const issues = [{ key: 'component/testing/orders › gone' }];
      await runSuite(selecting({}), toolsIn(phaseDir), { ...only, cases: 'cases.txt' }, round({ issues }));
      await runSuite(selecting({}), toolsIn(phaseDir), only, round({ issues }));
      assert.deepEqual(await runsOf(), ['abc', '', 'abc']);
    });
  });

  it('fits its fact into the bytes that it may have', async () => {
    const script = `import { writeFileSync } from 'node:fs';
      const cases = Array.from({ length: 700 }, (_, index) =>
        '<testcase name="case ' + index + 'x'.repeat(100) + '"><failure message="' + 'no '.repeat(100) + '"/></testcase>');
      writeFileSync(process.env.PHASEGATE_REPORT_DIR + '/report.xml', '<testsuite>' + cases.join('') + '</testsuite>');`;
    const { fact } = await runSuite(script, toolsIn(phaseDir), { factBytes: 40_000 });
    assert.ok(Buffer.byteLength(JSON.stringify(fact)) <= 40_000);
    assert.equal(fact.cases.failed, 700);
    assert.equal(fact.failing.length + (fact.more ?? 0), 700);
    assert.ok(fact.failing.length > 80);
  });
});
