import assert from 'node:assert/strict';
import { createPublicKey, randomUUID, verify, type JsonWebKey } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  CognitoIdentityProviderClient,
  RevokeTokenCommand,
  UpdateUserAttributesCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { api } from '../support/api.ts';
import { authorize, deployed, removePeople, signIn, signUp, token, type Person } from '../support/people.ts';

const list = async (access: string) => (await api(access, 'GET /orders', { query: { state: 'placed' } })).status;

describe('sign-in to the deployed system', function () {
  this.timeout(60_000);
  let ada: Person;

  before(async () => {
    ada = await signUp('viewer');
  });
  after(removePeople);

  const exchange = (code: string, code_verifier: string) =>
    token({ grant_type: 'authorization_code', code, code_verifier, redirect_uri: deployed().callbackUrl });

  it('gives tokens for a code and its verifier', async () => {
    const { access_token } = await signIn(ada);
    assert.equal(await list(access_token), 200);
  });

  it('refuses a wrong password', async () => {
    await assert.rejects(authorize({ ...ada, password: 'Aa1!wrong-password' }));
  });

  it('refuses another verifier, and a code that was used', async () => {
    const first = await authorize(ada);
    assert.equal((await exchange(first.code, 'x'.repeat(43))).status, 400);
    const second = await authorize(ada);
    assert.equal((await exchange(second.code, second.verifier)).status, 200);
    assert.equal((await exchange(second.code, second.verifier)).status, 400);
  });

  it('refuses to send the code anywhere else', async () => {
    await assert.rejects(authorize(ada, { redirectUri: 'https://evil.example/callback' }));
  });

  it('gives a new access token for a refresh token, until that is revoked', async () => {
    const { refresh_token: refreshToken = '' } = await signIn(ada);
    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: refreshToken });
    assert.equal(refreshed.status, 200);
    // ministack forgets the groups of who refreshes, so it answers 403 where AWS answers 200.
    assert.notEqual(await list((refreshed.body as { access_token: string }).access_token), 401);
    const { consoleClientId: ClientId } = deployed();
    await new CognitoIdentityProviderClient({}).send(new RevokeTokenCommand({ Token: refreshToken, ClientId }));
    assert.equal((await token({ grant_type: 'refresh_token', refresh_token: refreshToken })).status, 400);
  });

  it('gives an ID token that OpenID Connect discovery lets a client verify', async () => {
    const { domainUrl, userPoolId, consoleClientId } = deployed();
    const nonce = randomUUID();
    const { id_token } = await signIn(ada, { nonce });
    const [header = '', payload = '', signature = ''] = id_token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const issuer = String(claims['iss']);
    assert.ok(issuer.endsWith(`/${userPoolId}`), issuer);
    // An emulator answers for AWS's address at its own.
    const base = process.env['AWS_ENDPOINT_URL'] ? `${domainUrl}/${userPoolId}` : issuer;
    const discovery = (await (await fetch(`${base}/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >;
    assert.equal(discovery['issuer'], issuer);
    const { keys } = (await (await fetch(`${base}/.well-known/jwks.json`)).json()) as {
      keys: (JsonWebKey & { kid: string })[];
    };
    const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string; alg: string };
    const key = keys.find((one) => one.kid === kid) ?? assert.fail(kid);
    assert.equal(alg, 'RS256');
    const signed = Buffer.from(`${header}.${payload}`);
    assert.ok(
      verify('RSA-SHA256', signed, createPublicKey({ key, format: 'jwk' }), Buffer.from(signature, 'base64url')),
    );
    assert.deepEqual([claims['aud'], claims['nonce'], claims['email']], [consoleClientId, nonce, ada.email]);
  });

  it('lets no person join a group alone', async () => {
    const { access_token: AccessToken } = await signIn(ada);
    const anonymous = new CognitoIdentityProviderClient({
      credentials: { accessKeyId: 'AKIAANONYMOUS', secretAccessKey: 'x' },
    });
    for (const Name of ['cognito:groups', 'custom:role', 'email_verified'])
      await assert.rejects(
        anonymous.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name, Value: 'admin' }] })),
        Name,
      );
    const { userPoolId: UserPoolId } = deployed();
    const promote = new AdminAddUserToGroupCommand({ UserPoolId, Username: ada.email, GroupName: 'admin' });
    await assert.rejects(anonymous.send(promote));
    const after = await signIn(ada);
    assert.equal(
      (await api(after.access_token, 'GET /reports/orders', { query: { from: '2026-11-01', days: '2' } })).status,
      403,
    );
  });
});
