import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../../scripts/sandbox/paths.ts';
import { accepts } from '../../scripts/sandbox/ports.ts';
import { freePort } from '../support/sandbox.ts';
import { StartedScript, type Outcome } from './run-script.ts';

/** As a person starts it: without what the npm that runs these tests has left in the environment. */
function asPerson(...command: string[]): StartedScript {
  const inherited = Object.keys(process.env).filter((name) => name.startsWith('npm_'));
  return new StartedScript('env', [...inherited.flatMap((name) => ['-u', name]), ...command], { cwd: root });
}

function npm(...args: string[]): StartedScript {
  return asPerson('npm', ...args);
}

/** The command lines in the docs whose standard output is JSON, without their remarks and without the file they are written to. */
async function documentedJson(): Promise<string[]> {
  const pages = await Promise.all(
    ['plan-format.md', 'playbook.md'].map((page) => readFile(join(root, 'docs', page), 'utf8')),
  );
  const lines = pages.join('\n').match(/^npm run plan -- .*$/gm) ?? [];
  const json = lines.filter((line) => /--json| schema\b/.test(line));
  return json.map((line) => {
    const [command = '', remark = ''] = line.split(/\s+#\s+/);
    const option = remark.includes('--json') ? ' --json' : '';
    return `${command.replace(/ > .*/, '')}${option}`;
  });
}

describe('through npm', function () {
  this.timeout(120_000);

  it('the commands that the docs give for JSON print nothing else on standard output', async () => {
    const commands = await documentedJson();
    assert.deepEqual(commands, [
      'npm run plan -- check phases/phase-4 --json',
      'npm run plan -- compile phases/phase-4 --json',
      'npm run plan -- schema',
    ]);
    for (const command of commands) {
      const outcome = await asPerson('sh', '-c', command).outcome();
      assert.equal(outcome.code, 0);
      assert.notDeepEqual(json(outcome), {});
    }
  });

  it('what is JSON is nothing else on standard output, also when there are errors', async () => {
    const bad = await npm('run', 'plan', '--', 'check', '--json', join(root, 'README.md')).outcome();
    assert.equal(bad.code, 1);
    const { problems } = json(bad) as { problems: { severity: string; place: { line: number } }[] };
    assert.ok(problems.some(({ severity }) => severity === 'error'));
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`${signal} to npm leaves no server behind`, async () => {
      const ports = [await freePort(), await freePort()] as const;
      const options = ['--temporal-port', String(ports[0]), '--ui-port', String(ports[1])];
      const sandbox = npm('run', 'sandbox', '--', '--temporal-only', ...options);
      await sandbox.printed('Ctrl-C stops everything.');
      const ended = once(sandbox.process, 'exit');
      sandbox.process.kill(signal);
      await ended;
      // npm that was told to end waits for the command; one that was killed cannot.
      if (signal === 'SIGKILL') while (await accepts(ports[0])) await delay(100);
      assert.deepEqual(await Promise.all(ports.map(accepts)), [false, false]);
    });
  }
});

function json({ stdout }: Outcome): unknown {
  return JSON.parse(stdout);
}
