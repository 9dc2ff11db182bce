import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  ListBuildsForProjectCommand,
  StartBuildCommand,
} from '@aws-sdk/client-codebuild';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { accepts, choosePort } from '../../scripts/sandbox/ports.ts';
import { allStarted, endInTurn } from '../../scripts/sandbox/processes.ts';
import { isRunning } from '../sandbox/pipelines/builds/support.ts';
import { runScript, startScript } from './run-script.ts';

describe('npm run sandbox', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'phasegate-sandbox-test-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('starts its servers, says where they are, and ends them on Ctrl-C with nothing left behind', async () => {
    const [temporal, ui, emulator] = await freePorts(3);
    const sandbox = startScript('sandbox', portArgs({ temporal, ui, emulator }), { TMPDIR: folder });
    await sandbox.printed('Ctrl-C stops everything.');
    assert.deepEqual(await Promise.all([temporal, ui, emulator].map(accepts)), [true, true, true]);
    const pid = await beginBuild(emulator, join(folder, 'pid'));

    // npm and the terminal both pass Ctrl-C on.
    sandbox.process.kill('SIGINT');
    sandbox.process.kill('SIGINT');
    const { code, stdout, stderr } = await sandbox.outcome();
    assert.equal(code, 0);
    assert.match(stderr, /stopping …\nThe sandbox forgets its phases when it stops; --db FILE keeps them\.\n$/);
    assert.match(stdout, new RegExp(`export TEMPORAL_ADDRESS=127.0.0.1:${temporal}$`, 'm'));
    assert.match(stdout, new RegExp(`export AWS_ENDPOINT_URL=http://127.0.0.1:${emulator}$`, 'm'));
    assert.deepEqual(await Promise.all([temporal, ui, emulator].map(accepts)), [false, false, false]);
    assert.equal(await isRunning(pid), false);
    assert.deepEqual(await processesThatName(folder), []);
    const left = (await readdir(folder)).filter((name) => name.startsWith('phasegate-'));
    assert.deepEqual(left, []);
  });

  it('keeps projects and builds with --db, having stopped those that ran; the end of a server ends the others', async () => {
    const [temporal, ui, emulator] = await freePorts(3);
    const args = [...portArgs({ temporal, ui, emulator }), '--db', join(folder, 'sandbox.db')];
    const first = startScript('sandbox', args);
    await first.printed('Ctrl-C stops everything.');
    await beginBuild(emulator, join(folder, 'pid'));
    first.process.kill('SIGTERM');
    assert.equal((await first.outcome()).code, 0);

    const second = startScript('sandbox', args);
    await second.printed('Ctrl-C stops everything.');
    const client = codeBuild(emulator);
    const { ids } = await client.send(new ListBuildsForProjectCommand({ projectName: 'slow' }));
    const { builds = [] } = await client.send(new BatchGetBuildsCommand({ ids }));
    assert.deepEqual(
      builds.map(({ buildStatus }) => buildStatus),
      ['STOPPED'],
    );
    const [standIn] = await processesThatName(join(folder, 'sandbox.db.pipelines'));
    process.kill(Number(standIn), 'SIGKILL');
    const { code, stderr } = await second.outcome();
    assert.equal(code, 1);
    assert.match(stderr, /A server has ended with SIGKILL; its log is .*pipelines-\d+\.log\. Stopping the rest\.\n$/);
    assert.deepEqual(await processesThatName(folder), []);
  });

  it('leaves the emulator out with --temporal-only', async () => {
    const [temporal, ui] = await freePorts(2);
    // An emulator could not start on it, which would be an error.
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port: emulator } = holder.address() as AddressInfo;
    try {
      const args = ['--temporal-only', ...portArgs({ temporal, ui, emulator })];
      const sandbox = startScript('sandbox', args, { PATH: pathWithout('temporal') });
      await sandbox.printed('Ctrl-C stops everything.');
      sandbox.process.kill('SIGTERM');
      const { code, stdout } = await sandbox.outcome();
      assert.equal(code, 0);
      assert.doesNotMatch(stdout, /AWS/);
      const [, folder = ''] = /^ {2}export PATH="\$PATH:(.*)"$/m.exec(stdout) ?? [];
      assert.ok(existsSync(join(folder, 'temporal')), stdout);
    } finally {
      holder.close();
    }
  });

  it('names the busy port and the option to change, before it starts anything', async () => {
    const [temporal, ui] = await freePorts(2);
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port: busy } = holder.address() as AddressInfo;
    try {
      const { code, stderr } = await runScript('sandbox', portArgs({ temporal, ui, emulator: busy }));
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`Port ${busy} is in use.*--emulator-port or PHASEGATE_EMULATOR_PORT`));
      assert.doesNotMatch(stderr, /^ +at |starting|installing/m);
      assert.equal(await accepts(temporal), false);
    } finally {
      holder.close();
    }
  });

  it('shows the log of a server that does not start', async () => {
    const [temporal, ui] = await freePorts(2);
    const args = ['--temporal-only', ...portArgs({ temporal, ui, emulator: 1 })];
    const { code, stderr } = await runScript('sandbox', args, { PHASEGATE_TEMPORAL: '/usr/bin/false' });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /The Temporal server ended with exit code 1 before it was ready; its log is .*temporal-\d+\.log/,
    );
  });

  it('says so when a named tool is missing', async () => {
    const [temporal, ui] = await freePorts(2);
    const args = ['--temporal-only', ...portArgs({ temporal, ui, emulator: 1 })];
    const { code, stderr } = await runScript('sandbox', args, { PHASEGATE_TEMPORAL: '/no/such/temporal' });
    assert.equal(code, 1);
    assert.match(stderr, /PHASEGATE_TEMPORAL names \/no\/such\/temporal, which is not a program/);
  });
});

