import assert from 'node:assert/strict';
import { oidc, publicKey, registeredPerson } from '../../src/identity/registry.ts';
import { dana, lena } from './fixture.ts';

describe('the registry of keys', () => {
  it('takes public keys of both types', () => {
    for (const { jwk } of [dana, lena]) assert.deepEqual(publicKey.parse(jwk), jwk);
    assert.deepEqual(registeredPerson.parse({}), { keys: [] });
  });

  it('refuses a private key, and says so without repeating it', () => {
    for (const { key } of [dana, lena]) {
      const jwk = key.export({ format: 'jwk' });
      const { error } = publicKey.safeParse(jwk);
      assert.match(error!.issues[0]!.message, /^this is a private key/);
      assert.ok(!JSON.stringify(error).includes(jwk.d!));
    }
  });

  it('refuses other keys, and other ways to write the same one', () => {
    const { x } = dana.jwk;
    const others = [
      { kty: 'oct', k: x },
      { kty: 'RSA', n: x, e: 'AQAB' },
      { kty: 'OKP', crv: 'X25519', x },
      { kty: 'EC', crv: 'P-384', x, y: x },
      { kty: 'EC', crv: 'P-256', x },
      { kty: 'OKP', crv: 'Ed25519', x: `${x}=` },
      { kty: 'OKP', crv: 'Ed25519', x: `${x.slice(0, 42)}B` },
      { kty: 'OKP', crv: 'Ed25519', x, use: 'sig' },
      'ssh-ed25519 AAAA',
    ];
    for (const other of others) assert.equal(publicKey.safeParse(other).success, false, JSON.stringify(other));
  });

  it('refuses numbers that are no public key, and keys for which anybody can sign', () => {
    const nothing = 'A'.repeat(43);
    const { x, y } = lena.key.export({ format: 'jwk' });
    const others = [
      { kty: 'OKP', crv: 'Ed25519', x: nothing },
      { kty: 'OKP', crv: 'Ed25519', x: `AQ${'A'.repeat(41)}` },
      { kty: 'EC', crv: 'P-256', x: nothing, y: nothing },
      { kty: 'EC', crv: 'P-256', x: y, y: x },
    ];
    for (const other of others) {
      const { error } = publicKey.safeParse(other);
      assert.match(error?.issues[0]?.message ?? '', /^this is no public key/, JSON.stringify(other));
    }
  });

  it('takes a provider over https, or on this machine', () => {
    const accepts = (issuer: string) => oidc.safeParse({ issuer, audience: 'phasegate' }).success;
    for (const issuer of ['https://idp.example/realm', 'http://127.0.0.1:8080', 'http://localhost/x']) {
      assert.ok(accepts(issuer), issuer);
    }
    for (const issuer of [
      'http://idp.example',
      'http://localhost.idp.example',
      'http://127.0.0.1@idp.example',
      'https://user:word@idp.example',
      'ftp://127.0.0.1',
      'idp.example',
      '',
    ]) {
      assert.ok(!accepts(issuer), issuer);
    }
    assert.equal(oidc.parse({ issuer: 'https://idp.example', audience: 'phasegate' }).claim, 'sub');
    assert.ok(!oidc.safeParse({ issuer: 'https://idp.example', audience: 'p', jwks: 'http://idp.example/k' }).success);
  });
});
