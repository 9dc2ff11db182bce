import assert from 'node:assert/strict';
import type { DecisionClaims } from '../../src/identity/claims.ts';
import { verifyIdToken } from '../../src/identity/id-token.ts';
import { providerKeys, ProviderUnavailable } from '../../src/identity/provider.ts';
import { verifyDecision, type Expected, type Refused, type Verified } from '../../src/identity/verify.ts';
import { Receiver } from '../activities/notices/receiver.ts';
import { claims, expected, now } from './fixture.ts';
import { Provider } from './provider.ts';

describe('a decision with an ID token is to be tried again', () => {
  let provider: Provider;

  beforeEach(async () => {
    provider = await Provider.start();
  });
  afterEach(() => provider.stop());

  const verify = (
    idToken: string,
    decision: DecisionClaims,
    more: Partial<Expected> = {},
  ): Promise<Verified | Refused> =>
    verifyDecision({ idToken, decision }, { ...expected, oidc: provider.oidc, ...more });

  const document = '/.well-known/openid-configuration';
  const failures: readonly (readonly [string, { readonly [path: string]: unknown }, RegExp])[] = [
    ['has a fault', { [document]: 503 }, /it answered with status 503\.$/],
    ['answers with something else', { [document]: '<html>' }, /cannot be used now: SyntaxError\.$/],
    ['sends elsewhere', { [document]: 302 }, /status 302\.$/],
    ['speaks for another', { [document]: { issuer: 'https://x', jwks_uri: 'https://x/jwks' } }, /another issuer\.$/],
    ['has no keys', { '/jwks': 404 }, /it answered with status 404\.$/],
    ['has keys of another form', { '/jwks': { keys: 'none' } }, /its answer cannot be used\.$/],
  ];
  for (const [what, serves, message] of failures) {
    it(`when the provider ${what}, and counts then`, async () => {
      const said = claims();
      const idToken = await provider.idToken(said);
      const before = { ...provider.serves };
      Object.assign(provider.serves, serves);
      await assert.rejects(verify(idToken, said), (error: Error) => {
        assert.ok(error instanceof ProviderUnavailable);
        assert.match(error.message, message);
        assert.ok(!error.message.includes(idToken));
        return true;
      });
      Object.assign(provider.serves, before);
      assert.ok((await verify(idToken, said)).ok);
    });
  }

  it('when the keys are somewhere that is not safe', async () => {
    const said = claims();
    provider.serves[document] = { issuer: provider.oidc.issuer, jwks_uri: 'http://idp.example/jwks' };
    await assert.rejects(verify(await provider.idToken(said), said), /names no https URL of keys\.$/);
  });

  it('when a provider elsewhere says that its keys are on this machine', async () => {
    const issuer = 'https://idp.example';
    const asked: string[] = [];
    const real = globalThis.fetch;
    // No provider with a certificate can be had here.
    globalThis.fetch = async (url) => {
      asked.push(String(url));
      return Response.json({ issuer, jwks_uri: `${provider.oidc.issuer}/jwks` });
    };
    try {
      const said = claims();
      const idToken = await provider.idToken(said, { iss: issuer });
      const oidc = { ...provider.oidc, issuer };
      await assert.rejects(verify(idToken, said, { oidc }), /names no https URL of keys\.$/);
      assert.deepEqual(asked, [`${issuer}${document}`]);
    } finally {
      globalThis.fetch = real;
    }
  });

  it('when the provider answers without end', async () => {
    const said = claims();
    provider.serves['/jwks'] = JSON.stringify({ keys: [], padding: 'x'.repeat(1024 * 1024) });
    await assert.rejects(verify(await provider.idToken(said), said), /its answer has more than 1 MiB\.$/);
  });

  it('when the provider is silent: for a while it is not asked again, so that others need not wait', async () => {
    const silent = await Receiver.start(() => undefined);
    const issuer = silent.url;
    try {
      const said = claims();
      const ask = async (rest: number): Promise<unknown> => {
        const keys = providerKeys({ issuer, jwks: `${issuer}/${String(rest)}` }, { attempt: 50, rest });
        const bound = { oidc: { ...provider.oidc, issuer }, claims: said, subject: 'dana@idp' };
        return verifyIdToken(await provider.idToken(said, { iss: issuer }), keys, bound, now);
      };
      for (let times = 0; times < 3; times += 1) await assert.rejects(ask(600_000), /no answer in time\.$/);
      for (let times = 0; times < 2; times += 1) await assert.rejects(ask(0), /no answer in time\.$/);
      assert.deepEqual(
        silent.received.map(({ path }) => path),
        ['/600000', '/0', '/0'],
      );
    } finally {
      await silent.stop();
    }
  });

  it('when the provider is not there', async () => {
    const said = claims();
    const idToken = await provider.idToken(said);
    await provider.stop();
    await assert.rejects(verify(idToken, said), /cannot be used now: ECONNREFUSED\.$/);
    provider = await Provider.start();
  });
});
