import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StartedScript, type Outcome } from './run-script.ts';

const root = join(import.meta.dirname, '..', '..');
const scripts = join(root, 'scripts');

/** Stands in for npm: installs the lock file's only package by a link, and notes that it was called. */
const FAKE_NPM = `
  import { appendFileSync, copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
  console.log('npm chatter');
  appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
  if (process.env.FAKE_NPM_FAILS) process.exit(7);
  if (process.env.FAKE_NPM_WAITS) {
    process.once('SIGTERM', () => process.exit(1));
    await new Promise((resolve) => setTimeout(resolve, 1_000_000));
  }
  rmSync('node_modules', { recursive: true, force: true });
  mkdirSync('node_modules');
  symlinkSync(process.env.REAL_ESBUILD, 'node_modules/esbuild');
  copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

describe('bootstrap', () => {
  let checkout: string;

  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'phasegate-bootstrap-'));
    for (const folder of ['src', 'scripts/sandbox/pipelines', 'bench', 'test/support'])
      await mkdir(join(checkout, folder), { recursive: true });
    const commands = (await readdir(scripts)).filter((name) => name.endsWith('.ts')).map((name) => `scripts/${name}`);
    const others = ['bench/command.ts', 'scripts/sandbox/pipelines/main.ts'];
    for (const file of [...commands, ...others]) await writeFile(join(checkout, file), 'export {};');
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
    assert.equal(stderr, 'installing npm packages …\nbundling the commands …\n');
  });

  it('shows what npm said only when it failed', async () => {
    await command('');
    const { code, stdout, stderr } = await start(['plan'], { FAKE_NPM_FAILS: 'yes' }).outcome();
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /npm chatter\n\nnpm ci failed \(exit 7\)/);
  });

  it('ends npm when a signal asks for it, and says how to go on', async () => {
    await command('');
    const entries = watch(checkout);
    const installing = start(['plan'], { FAKE_NPM_WAITS: 'yes' });
    for await (const { filename } of entries) if (filename === 'npm-calls') break;
    installing.process.kill('SIGINT');
    const { code, stdout, stderr } = await installing.outcome();
    assert.deepEqual([code, stdout], [130, '']);
    assert.equal(stderr, 'installing npm packages …\nstopped; run it again to go on\n');
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

  it('tells of the worker which server it connects to, without installing anything', async () => {
    const { code, stdout } = await bootstrap('start', '--help');
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: npm run start\n\n.*\n\n[^]* TEMPORAL_ADDRESS .*127\.0\.0\.1:7233/);
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

  it('bundles the commands once, and again when a source has changed', async () => {
    await source('src/word.ts', "export const word: string = 'first';");
    await command("import { word } from '../src/word.ts'; console.log(word);");
    await bootstrap('plan');
    const again = await bootstrap('plan');
    assert.deepEqual([again.stdout, again.stderr], ['first\n', '']);
    await source('src/word.ts', "export const word: string = 'second';");
    const changed = await bootstrap('plan');
    assert.deepEqual([changed.stdout, changed.stderr], ['second\n', 'bundling the commands …\n']);
  });

  it('leaves a running command what it has not loaded yet when another one bundles anew', async () => {
    await source('src/late.ts', "export const word = 'late';");
    await command(`
      process.once('SIGTERM', async () => { console.log((await import('../src/late.ts')).word); process.exit(); });
      setInterval(() => {}, 1000);
      console.log('running');
    `);
    const running = start(['plan']);
    await running.printed('running');
    await source('scripts/keys.ts', "console.log('anew');");
    assert.equal((await bootstrap('keys')).stdout, 'anew\n');
    running.process.kill('SIGTERM');
    assert.equal((await running.outcome()).stdout, 'running\nlate\n');
  });

  it('names the sources in stack traces, and lets them find what lies beside them', async () => {
    await source(
      'src/deep/places.ts',
      'export const places = [import.meta.dirname, import.meta.filename, import.meta.url];',
    );
    await command(`import { places } from '../src/deep/places.ts';
      console.log(JSON.stringify(places));
      throw new Error('unforeseen');`);
    const { code, stdout, stderr } = await bootstrap('plan');
    const file = join(checkout, 'src/deep/places.ts');
    assert.deepEqual(JSON.parse(stdout), [join(checkout, 'src/deep'), file, pathToFileURL(file).href]);
    assert.equal(code, 1);
    assert.match(stderr, /Error: unforeseen\n *at .*scripts\/plan\.ts:3:/);
  });

  it('tells which source cannot be bundled', async () => {
    await command("import './missing.ts';");
    const { code, stdout, stderr } = await bootstrap('plan');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /scripts\/plan\.ts:1:7: ERROR: Could not resolve ".\/missing.ts"/);
    assert.match(stderr, /\nBundling the commands failed; the reason is above\.\n$/);
  });

  async function lock(integrity: string): Promise<void> {
    const packages = { '': {}, 'node_modules/esbuild': { version: '1.0.0', integrity } };
    await writeFile(join(checkout, 'package-lock.json'), JSON.stringify({ packages }));
  }

  async function command(text: string): Promise<void> {
    await source('scripts/plan.ts', text);
  }

  async function source(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(checkout, file)), { recursive: true });
    await writeFile(join(checkout, file), text);
  }

  async function npmCalls(): Promise<string> {
    return readFile(join(checkout, 'npm-calls'), 'utf8');
  }

  function start(args: readonly string[], env: Record<string, string> = {}): StartedScript {
    return new StartedScript(process.execPath, [join(checkout, 'scripts', 'bootstrap.mjs'), ...args], {
      cwd: tmpdir(),
      env: { npm_execpath: join(checkout, 'fake-npm.js'), REAL_ESBUILD: join(root, 'node_modules/esbuild'), ...env },
    });
  }

  async function bootstrap(...args: string[]): Promise<Outcome> {
    return start(args).outcome();
  }
});