describe('servers that start together', () => {
  it('are ended, the last one first, when one of them does not start', async () => {
    const ended: string[] = [];
    const server = (name: string) => ({ stop: async () => void ended.push(name) });
    const [first, last] = await allStarted([Promise.resolve(server('first')), Promise.resolve(server('last'))]);
    await endInTurn([first, last]);
    assert.deepEqual(ended.splice(0), ['last', 'first']);
    const late = delay(10).then(() => server('late'));
    const failing = Promise.reject(new Error('port in use'));
    await assert.rejects(allStarted([Promise.resolve(server('early')), failing, late]), { message: 'port in use' });
    assert.deepEqual(ended, ['late', 'early']);
  });
});

describe('choosePort', () => {
  it('takes what is given, else the environment, else the usual one', () => {
    const before = process.env['PHASEGATE_UI_PORT'];
    try {
      delete process.env['PHASEGATE_UI_PORT'];
      assert.equal(choosePort('ui'), 8233);
      process.env['PHASEGATE_UI_PORT'] = '9000';
      assert.equal(choosePort('ui'), 9000);
      assert.equal(choosePort('ui', '9001'), 9001);
    } finally {
      if (before === undefined) delete process.env['PHASEGATE_UI_PORT'];
      else process.env['PHASEGATE_UI_PORT'] = before;
    }
  });

  it('refuses what is no port', () => {
    assert.throws(() => choosePort('emulator', 'http'), /"http" is not a port: --emulator-port/);
  });
});

function portArgs({ temporal, ui, emulator }: { temporal: number; ui: number; emulator: number }): string[] {
  return ['--temporal-port', `${temporal}`, '--ui-port', `${ui}`, '--emulator-port', `${emulator}`];
}

/** Starts a build through the emulator that would take ten minutes. Resolves with its shell's process number. */
async function beginBuild(emulator: number, pidFile: string): Promise<number> {
  const client = codeBuild(emulator);
  const commands = [`echo $$ > ${pidFile}.draft && mv ${pidFile}.draft ${pidFile} && sleep 600`];
  await client.send(
    new CreateProjectCommand({
      name: 'slow',
      source: { type: 'NO_SOURCE', buildspec: JSON.stringify({ version: 0.2, phases: { build: { commands } } }) },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: { type: 'LINUX_CONTAINER', image: 'none', computeType: 'BUILD_GENERAL1_SMALL' },
      serviceRole: await buildRole(emulator),
    }),
  );
  await client.send(new StartBuildCommand({ projectName: 'slow' }));
  while (!existsSync(pidFile)) await delay(50);
  return Number(await readFile(pidFile, 'utf8'));
}

/** The sandbox enforces IAM: a build without a role does not begin. */
async function buildRole(emulator: number): Promise<string> {
  const Principal = { Service: 'codebuild.amazonaws.com' };
  const Statement = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  const client = new IAMClient(access(emulator));
  const { Role } = await client.send(new CreateRoleCommand({ RoleName: 'build', AssumeRolePolicyDocument }));
  return String(Role?.Arn);
}

function codeBuild(emulator: number): CodeBuildClient {
  return new CodeBuildClient(access(emulator));
}

function access(emulator: number) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { region: 'eu-west-1', endpoint: `http://127.0.0.1:${emulator}`, credentials };
}

/** Numbers of the processes whose command line names a folder. */
async function processesThatName(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    const command = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
    if (command.includes(folder)) found.push(pid);
  }
  return found;
}

/** Ports that nobody listened on a moment ago. */
async function freePorts(count: 2): Promise<[number, number]>;
async function freePorts(count: 3): Promise<[number, number, number]>;
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

function pathWithout(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((folder) => !existsSync(join(folder, program))).join(delimiter);
}
