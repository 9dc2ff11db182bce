import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { keyFromCommand, newKey, publicKeyOf, readKey } from '../../src/identity/keys.ts';

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing thrown';
}

describe('keys', () => {
  for (const alg of ['EdDSA', 'ES256'] as const) {
    it(`of ${alg} are written and read, encrypted or not`, () => {
      const open = newKey(alg);
      assert.deepEqual(publicKeyOf(readKey(open.pem)), open.jwk);
      const locked = newKey(alg, 'open sesame');
      assert.match(locked.pem, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
      assert.deepEqual(publicKeyOf(readKey(locked.pem, 'open sesame')), locked.jwk);
      assert.equal(
        messageOf(() => readKey(locked.pem)),
        'The private key is encrypted, and there is no passphrase.',
      );
      assert.equal(
        messageOf(() => readKey(locked.pem, 'open barley')),
        'The private key cannot be read: the passphrase is wrong, or it is damaged.',
      );
    });
  }

  it('take no empty passphrase, which would protect nothing', () => {
    assert.throws(() => newKey('EdDSA', ''), /passphrase is empty/);
  });

  it('read a plain key whether or not there is a passphrase for it', () => {
    const { pem, jwk } = newKey('EdDSA');
    assert.deepEqual(publicKeyOf(readKey(pem, 'unused')), jwk);
  });

  it('read a P-256 key as OpenSSL writes it', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    assert.equal(publicKeyOf(readKey(privateKey.export({ type: 'sec1', format: 'pem' }).toString())).kty, 'EC');
  });

  it('are not read from anything else', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const text of ['', 'secret text', spki]) {
      assert.equal(
        messageOf(() => readKey(text)),
        'This is no private key in PEM form.',
      );
    }
    const damaged = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
    assert.equal(
      messageOf(() => readKey(damaged)),
      'The private key cannot be read: it is damaged.',
    );
  });

  it('of other types are refused', () => {
    const pairs = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      generateKeyPairSync('x25519'),
    ];
    for (const { privateKey } of pairs) {
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      assert.match(
        messageOf(() => readKey(pem)),
        /must be an Ed25519 or a P-256 key/,
      );
    }
  });
});

describe('a key from a command', () => {
  const node = (source: string) => [process.execPath, '-e', source];

  it('is what the program prints', async () => {
    const { pem, jwk } = newKey('ES256');
    const key = await keyFromCommand(node(`process.stdout.write(${JSON.stringify(pem)})`));
    assert.deepEqual(publicKeyOf(key), jwk);
    const locked = newKey('EdDSA', 'open sesame');
    const unlocked = await keyFromCommand(node(`process.stdout.write(${JSON.stringify(locked.pem)})`), 'open sesame');
    assert.deepEqual(publicKeyOf(unlocked), locked.jwk);
  });

  it('meets no shell', async () => {
    const { pem } = newKey('EdDSA');
    const source = `if (process.argv[1] === '$(echo a); b') process.stdout.write(${JSON.stringify(pem)})`;
    await keyFromCommand([...node(source), '$(echo a); b']);
  });

  it('has nobody at its standard input', async () => {
    const { pem } = newKey('EdDSA');
    await keyFromCommand(node(`process.stdin.resume().on('end', () => process.stdout.write(${JSON.stringify(pem)}))`));
  });

  const failures: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no program', [], /There is no program/],
    ['an unknown program', ['/no/such/program'], /from \/no\/such\/program: there is no such program\.$/],
    ['an exit code', node(`console.log('SECRET'); console.error('SECRET'); process.exit(3)`), /exit code 3\.$/],
    ['a signal', node(`console.log('SECRET'); process.kill(process.pid, 'SIGKILL')`), /ended by SIGKILL\.$/],
    ['something else', node(`console.log('SECRET')`), /no private key in PEM form/],
    ['far too much', node(`console.log('SECRET'.repeat(20_000))`), /prints more than a key\.$/],
  ];
  for (const [what, argv, message] of failures) {
    it(`fails with ${what}, without what was printed`, async () => {
      await assert.rejects(keyFromCommand(argv), (error: Error) => {
        assert.match(error.message, message);
        // The program's arguments are not repeated either: some hold a password.
        assert.ok(!`${error.stack ?? ''}${JSON.stringify(error)}${String(error.cause)}`.includes('SECRET'));
        return true;
      });
    });
  }
});
