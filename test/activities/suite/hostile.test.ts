import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processesOf } from '../../../src/activities/command/processes.ts';
import { Folders } from '../../support/folders.ts';
import { toolsIn } from '../../support/tools.ts';
import { FAILS, junit, runSuite, writes } from './fixture.ts';

/** Reports that are refused, each with what people are told. */
const refused: readonly (readonly [name: string, report: string, told: RegExp])[] = [
  ['is empty', '', /it is empty/],
  ['is no XML', 'all good', /it is no valid XML: 1:\d+: text data outside of root node/],
  ['has unmatched tags', '<testsuite><testcase name="a"></testsuite>', /it is no valid XML: .*unexpected close tag/],
  ['is cut off', junit({ a: '', b: '' }).slice(0, -30), /it is no valid XML: .*unclosed tag/],
  ['is cut off within a tag', '<testsuite><testcase name="a"/><testcase na', /it is no valid XML/],
  [
    'is cut off after a whole element',
    '<testsuites><testsuite><testcase name="a"/></testsuite>',
    /unclosed tag: testsuites/,
  ],
  [
    'has an entity bomb',
    `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`,
    /it has a DOCTYPE, which no JUnit report needs/,
  ],
  [
    'has an external entity',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>',
    /it has a DOCTYPE/,
  ],
  ['names an entity that nobody declares', '<testsuite><testcase name="&x;"/></testsuite>', /undefined entity/],
  ['has a control character', '<testsuite><testcase name="&#0;"/></testsuite>', /it is no valid XML/],
  ['is nested too deep', '<testsuite>'.repeat(70), /nested more than 64 deep/],
  ['has another root', '<html><body/></html>', /it is no JUnit report: it begins with <html>/],
  [
    'is in another encoding',
    '<?xml version="1.0" encoding="ISO-8859-1"?><testsuite><testcase name="a"/></testsuite>',
    /it is encoded in ISO-8859-1; write it in UTF-8/,
  ],
  [
    'counts failures and names none',
    '<testsuites failures="2"><testsuite failures="2"><testcase name="a"/></testsuite></testsuites>',
    /it contradicts itself: it counts 2 failures, and names none of them/,
  ],
  [
    'counts more failures than it names',
    '<testsuite failures="2" errors="1"><testcase name="a"><failure/></testcase><testcase name="b"/></testsuite>',
    /it contradicts itself: it counts 3 failures, and names only 1/,
  ],
  [
    'counts a failure twice, as status and as element, instead of another',
    '<testsuite failures="2"><testcase name="a" status="failed"><failure/></testcase></testsuite>',
    /it counts 2 failures, and names only 1/,
  ],
  [
    'has a failure that is misspelt',
    '<testsuite><testcase name="a"><failur message="no"/></testcase></testsuite>',
    /a <testcase> of it has the unknown element <failur>/,
  ],
  [
    'has a failure with a capital letter',
    '<testsuite><testcase name="a"><Failure/></testcase></testsuite>',
    /unknown element <Failure>/,
  ],
  [
    'has an unknown element of another namespace',
    '<testsuite><testcase name="a"><j:failed/></testcase></testsuite>',
    /unknown element <j:failed>/,
  ],
];

