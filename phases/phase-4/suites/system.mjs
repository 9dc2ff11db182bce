/**
 * Runs system tests of the orders service (app/test/system) against what is deployed in one environment.
 *
 *     node system.mjs REGION ENVIRONMENT FILE...
 *     node system.mjs --list FILE...
 *
 * FILE is the name of a test file, such as "data-flow". The addresses come from the outputs of the phase's stacks. The report is
 * $PHASEGATE_REPORT_DIR/report.xml (JUnit); without the variable, it goes into this folder. Exit 0 when all tests have passed, 1 when one has
 * failed, 2 when they could not run: then there is no report.
 */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyApp, lastLines } from './packages.mjs';
import { reached, reportFile } from './program.mjs';

const run = promisify(execFile);
const OUTPUT = 16 * 1024 * 1024;

const isListed = process.argv[2] === '--list';
const [region, environment, ...files] = isListed ? ['', '', ...process.argv.slice(3)] : process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'phasegate-system-'));
process.once('SIGTERM', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(143);
});
try {
  if (files.length === 0)
    throw new Error('Say the region, the environment, and which files of app/test/system to run.');
  if (!isListed) await reached([region, environment]);
  await copyApp(folder);
  await (isListed ? list() : test());
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await rm(folder, { recursive: true, force: true });
}

function mocha(args) {
  const program = join(folder, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const paths = files.map((file) => `test/system/${file}.test.ts`);
  return run(process.execPath, [program, ...args, ...paths], {
    cwd: folder,
    maxBuffer: OUTPUT,
  });
}

async function test() {
  const failed = await mocha([]).then(
    () => undefined,
    (error) => error,
  );
  if (failed !== undefined) console.error(lastLines(failed.stdout || failed.stderr || failed.message));
  // Without it, the tests could not run.
  await copyFile(join(folder, 'reports', 'system.xml'), reportFile('report.xml'));
  if (failed !== undefined) process.exitCode = 1;
}

async function list() {
  const { stdout } = await mocha(['--dry-run', '--reporter', 'json']);
  const { tests } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  const keys = tests.map(({ title, fullTitle }) => `${fullTitle.slice(0, -title.length - 1)} › ${title}`);
  console.log(keys.sort().join('\n'));
}
