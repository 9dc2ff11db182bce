import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startScript } from '../scripts/run-script.ts';
import { freePort } from '../support/sandbox.ts';

const root = join(import.meta.dirname, '../..');
const bootstrap = join(root, 'scripts/bootstrap.mjs');

const ports = ['--temporal-port', '--ui-port', '--emulator-port'];

describe('npm run demo', () => {
  it('takes Phase 4 from its plan to its completion, with the stacks of three environments', async function () {
    this.timeout(600_000);
    const args = await Promise.all(ports.map(async (option) => [option, String(await freePort())]));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [bootstrap, 'demo', '--day-length', '200ms', ...args.flat()],
      { maxBuffer: 16 * 1024 * 1024 },
    );
    for (const milestone of ['4.1 Environment Setup', '4.2 Core Implementation', '4.3 Integration Testing']) {
      assert.match(stdout, new RegExp(`${milestone}\\s*│ done`));
    }
    for (const [environment, stacks] of [
      ['development', 16],
      ['testing', 16],
      ['production', 15],
      ['account', 5],
    ] as const) {
      assert.match(stdout, new RegExp(`${environment}\\s*│ ${String(stacks)} `));
    }
    assert.match(stdout, /^POST \S+\/orders 201, order [\w-]+\nGET {2}\S+ 200, total 250 EUR$/m);
    assert.doesNotMatch(stdout, /null|undefined/);
    const report = /^ {2}(\S*readiness-report-\S*\.md)$/m.exec(stdout)?.[1] ?? '';
    assert.match(await readFile(join(root, report), 'utf8'), /^# /);
    const page = /^The page for stakeholders:\n {2}(\S+\.html)$/m.exec(stdout)?.[1] ?? '';
    assert.match(
      await readFile(join(root, page), 'utf8'),
      /<h1>Phase 4: Implementation Execution<\/h1>\n<p class="lead">Completed on /,
    );
    for (const published of ['standup-extra-1', 'review-4-1', 'review-4-2', 'review-4-3']) {
      assert.match(stdout, new RegExp(`^ {2}\\S*/communication/${published}\\.md$`, 'm'));
    }
    assert.match(stdout, /✔ 4\.1\/d2 .*: done/);
    assert.match(stdout, /\$ temporal workflow signal .* --name approve/);
    assert.match(stdout, /\$ npm run verify -- .*\nphase-4: the record holds\./);
    const signatures = Number(/(\d+) signatures, each verified again/.exec(stdout)?.[1]);
    assert.ok(signatures >= 8, `${String(signatures)} signatures`);
    assert.match(stdout, /^phase-5 is started with the hand-over and waits at its gate entry:$/m);
    assert.doesNotMatch(stdout, /ROLLBACK|FAILED/);
    const story = [
      '  Web UI ',
      '$ temporal workflow start',
      'the record holds.',
      'Stand-ins, which are not as on AWS:',
    ];
    const places = story.map((part) => stdout.indexOf(part));
    assert.deepEqual(
      places,
      places.filter((place) => place >= 0).toSorted((a, b) => a - b),
      'the list of stand-ins comes last',
    );
  });

  it('says on Ctrl-C that it stops, and last that it has stopped', async function () {
    this.timeout(300_000);
    const args = await Promise.all(ports.map(async (option) => [option, String(await freePort())]));
    const demo = startScript('demo', args.flat());
    await demo.printed('▸ 4.1/');
    let stoppedAt = Infinity;
    demo.process.stderr.on('data', (text: string) => {
      if (text.includes('stopped')) stoppedAt = Date.now();
    });
    demo.process.kill('SIGINT');
    const { code, stderr } = await demo.outcome();
    assert.ok(Date.now() - stoppedAt < 10_000, 'it ends when it says that it has stopped');
    assert.equal(code, 130);
    assert.match(stderr, /\nstopping …\nstopped\n$/);
  });
});
