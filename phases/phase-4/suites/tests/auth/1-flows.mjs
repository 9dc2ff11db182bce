import assert from 'node:assert/strict';
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { URLSearchParams } from 'node:url';
import { CognitoIdentityProviderClient, RevokeTokenCommand } from '@aws-sdk/client-cognito-identity-provider';
import { describe, it } from 'mocha';
import { authorize, deployed, signIn, signUp, token } from '../../../app/test/support/people.ts';
import { clientOf, credentialsGrant } from '../../machine.mjs';
import { PATIENCE_MS, send } from '../support/api.mjs';
import { once, tokenOf } from '../support/people.mjs';

const person = () => once('a person who signs in', () => signUp('viewer'));
const exchange = (code, verifier) =>
  token({ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: deployed().callbackUrl });
const list = async (access) => (await send('GET /orders', { token: access, query: { state: 'placed' } })).status;
const fetched = async (url) => (await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })).json();
const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());

describe('signing in with a code and PKCE', () => {
  it('gives tokens that the API takes', async () => {
    assert.equal(await list((await signIn(await person())).access_token), 200);
  });

  it('refuses a wrong password', async () => {
    await assert.rejects(authorize({ ...(await person()), password: 'Aa1!wrong-password' }));
  });

  it('refuses the code without its own verifier', async () => {
    const { code } = await authorize(await person());
    assert.equal((await exchange(code, 'x'.repeat(43))).status, 400);
  });

  it('takes a code once', async () => {
    const { code, verifier } = await authorize(await person());
    assert.equal((await exchange(code, verifier)).status, 200);
    assert.equal((await exchange(code, verifier)).status, 400);
  });

  it('sends the code to the console alone', async () => {
    await assert.rejects(authorize(await person(), { redirectUri: 'https://evil.example/callback' }));
  });

  it('gives no token without a code (implicit flow)', async () => {
    const { domainUrl, consoleClientId, callbackUrl } = deployed();
    const query = new URLSearchParams({
      response_type: 'token',
      client_id: consoleClientId,
      redirect_uri: callbackUrl,
    });
    const answer = await fetch(`${domainUrl}/oauth2/authorize?${query}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    assert.notEqual(answer.status, 200);
    assert.doesNotMatch(answer.headers.get('location') ?? '', /access_token=/);
  });

  it('gives an ID token that discovery lets a client verify', async () => {
    const { domainUrl, userPoolId, consoleClientId } = deployed();
    const nonce = randomUUID();
    const ada = await person();
    const { id_token } = await signIn(ada, { nonce });
    const claims = claimsOf(id_token);
    assert.deepEqual([claims.aud, claims.nonce, claims.email], [consoleClientId, nonce, ada.email]);
    // An emulator answers for AWS's address at its own.
    const base = process.env.AWS_ENDPOINT_URL ? `${domainUrl}/${userPoolId}` : claims.iss;
    assert.equal((await fetched(`${base}/.well-known/openid-configuration`)).issuer, claims.iss);
    const [header, payload, signature] = id_token.split('.');
    const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const { keys } = await fetched(`${base}/.well-known/jwks.json`);
    const key = createPublicKey({ key: keys.find((one) => one.kid === kid), format: 'jwk' });
    assert.equal(alg, 'RS256');
    assert.ok(verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')));
  });

  it('gives an access token of at most 15 minutes', async () => {
    const { iat, exp } = claimsOf((await signIn(await person())).access_token);
    assert.ok(exp - iat <= 900, `${exp - iat} s`);
  });

  it('gives a new access token for a refresh token, until that is revoked', async () => {
    const { refresh_token: refreshToken } = await signIn(await person());
    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: refreshToken });
    assert.equal(refreshed.status, 200);
    // The emulator forgets the groups of who refreshes, so it answers 403 where AWS answers 200.
    assert.notEqual(await list(refreshed.body.access_token), 401);
    const command = new RevokeTokenCommand({ Token: refreshToken, ClientId: deployed().consoleClientId });
    await new CognitoIdentityProviderClient({}).send(command);
    assert.equal((await token({ grant_type: 'refresh_token', refresh_token: refreshToken })).status, 400);
  });
});

describe('client credentials of a machine', () => {
  const machine = () => clientOf(process.env);

  it('give a token with the scopes of the API', async () => {
    const { scope, client_id, username } = claimsOf(await tokenOf('machine'));
    assert.deepEqual(scope.split(' ').sort(), ['orders/read', 'orders/write']);
    assert.deepEqual([client_id, username], [process.env.MACHINE_CLIENT_ID, undefined]);
  });

  it('give no more scopes than were asked for', async () => {
    const answer = await credentialsGrant(process.env, await machine(), 'orders/read');
    assert.equal(claimsOf((await answer.json()).access_token).scope, 'orders/read');
  });

  for (const [what, change, scope] of [
    ['a wrong secret', { secret: 'wrong' }, undefined],
    ['an unknown client', { id: 'unknown' }, undefined],
    ['a scope that it may not have', {}, 'orders/admin'],
  ])
    it(`refuse ${what}`, async () => {
      const { status } = await credentialsGrant(process.env, { ...(await machine()), ...change }, scope);
      assert.ok(status === 400 || status === 401, `${status}`);
    });

  it('are not for the console, which keeps no secret', async () => {
    assert.equal((await token({ grant_type: 'client_credentials', scope: 'orders/read' })).status, 400);
  });
});
