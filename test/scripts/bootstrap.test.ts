import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartedScript, type Outcome } from './run-script.ts';

const scripts = join(import.meta.dirname, '..', '..', 'scripts');

/** Stands in for npm: installs the lock file's only package by a link, and notes that it was called. */
const FAKE_NPM = `
  import { appendFileSync, copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
  console.log('npm chatter');
  appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
  if (process.env.FAKE_NPM_FAILS) process.exit(7);
  rmSync('node_modules', { recursive: true, force: true });
  mkdirSync('node_modules');
  symlinkSync(process.env.REAL_TSX, 'node_modules/tsx');
  copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

describe('bootstrap', () => {
  let checkout: string;

  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'phasegate-bootstrap-'));
    await mkdir(join(checkout, 'scripts'));
    await cp(join(scripts, 'bootstrap.mjs'), join(checkout, 'scripts', 'bootstrap.mjs'));
    await cp(join(scripts, 'bootstrap'), join(checkout, 'scripts', 'bootstrap'), { recursive: true });
    await writeFile(join(checkout, 'fake-npm.js'), FAKE_NPM);
    await writeFile(join(checkout, 'package.json'), '{"type":"module"}');
    await lock('sha512-1');
  });

  afterEach(() => rm(checkout, { recursive: true, force: true }));

  it('installs packages once, and again when the lock file has changed', async () => {
    await command('');
    assert.equal((await bootstrap('plan')).code, 0);
    assert.equal((await bootstrap('plan')).code, 0);
    assert.equal(await npmCalls(), 'ci --loglevel=notice\n');
    await lock('sha512-2');
    assert.equal((await bootstrap('plan')).code, 0);
    assert.equal(await npmCalls(), 'ci --loglevel=notice\nci --loglevel=notice\n');
  });

  it('keeps standard output for the command, and passes its arguments and exit code', async () => {
    await command('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;');
    const { code, stdout, stderr } = await bootstrap('plan', 'compile', '--json');
    assert.equal(code, 3);
    assert.equal(stdout, '["compile","--json"]\n');
    assert.equal(stderr, 'installing npm packages …\n');
  });

  it('shows what npm said only when it failed', async () => {
    await command('');
    const { code, stdout, stderr } = await start(['plan'], { FAKE_NPM_FAILS: 'yes' }).outcome();
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /npm chatter\n\nnpm ci failed \(exit 7\)/);
  });

  it('passes signals on and waits for the command to end in its own time', async () => {
    await command(`
      process.once('SIGTERM', () => setTimeout(() => { console.log('drained'); process.exit(5); }, 50));
      setInterval(() => {}, 1000);
      console.log('running');
    `);
    const running = start(['plan']);
    await running.printed('running');
    running.process.kill('SIGTERM');
    const { code, stdout } = await running.outcome();
    assert.equal(code, 5);
    assert.equal(stdout, 'running\ndrained\n');
  });

  it('lists the commands when it does not know one, without installing anything', async () => {
    const { code, stderr } = await bootstrap('approove');
    assert.equal(code, 1);
    assert.match(stderr, /^There is no command "approove"\.$/m);
    assert.match(stderr, /npm run approve /);
    await assert.rejects(npmCalls(), { code: 'ENOENT' });
  });

  it('refuses what setup, build and start do not know, without installing anything', async () => {
    for (const [args, told] of [
      [['setup', '--foo'], 'npm run setup does not know "--foo"; it takes none.\n'],
      [['start', 'now'], 'npm run start does not know "now"; it takes none.\n'],
      [['build', '--if-changed', '--fast'], 'npm run build does not know "--fast"; it takes --if-changed.\n'],
    ] as const) {
      const { code, stdout, stderr } = await bootstrap(...args);
      assert.deepEqual([code, stdout, stderr], [1, '', told]);
    }
    await assert.rejects(npmCalls(), { code: 'ENOENT' });
  });

  it('tells an old Node what to install', async () => {
    const check = `import { checkNode } from ${JSON.stringify(join(checkout, 'scripts/bootstrap/install.mjs'))};
      checkNode('20.19.0'); checkNode('24.0.1'); checkNode('20.18.3');`;
    const { stderr } = await new StartedScript(process.execPath, ['--input-type=module', '-e', check], {}).outcome();
    assert.match(stderr, /phasegate needs Node 20\.19 or newer; this is 20\.18\.3\.\nInstall/);
  });

  async function lock(integrity: string): Promise<void> {
    const packages = { '': {}, 'node_modules/tsx': { version: '1.0.0', integrity } };
    await writeFile(join(checkout, 'package-lock.json'), JSON.stringify({ packages }));
  }

  async function command(source: string): Promise<void> {
    await writeFile(join(checkout, 'scripts', 'plan.ts'), source);
  }

  async function npmCalls(): Promise<string> {
    return readFile(join(checkout, 'npm-calls'), 'utf8');
  }

  function start(args: readonly string[], env: Record<string, string> = {}): StartedScript {
    return new StartedScript(process.execPath, [join(checkout, 'scripts', 'bootstrap.mjs'), ...args], {
      cwd: tmpdir(),
      env: { npm_execpath: join(checkout, 'fake-npm.js'), REAL_TSX: join(scripts, '../node_modules/tsx'), ...env },
    });
  }

  async function bootstrap(...args: string[]): Promise<Outcome> {
    return start(args).outcome();
  }
});