describe('a suite that cannot be relied on', function () {
  this.timeout(60_000);
  let folders: Folders;
  let phaseDir: string;

  beforeEach(async () => {
    folders = await Folders.create({ phase: {} });
    phaseDir = `${folders.phasesDir}/phase`;
    await folders.write('phase', 'empty', '');
  });
  afterEach(() => folders.remove());

  const run = (script: string, more: Parameters<typeof runSuite>[2] = {}, tools = toolsIn(phaseDir)) =>
    runSuite(script, tools, more);
  const fails = (promise: Promise<unknown>, message: RegExp) =>
    assert.rejects(promise, (error: Error) => {
      assert.equal(error.name, 'PermanentError');
      assert.match(error.message, message);
      return true;
    });

  for (const [name, report, told] of refused) {
    it(`fails when its report ${name}`, () =>
      fails(
        run(writes(report)),
        new RegExp(`the report report.xml \\(junit\\) of suite component cannot be used: .*${told.source}`),
      ));
  }

  it('fails when it writes no report, with its last words', async () => {
    await fails(
      run(`console.error('no database'); process.exit(2)`),
      /it is missing; the program ended with exit code 2: no database/,
    );
    await fails(run(''), /cannot be used: it is missing$/);
  });

  it('fails when its report is a link, a pipe or a folder', async () => {
    const made = (how: string) => `import { execFileSync } from 'node:child_process';
      execFileSync(...${how}(process.env.PHASEGATE_REPORT_DIR + '/report.xml'));`;
    await folders.write('phase', 'other.xml', junit({ a: '' }));
    await fails(
      run(made(`((file) => ['ln', ['-s', process.cwd() + '/other.xml', file]])`)),
      /it cannot be opened \(ELOOP\)/,
    );
    await fails(run(made(`((file) => ['mkfifo', [file]])`)), /it is no file/);
    await fails(run(made(`((file) => ['mkdir', [file]])`)), /it is no file/);
  });

  it('fails when its report is larger than is read', async () => {
    const script = `import { truncateSync, writeFileSync } from 'node:fs';
      const file = process.env.PHASEGATE_REPORT_DIR + '/report.xml';
      writeFileSync(file, '<testsuite>');
      truncateSync(file, 65 * 1024 * 1024);`;
    await fails(run(script), /it has 65 MB, and at most 64 MB are read; split the suite/);
  });

  it('is read when its report has 50 MB', async () => {
    const script = `import { closeSync, openSync, writeSync } from 'node:fs';
      const file = openSync(process.env.PHASEGATE_REPORT_DIR + '/report.xml', 'w');
      writeSync(file, '<testsuite>');
      const text = 'x'.repeat(10_000);
      for (let index = 0; index < 5_200; index += 1)
        writeSync(file, '<testcase name="case ' + index + '"><failure message="no">' + text + '</failure></testcase>');
      writeSync(file, '</testsuite>');
      closeSync(file);`;
    const { fact } = await run(script);
    assert.equal(fact.cases.failed, 5_200);
    assert.equal(fact.failing.length + (fact.more ?? 0), 5_200);
  });

  it('fails when it has more cases than are read', async () => {
    const script = `import { writeFileSync } from 'node:fs';
      const report = '<testsuite>' + '<testcase name="a"/>'.repeat(200_001) + '</testsuite>';
      writeFileSync(process.env.PHASEGATE_REPORT_DIR + '/report.xml', report);`;
    await fails(run(script), /the report has more than 200000 cases; split the suite/);
  });

  it('names cases in one line each, whatever they are called', async () => {
    const { fact } = await run(
      writes(
        junit({
          '../../etc/passwd': FAILS,
          ['__proto__']: FAILS,
          constructor: FAILS,
          '&lt;script&gt;alert(1)&lt;/script&gt;': FAILS,
          'two&#10;lines&#9;and \u202egnp.exe': FAILS,
          '': FAILS,
          [`long ${'x'.repeat(5_000)}1`]: FAILS,
          [`long ${'x'.repeat(5_000)}2`]: FAILS,
          'half \u{1F600}': FAILS,
        }),
      ),
    );
    const keys = fact.failing.map(({ key }) => key);
    assert.equal(new Set(keys).size, 9);
    assert.deepEqual(
      keys.filter((key) => !key.includes('long')),
      [
        'orders',
        'orders › ../../etc/passwd',
        'orders › <script>alert(1)</script>',
        'orders › __proto__',
        'orders › constructor',
        'orders › half \u{1F600}',
        'orders › two lines and gnp.exe',
      ],
    );
    for (const key of keys) assert.ok(key.length <= 200 && key.isWellFormed(), key);
  });

  it('keeps names that are the same apart, by their order', async () => {
    const again = '<testcase classname="a" name="b"/>';
    const { fact } = await run(
      writes(`<testsuite>${again}<testcase classname="a" name="b"><failure/></testcase>${again}</testsuite>`),
    );
    assert.deepEqual(
      fact.failing.map(({ key }) => key),
      ['a › b #2'],
    );
  });

  it('is ended when it hangs', async () => {
    await fails(
      run(`${writes(junit({ a: '' }))} console.error('waiting'); setInterval(() => {}, 1000);`, { timeoutMs: 1_000 }),
      /suite component was stopped after its time limit: waiting/,
    );
  });

  it('is ended with what has left its group, also when it has ended well itself', async () => {
    const { fact } = await run(`
      import { spawn } from 'node:child_process';
      import { writeFileSync as write } from 'node:fs';
      write('run', process.env.PHASEGATE_RUN);
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'inherit' }).unref();
      ${writes(junit({ a: '' }))}`);
    assert.equal(fact.cases.passed, 1);
    assert.deepEqual(await processesOf(await readFile(join(phaseDir, 'run'), 'utf8')), []);
  });

  it('is ended when it prints without end', async () => {
    await fails(
      run(`${writes(junit({ a: '' }))} const text = 'x'.repeat(65_535) + '\\n';
        const print = () => { while (process.stdout.write(text)); process.stdout.once('drain', print); }; print();`),
      /suite component was stopped because it printed too much/,
    );
  });

  it('is ended when it prints one line without end', async () => {
    await fails(
      run(`const text = 'x'.repeat(65_536);
        const print = () => { while (process.stderr.write(text)); process.stderr.once('drain', print); }; print();`),
      /was stopped because it printed too much/,
    );
  });

  it('fails when it crashes after its report', async () => {
    await fails(
      run(writes(junit({ a: '' }), 'report.xml', `process.kill(process.pid, 'SIGSEGV')`)),
      /suite component was ended by SIGSEGV/,
    );
    await fails(
      run(writes(junit({ a: '' }), 'report.xml', `console.error('cannot close'); process.exit(7)`)),
      /suite component ended with exit code 7, although no case has failed: cannot close/,
    );
  });

  it('fails when it runs nothing, or skips everything', async () => {
    await fails(run(writes('<testsuites/>')), /suite component ran no case/);
    await fails(
      run(writes(junit({ a: '<skipped/>', b: '<skipped/>' }))),
      /suite component skipped 2 cases, which is all of them/,
    );
  });

  it('is ended when its step is cancelled', async () => {
    const cancelled = new AbortController();
    const reason = new Error('cancelled');
    const tools = toolsIn(phaseDir, {
      signal: cancelled.signal,
      heartbeat: ({ progress }) => {
        if (progress === 'started') cancelled.abort(reason);
      },
    });
    const script = `import { writeFileSync } from 'node:fs'; writeFileSync('run', process.env.PHASEGATE_RUN);
      console.log('started'); setInterval(() => {}, 1000);`;
    await assert.rejects(run(script, {}, tools), (error) => error === reason);
    assert.deepEqual(await processesOf(await readFile(join(phaseDir, 'run'), 'utf8')), []);
  });
});
