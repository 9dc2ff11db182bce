import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Breaker } from '../../scripts/demo/breaker.ts';
import type { Fault } from '../../scripts/demo/fault.ts';
import { flaky, hang } from '../../scripts/demo/suite-faults.ts';

const CASES =
  '<testsuite><testcase classname="c" name="one" time="0.1"/><testcase classname="c" name="two"/></testsuite>';
const suite = `import { writeFileSync } from 'node:fs';
writeFileSync(process.env.PHASEGATE_REPORT_DIR + '/report.xml', ${JSON.stringify(CASES)});
`;
const playbook = `suites:
  component:
    run: [node, suites/component.mjs]
    cases: suites/cases/component.txt
    format: junit
`;

describe('a suite that the demo breaks', () => {
  let phaseDir: string;
  const program = () => join(phaseDir, 'suites', 'component.mjs');

  beforeEach(async () => {
    phaseDir = await mkdtemp(join(tmpdir(), 'phasegate-demo-'));
    await mkdir(join(phaseDir, 'suites'));
    await writeFile(program(), suite);
    await writeFile(join(phaseDir, 'playbook.yaml'), playbook);
  });

  afterEach(() => rm(phaseDir, { recursive: true, force: true }));

  function start(cases = '') {
    const env = { ...process.env, PHASEGATE_REPORT_DIR: phaseDir, PHASEGATE_CASES: cases };
    return spawn(process.execPath, [program()], { env, stdio: 'ignore' });
  }

  async function report(cases?: string): Promise<string> {
    const [code] = (await once(start(cases), 'exit')) as [number];
    assert.equal(code, 0);
    return readFile(join(phaseDir, 'report.xml'), 'utf8');
  }

  it('flaky: fails in one case when it runs whole, as steps run it, and passes when it is asked for cases', async () => {
    const fault = flaky({ phaseDir });
    await fault.inflict();
    assert.doesNotMatch(await readFile(program(), 'utf8'), /import\.meta/, 'bundling would replace it');
    assert.equal((await report()).match(/<failure/g)?.length, 1);
    assert.equal(await report('cases.json'), CASES);
    await fault.mend();
    assert.equal(await report(), CASES);
  });

  it('hang: has a time limit before the phase is compiled, and is mended only when nothing of it runs any more', async () => {
    const fault = hang({ phaseDir });
    await fault.prepare?.();
    assert.match(await readFile(join(phaseDir, 'playbook.yaml'), 'utf8'), /^ {4}timeout: \d+s$/m);
    await fault.inflict();
    const running = start();
    let pids: number[] = [];
    while (pids.length < 2) {
      const named = await readFile(`${program()}.pids`, 'utf8').catch(() => '');
      pids = named
        .split('\n')
        .filter((pid) => pid !== '')
        .map(Number);
    }
    try {
      await assert.rejects(fault.mend(), /of its processes \d+, \d+ still run/);
      process.kill(pids[0] ?? 0, 'SIGKILL');
      await once(running, 'exit');
      await assert.rejects(fault.mend(), new RegExp(`of its processes ${String(pids[1])} still run`));
    } finally {
      for (const pid of pids.slice(1)) process.kill(pid, 'SIGKILL');
    }
    await fault.mend();
    assert.equal(await report(), CASES);
  });
});

describe('a fault of the demo', () => {
  const none = { signal: () => Promise.reject(new Error('nothing is to be said')) };
  const fault: Fault = {
    breakage: 'flaky',
    done: 'broken',
    mended: 'mended',
    shows: { task: '4.3/a1' },
    inflict: () => Promise.resolve(true),
    mend: () => Promise.resolve(),
  };

  it('that has not shown by the end of the phase fails the demo', async () => {
    const breaker = new Breaker([fault], none, 'phase-4', () => undefined);
    await breaker.act([], [], () => Promise.reject(new Error('there is no log')));
    await assert.rejects(breaker.conclude(), /The phase is over, and "flaky" is broken/);
  });

  it('that shows nowhere is concluded at the end', async () => {
    const lines: string[] = [];
    const unseen: Fault = {
      ...fault,
      breakage: 'kills',
      shows: { atEnd: () => Promise.resolve('nothing is missing') },
    };
    const breaker = new Breaker([unseen], none, 'phase-4', (line) => lines.push(line));
    await breaker.act([], [], () => Promise.reject(new Error('there is no log')));
    await breaker.conclude();
    assert.deepEqual(lines, ['⚡ kills: broken', '⚡ kills: nothing is missing']);
  });
});
