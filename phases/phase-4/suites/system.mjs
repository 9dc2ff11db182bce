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
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { bucketClient, LEFT_OUT } from './sources.mjs';

/** Ends the program with an exit code, when it has cleaned up. */
class Ended extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const run = promisify(execFile);
const [region, environments, ...suites] = process.argv.slice(2);
const app = join(import.meta.dirname, '..', 'app');
const OUTPUT = 16 * 1024 * 1024;

const { phase } = JSON.parse(await text(process.stdin));
const client = new CloudFormationClient({ region });
const folder = await mkdtemp(join(tmpdir(), 'phasegate-system-'));
process.once('SIGTERM', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(143);
});
try {
  if (environments === undefined || suites.length === 0) {
    throw new Ended(2, 'Say the region, the environments, and which suites of app/test/system to run.');
  }
  await cp(app, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(path.slice(app.length + 1).split('/')[0]) });
  await symlink(join(await packages(), 'node_modules'), join(folder, 'node_modules'));
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

/** The application's packages, installed once for each state of its lock file. Those of two states are kept. */
async function packages() {
  const cache = resolve(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'phasegate-orders');
  const state = createHash('sha256').update(await readFile(join(app, 'package-lock.json')));
  const shared = join(cache, state.digest('hex').slice(0, 16));
  await mkdir(cache, { recursive: true });
  // Two at once would take each other's time. One that was killed leaves its turn behind.
  const turn = `${shared}.turn`;
  while (!(await isThere(shared)) && !(await taken(turn))) await delay(200);
  if (await isThere(shared)) return shared;
  const own = await mkdtemp(join(cache, 'draft-'));
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(app, file), join(own, file));
    await run('npm', ['ci', '--prefer-offline', '--ignore-scripts', '--loglevel=error'], {
      cwd: own,
      maxBuffer: OUTPUT,
    });
    await rm(shared, { recursive: true, force: true });
    await rename(own, shared);
  } catch (error) {
    // One that took longer than its turn may have come first.
    if (!(await isThere(shared))) throw new Ended(2, `npm ci: ${lastLines(error.stderr ?? error.message)}`);
  } finally {
    await rm(own, { recursive: true, force: true });
    await rm(turn, { force: true });
  }
  await removeOlder(cache);
  return shared;
}

/** Not what somebody has deleted a part of. */
async function isThere(shared) {
  return (await stat(join(shared, 'node_modules', 'mocha', 'bin', 'mocha.js')).catch(() => undefined)) !== undefined;
}

/** Takes the turn, unless a process has it that still runs; of another host, for ten minutes. */
async function taken(turn) {
  const since = (await stat(turn).catch(() => undefined))?.mtimeMs;
  if (since !== undefined) {
    const [host, pid] = (await readFile(turn, 'utf8').catch(() => '')).split(' ');
    const isOver = host === hostname() ? !isRunning(Number(pid)) : Date.now() - since > 600_000;
    if (isOver) await rm(turn, { force: true });
  }
  return writeFile(turn, `${hostname()} ${process.pid}`, { flag: 'wx' }).then(
    () => true,
    () => false,
  );
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function removeOlder(cache) {
  const drafts = (await readdir(cache)).filter((name) => name.startsWith('draft-')).map((name) => join(cache, name));
  // Those of processes that were killed.
  for (const path of drafts) {
    if (Date.now() - (await stat(path)).mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
  }
  const states = (await readdir(cache)).filter((name) => /^[0-9a-f]{16}$/.test(name)).map((name) => join(cache, name));
  const found = await Promise.all(states.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  for (const { path } of found.sort((a, b) => b.at - a.at).slice(2)) await rm(path, { recursive: true, force: true });
}

async function testsIn(environment) {
  const [application, identity, data] = await Promise.all(
    ['application', 'identity', 'application-data'].map((stack) => outputsOf(`${phase.name}-${environment}-${stack}`)),
  );
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const env = {
    ...process.env,
    AWS_REGION: region,
    API_URL: application.ApiUrl,
    // Domains of Cognito have host names on AWS alone.
    DOMAIN_URL: endpoint ?? identity.DomainUrl,
    TOKEN_URL: identity.TokenUrl,
    MACHINE_SECRET_ARN: identity.MachineSecretArn,
    USER_POOL_ID: identity.UserPoolId,
    CONSOLE_CLIENT_ID: identity.ConsoleClientId,
    IDENTITY_POOL_ID: identity.IdentityPoolId,
    DOCUMENTS_BUCKET: data.DocumentsBucket,
  };
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
  const { Bucket } = await outputsOf(`${phase.name}-account-releases`);
  const sha256 = createHash('sha256').update(report).digest('hex');
  const Key = `reports/system/${sha256}.xml`;
  const s3 = bucketClient(region);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: report, ContentType: 'application/xml' }));
  return { where: `s3://${Bucket}/${Key}`, sha256 };
}

async function outputsOf(StackName) {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    throw new Ended(2, `${StackName}: ${error.message}`);
  }
}

/** Mocha's summary of the failures comes last. */
function lastLines(output = '') {
  return output.trim().split('\n').slice(-15).join('\n');
}
