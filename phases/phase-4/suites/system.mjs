/**
 * Runs system tests of the orders service (app/test/system) against what is deployed, in one environment after the other.
 *
 *     node system.mjs REGION ENVIRONMENT[,ENVIRONMENT] SUITE... < brief.json
 *
 * A suite is the name of a test file, such as "data-flow". The addresses come from the outputs of the phase's stacks. Exit 0 when all
 * tests have passed, 1 when one has failed, 2 when they could not run.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { copyApp, lastLines } from './packages.mjs';
import { bucketClient } from './sources.mjs';
import { outputsOf, systemVariables } from './stacks.mjs';

/** Ends the program with an exit code, when it has cleaned up. */
class Ended extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const run = promisify(execFile);
const [region, environments, ...suites] = process.argv.slice(2);
const OUTPUT = 16 * 1024 * 1024;

const { phase } = JSON.parse(await text(process.stdin));
const folder = await mkdtemp(join(tmpdir(), 'phasegate-system-'));
process.once('SIGTERM', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(143);
});
try {
  if (environments === undefined || suites.length === 0) {
    throw new Ended(2, 'Say the region, the environments, and which suites of app/test/system to run.');
  }
  await found(copyApp(folder));
  const counts = [];
  const evidence = [];
  for (const environment of environments.split(',')) {
    const { passed, report } = await testsIn(environment);
    counts.push(`${passed} in ${environment}`);
    evidence.push(await kept(report));
  }
  console.log(JSON.stringify({ note: `${suites.join(', ')}: tests passed: ${counts.join(', ')}`, evidence }));
} catch (error) {
  if (!(error instanceof Ended)) throw error;
  console.error(error.message);
  process.exitCode = error.code;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function testsIn(environment) {
  const env = { ...process.env, ...(await found(systemVariables(region, environment, phase.name))) };
  const files = suites.map((suite) => `test/system/${suite}.test.ts`);
  const mocha = join(folder, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const { stdout } = await run(process.execPath, [mocha, ...files], { cwd: folder, env, maxBuffer: OUTPUT }).catch(
    (error) => {
      throw new Ended(1, `${environment}: ${lastLines(error.stdout || error.stderr)}`);
    },
  );
  const passed = Number(/^ *(\d+) passing/m.exec(stdout)?.[1] ?? 0);
  if (passed === 0) throw new Ended(1, `${environment}: no test ran`);
  return { passed, report: await readFile(join(folder, 'reports', 'system.xml')) };
}

/** Puts a report (JUnit) beside those of the builds. */
async function kept(report) {
  const { Bucket } = await found(outputsOf(region, 'account', 'releases', phase.name));
  const sha256 = createHash('sha256').update(report).digest('hex');
  const Key = `reports/system/${sha256}.xml`;
  const s3 = bucketClient(region);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: report, ContentType: 'application/xml' }));
  return { where: `s3://${Bucket}/${Key}`, sha256 };
}

/** What the tests need: without it they could not run. */
async function found(needed) {
  return needed.catch((error) => {
    throw new Ended(2, error.message);
  });
}
