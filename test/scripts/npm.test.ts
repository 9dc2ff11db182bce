import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../../scripts/sandbox/paths.ts';
import { accepts } from '../../scripts/sandbox/ports.ts';
import { freePort } from '../support/sandbox.ts';
import { StartedScript, type Outcome } from './run-script.ts';

/** As a person starts it: without what the npm that runs these tests has left in the environment. */
function npm(...args: string[]): StartedScript {
  const inherited = Object.keys(process.env).filter((name) => name.startsWith('npm_'));
  return new StartedScript('env', [...inherited.flatMap((name) => ['-u', name]), 'npm', ...args], { cwd: root });
}

describe('through npm', function () {
  this.timeout(120_000);

  it('what is JSON is nothing else on standard output, also when there are errors', async () => {
    const schema = await npm('run', 'plan', '--', 'schema').outcome();
    assert.equal(typeof (json(schema) as { $schema: string }).$schema, 'string');
    const checked = await npm('run', 'plan', '--', 'check', '--json', 'phases/phase-4').outcome();
    assert.equal(checked.code, 0);
    assert.equal(
      typeof (json(checked) as { coverage: { bullets: { total: number } } }).coverage.bullets.total,
      'number',
    );
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
