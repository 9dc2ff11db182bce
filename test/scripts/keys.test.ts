import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { publicKeyOf, readKey } from '../../src/identity/keys.ts';
import { registeredPerson } from '../../src/identity/registry.ts';
import { runScript, type Outcome } from './run-script.ts';

describe('npm run keys', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]): Promise<Outcome> =>
    runScript('keys', args, { INIT_CWD: folder, PASSPHRASE: 'open sesame', NOTHING: '' });
  const pem = (...path: string[]): Promise<string> => readFile(join(folder, ...path), 'utf8');
  const person = (line: string, name: string) =>
    registeredPerson.parse((parse(`people:\n${line}`) as { people: { [name: string]: unknown } }).people[name]);

  it('makes a key that only its owner can read, and prints the line for the playbook', async () => {
    const { code, stdout, stderr } = await run('new', 'dana');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ {2}dana: \{ keys: \[\{ kty: OKP, crv: Ed25519, x: [\w-]{43} \}\] \}\n$/);
    assert.match(stderr, /The private key is in keys\/dana\.pem\./);
    assert.equal((await stat(join(folder, 'keys', 'dana.pem'))).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, 'keys'))).mode & 0o777, 0o700);
    const text = await pem('keys', 'dana.pem');
    assert.deepEqual(person(stdout, 'dana').keys, [publicKeyOf(readKey(text))]);
    assert.deepEqual(await run('show', 'keys/dana.pem'), { code: 0, stdout, stderr: '' });
  });

  it('makes a key for workers, which needs no name, and prints their line for the playbook', async () => {
    const { code, stdout, stderr } = await run('new', '--worker');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^workers: \{ keys: \[\{ kty: OKP, crv: Ed25519, x: [\w-]{43} \}\] \}\n$/);
    assert.match(stderr, /PHASEGATE_WORKER_KEY=keys\/worker\.pem/);
    const { workers } = parse(stdout) as { workers: { keys: unknown[] } };
    assert.deepEqual(workers.keys, [publicKeyOf(readKey(await pem('keys', 'worker.pem')))]);
    const refused = await run('new', '--worker', '--es256');
    assert.deepEqual([refused.code, refused.stderr], [1, 'Workers sign with Ed25519: leave --es256 out.\n']);
    assert.match((await run('new')).stderr, /^Whose key is it\?/);
  });

  it('encrypts it with a passphrase from the environment', async () => {
    const { code, stdout } = await run('new', 'lena', '--es256', '--out', 'mine', '--passphrase-env', 'PASSPHRASE');
    assert.equal(code, 0);
    assert.deepEqual(person(stdout, 'lena').keys, [publicKeyOf(readKey(await pem('mine'), 'open sesame'))]);
    assert.equal((await stat(join(folder, 'mine'))).mode & 0o777, 0o600);
    const shown = await run('show', 'mine', '--name', 'lena', '--passphrase-env', 'PASSPHRASE');
    assert.equal(shown.stdout, stdout);
    const locked = await run('show', 'mine');
    assert.equal(locked.code, 1);
    assert.equal(locked.stderr, 'mine: The private key is encrypted, and there is no passphrase.\n');
  });

  it('never writes over a file', async () => {
    await writeFile(join(folder, 'here'), 'precious');
    const { code, stdout, stderr } = await run('new', 'dana', '--out', 'here');
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^here exists already/);
    assert.equal(await pem('here'), 'precious');
  });

  it('writes no key for want of a passphrase or a usable name', async () => {
    for (const args of [
      ['dana', '--passphrase-env', 'NOTHING'],
      ['dana', '--passphrase-env', 'NO_SUCH_VARIABLE'],
      ['../dana'],
      [''],
    ]) {
      const { code, stdout, stderr } = await run('new', ...args);
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /^The variable \w+ is not set\.\n$|cannot be the name of a person/);
    }
    await assert.rejects(stat(join(folder, 'keys')), { code: 'ENOENT' });
  });

  it('tells why it cannot show a key', async () => {
    await writeFile(join(folder, 'text.pem'), 'precious');
    const [none, text] = [await run('show', 'none.pem'), await run('show', 'text.pem')];
    assert.deepEqual([none.code, none.stderr], [1, 'none.pem does not exist.\n']);
    assert.deepEqual([text.code, text.stderr], [1, 'text.pem: This is no private key in PEM form.\n']);
  });

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, 0);
    assert.match(stdout, /new \[options\] \[name\][\s\S]*show \[options\] <file>/);
  });
});
