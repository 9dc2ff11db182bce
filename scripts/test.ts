import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { interrupted, runCommand } from './command-line.ts';
import { root } from './sandbox/paths.ts';
import { chromium } from './test/browser.ts';
import { emulatorPython, temporalCli, temporalTestServer } from './sandbox/tools.ts';

/** Replay comes last: it repeats what the other tests have recorded. */
const EVERYTHING = ['test/**/*.test.ts', 'test/replay.last.ts'];

/** Installs the servers and the browser that tests start, then runs mocha: everything, or the files given (`npm test -- test/gates/*.ts`). */
async function main(args: readonly string[]): Promise<number> {
  const env = {
    PHASEGATE_TEMPORAL: await temporalCli(),
    PHASEGATE_TEST_SERVER: await temporalTestServer(),
    PHASEGATE_MINISTACK_PYTHON: await emulatorPython(),
    PHASEGATE_CHROMIUM: await chromium(),
  };
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const reporter = join(root, 'scripts', 'test', 'reporter.ts');
  const files = args.some((arg) => arg.startsWith('test/')) ? [] : EVERYTHING;
  const child = spawn(process.execPath, [mocha, '--reporter', reporter, ...args, ...files], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  // Mocha passes only this one on to the process that runs the tests.
  void interrupted().then(() => child.kill('SIGINT'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

await runCommand(() => main(process.argv.slice(2)));
