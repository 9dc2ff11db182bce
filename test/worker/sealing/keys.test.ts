import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isSignedBy } from '../../../src/base/ed25519.ts';
import { newKey } from '../../../src/identity/keys.ts';
import { openSealer } from '../../../src/worker/sealing/open.ts';

describe('the key of a worker', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made once beside the records, however many workers start at once, for the eyes of their user only', async () => {
    const records = join(folder, 'records');
    const sealers = await Promise.all(Array.from({ length: 12 }, () => openSealer(records, undefined)));
    assert.equal(new Set(sealers.map((one) => one?.key)).size, 1);
    assert.deepEqual(await readdir(records), ['worker.key']);
    assert.equal((await stat(join(records, 'worker.key'))).mode & 0o777, 0o600);
    const [one] = sealers;
    assert.ok(one !== undefined && isSignedBy(one.key, 'text', await one.sign('text')));
    assert.equal((await openSealer(records, undefined))?.key, one.key, 'a later worker reads it');
  });

  it('is there for no records in S3, unless it is configured', async () => {
    assert.equal(await openSealer('s3://bucket/prefix', undefined), undefined);
    const file = join(folder, 'key.pem');
    const { pem, jwk } = newKey('EdDSA');
    await writeFile(file, pem);
    assert.equal((await openSealer('s3://bucket/prefix', { file }))?.key, jwk.x);
  });

  it('is refused in one sentence that repeats nothing of it', async () => {
    const file = join(folder, 'worker.key');
    await writeFile(file, newKey('ES256').pem, { mode: 0o600 });
    await assert.rejects(openSealer(folder, undefined), /worker\.key: answers are signed with Ed25519/);
    const { pem } = newKey('EdDSA');
    await writeFile(file, pem.replace(/\n(.{20})/, '\nsecretsecretsecretse'));
    const error = await openSealer(folder, undefined).catch((one: unknown) => String(one));
    assert.match(String(error), /worker\.key: The private key cannot be read: it is damaged\.$/);
    await assert.rejects(openSealer(folder, { file: join(folder, 'none') }), /none cannot be read \(ENOENT\)$/);
  });

  it('is refused beside the records, in one sentence and at once, where what is there is no file for its user alone', async () => {
    const file = join(folder, 'worker.key');
    const elsewhere = join(folder, 'elsewhere.pem');
    await writeFile(elsewhere, newKey('EdDSA').pem, { mode: 0o600 });
    const kinds: readonly (readonly [what: string, make: () => Promise<unknown>, told: RegExp])[] = [
      ['a FIFO', () => promisify(execFile)('mkfifo', ['-m', '600', file]), /it is no regular file;/],
      ['a directory', () => mkdir(file), /it is no regular file;/],
      ['a link to nothing', () => symlink(join(folder, 'none'), file), /it is a symbolic link;/],
      ['a link to a key', () => symlink(elsewhere, file), /it is a symbolic link;/],
      ['an empty file', () => writeFile(file, '', { mode: 0o600 }), /it is empty;/],
      ['a file for its group', () => copy(0o640), /others than its user may use it \(mode 0640\).*"chmod 600" mends/],
      ['a file for everybody', () => copy(0o644), /others than its user may use it \(mode 0644\)/],
    ];
    async function copy(mode: number): Promise<void> {
      await copyFile(elsewhere, file);
      await chmod(file, mode);
    }
    for (const [what, make, told] of kinds) {
      await make();
      const error = await openSealer(folder, undefined).catch((one: unknown) => String(one));
      assert.match(String(error), told, what);
      assert.match(String(error), /^Error: [^\n]*worker\.key: [^\n]*$/, what);
      await rm(file, { recursive: true });
    }
    await copyFile(elsewhere, file);
    await chmod(file, 0o400);
    assert.ok(await openSealer(folder, undefined), 'its user may make it read-only');
  });

  it('may stay with a program that signs', async () => {
    const { pem, jwk } = newKey('EdDSA');
    const key = join(folder, 'key.pem');
    await writeFile(key, pem);
    const program = await script(
      `const { createPrivateKey, sign } = require('node:crypto'); const { readFileSync } = require('node:fs');
       process.stdout.write(process.argv[2] === 'public-key' ? '${jwk.x}'
         : sign(null, readFileSync(0), createPrivateKey(readFileSync('${key}'))).toString('base64') + '\\n');`,
    );
    const sealer = await openSealer(folder, { program });
    assert.equal(sealer?.key, jwk.x);
    const signatures = await Promise.all(['a', 'b', 'c'].map((text) => sealer.sign(text)));
    assert.ok(signatures.every((signature, index) => isSignedBy(jwk.x, 'abc'[index]!, signature)));
    assert.equal((await readFile(key, 'utf8')).length > 0, true);
  });

  it('is not believed to be a program’s that signs otherwise than it says', async () => {
    const other = await script(`process.stdout.write('A'.repeat(process.argv[2] === 'sign' ? 86 : 43));`);
    await assert.rejects(openSealer(folder, { program: other }), /prints is no Ed25519 signature by the key/);
    const failing = await script(`console.log('secret'); process.exit(3);`);
    await assert.rejects(openSealer(folder, { program: failing }), /public-key has failed \(3\)$/);
  });

  async function script(text: string): Promise<string> {
    const file = join(folder, `signer-${String((await readdir(folder)).length)}`);
    await writeFile(file, `#!${process.execPath}\n${text}\n`);
    await chmod(file, 0o700);
    return file;
  }
});
