import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { accepts, choosePort } from '../../scripts/sandbox/ports.ts';
import { runScript, startScript } from './run-script.ts';

describe('npm run sandbox', () => {
  it('starts both servers, says where they are, and ends them on Ctrl-C', async () => {
    const [temporal, ui, emulator] = await freePorts(3);
    const sandbox = startScript('sandbox', portArgs({ temporal, ui, emulator }));
    await sandbox.printed('Ctrl-C stops everything.');
    assert.deepEqual(await Promise.all([temporal, ui, emulator].map(accepts)), [true, true, true]);

    // npm and the terminal both pass Ctrl-C on.
    sandbox.process.kill('SIGINT');
    sandbox.process.kill('SIGINT');
    const { code, stdout, stderr } = await sandbox.outcome();
    assert.equal(code, 0);
    assert.match(stderr, /stopping …\nThe sandbox forgets its phases when it stops; --db FILE keeps them\.\n$/);
    assert.match(stdout, new RegExp(`export TEMPORAL_ADDRESS=127.0.0.1:${temporal}$`, 'm'));
    assert.match(stdout, new RegExp(`export AWS_ENDPOINT_URL=http://127.0.0.1:${emulator}$`, 'm'));
    assert.deepEqual(await Promise.all([temporal, ui, emulator].map(accepts)), [false, false, false]);
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
