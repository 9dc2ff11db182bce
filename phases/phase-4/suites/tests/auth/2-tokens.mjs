import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { describe, it } from 'mocha';
import { credentialsGrant, machineToken } from '../../machine.mjs';
import { systemVariables } from '../../stacks.mjs';
import { send } from '../support/api.mjs';
import { tokenOf, tokensOf } from '../support/people.mjs';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const read = (text) => JSON.parse(Buffer.from(text, 'base64url').toString());
const list = (headers) => send('GET /orders', { query: { state: 'placed' }, headers });
const status = async (token) => (await list({ authorization: `Bearer ${token}` })).status;

/** A token of a viewer with other claims, and the signature that it had. */
async function changed(claims) {
  const [header, payload, signature] = (await tokenOf('viewer')).split('.');
  return `${header}.${part({ ...read(payload), ...claims })}.${signature}`;
}

/** The claims of an admin, signed in another way. */
async function signed(alg, make, header = {}) {
  const [own, payload] = (await tokenOf('admin')).split('.');
  const content = `${part({ ...read(own), ...header, alg })}.${payload}`;
  return `${content}.${make(content)}`;
}

describe('tokens that the API refuses with 401', () => {
  it('none', async () => {
    assert.equal((await list({})).status, 401);
  });

  for (const text of ['', 'x', 'a.b.c', '..'])
    it(`what is no token: "${text}"`, async () => {
      assert.equal(await status(text), 401);
    });

  it('one in another scheme', async () => {
    assert.equal((await list({ authorization: `Basic ${await tokenOf('viewer')}` })).status, 401);
  });

  it('one in the address', async () => {
    const query = { state: 'placed', access_token: await tokenOf('viewer') };
    assert.equal((await send('GET /orders', { query })).status, 401);
  });

  for (const [what, claims] of [
    ['that gives itself a group', { 'cognito:groups': ['admin'] }],
    ['whose time is over', { exp: 1_700_000_000 }],
    ['that was made to last', { exp: 4_000_000_000 }],
    ['of another issuer', { iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Another00' }],
    ['of another client', { client_id: 'another' }],
  ])
    it(`one that was changed to one ${what}`, async () => {
      assert.equal(await status(await changed(claims)), 401);
    });

  for (const alg of ['none', 'None', 'NONE'])
    it(`one without a signature (alg: ${alg})`, async () => {
      assert.equal(await status(await signed(alg, () => '')), 401);
    });

  it('one that is signed with a shared key (alg: HS256)', async () => {
    const make = (content) => createHmac('sha256', 'key').update(content).digest('base64url');
    assert.equal(await status(await signed('HS256', make)), 401);
  });

  it('one that is signed with a key of the caller', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const make = (content) => sign('RSA-SHA256', Buffer.from(content), privateKey).toString('base64url');
    assert.equal(await status(await signed('RS256', make)), 401);
  });

  it('one that brings its key along (jwk)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const make = (content) => sign('RSA-SHA256', Buffer.from(content), privateKey).toString('base64url');
    const header = { jwk: publicKey.export({ format: 'jwk' }), kid: 'own' };
    assert.equal(await status(await signed('RS256', make, header)), 401);
  });

  it('a genuine one of another client of the user pool (audience)', async () => {
    const cognito = new CognitoIdentityProviderClient({});
    const UserPoolId = process.env.USER_POOL_ID;
    const { UserPoolClient: other } = await cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'suite',
        GenerateSecret: true,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: ['orders/read'],
      }),
    );
    try {
      const answer = await credentialsGrant(
        process.env,
        { id: other.ClientId, secret: other.ClientSecret },
        'orders/read',
      );
      assert.equal(answer.status, 200);
      assert.equal(await status((await answer.json()).access_token), 401);
    } finally {
      await cognito.send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId: other.ClientId }));
    }
  });

  it('a genuine one of another environment (issuer)', async () => {
    const other = process.env.SUITE_ENVIRONMENT === 'development' ? 'testing' : 'development';
    const token = await machineToken(await systemVariables(process.env.AWS_REGION, other));
    assert.equal(await status(token), 401);
  });
});

describe('tokens that the API refuses', () => {
  it('an ID token is no access token', async () => {
    const found = await status((await tokensOf('admin')).id_token);
    assert.ok(found === 401 || found === 403, `${found}`);
  });
});
