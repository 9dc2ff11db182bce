import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { allowed, type Role } from '../../src/access/roles.ts';
import { operations, type Operation } from '../../src/http/operations.ts';
import { tokenOf } from '../../tools/token.ts';
import { api } from '../support/api.ts';
import { deployed, removePeople, signIn, signUp, token, type Tokens } from '../support/people.ts';
import { draft } from '../support/service.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('authorization in the deployed system', function () {
  this.timeout(60_000);
  const held = {
    viewer: ['viewer'],
    operator: ['operator'],
    admin: ['admin'],
    'viewer and admin': ['viewer', 'admin'],
    'a person in no group': [],
  } as const satisfies Record<string, readonly Role[]>;
  const tokens = new Map<string, Tokens>();
  const access = (who: string) => tokens.get(who)?.access_token ?? assert.fail(who);

  before(async () => {
    for (const [who, groups] of Object.entries(held)) tokens.set(who, await signIn(await signUp(...groups)));
  });
  after(removePeople);

  // Each operation for everybody. Ids are made up, so what is allowed is answered with 200, 400 or 404, and what is not with 403.
  for (const [id, { route, permission }] of Object.entries(operations) as [string, Operation][])
    for (const [who, roles] of Object.entries(held)) {
      const expected = allowed(roles, permission);
      it(`${expected ? 'lets' : 'does not let'} ${who} do ${id}`, async () => {
        const path = route.replace(/\{\w+\}/g, () => randomUUID());
        const query = path.startsWith('GET') ? { state: 'placed', from: '2026-11-01', days: '29' } : {};
        const { status } = await api(access(who), path, { query, ...(!path.startsWith('GET') && { body: {} }) });
        assert.equal(status !== 403, expected, `${status}`);
        assert.ok([200, 400, 403, 404].includes(status), `${status}`);
      });
    }

  it('lets a machine place an order, and not cancel it', async () => {
    const machine = await tokenOf(process.env);
    const { status, body } = await api(machine, 'POST /orders', { body: draft });
    assert.equal(status, 201);
    const cancel = await api(machine, `POST /orders/${String(body['id'])}/cancellation`, { body: { version: 1 } });
    assert.equal(cancel.status, 403);
  });

  it('holds a client to the scopes that it asked for, also for an admin', async () => {
    const reading = await signIn(await signUp('admin'), { scope: 'openid orders/read' });
    assert.equal((await api(reading.access_token, 'GET /orders', { query: { state: 'placed' } })).status, 200);
    assert.equal((await api(reading.access_token, 'POST /orders', { body: draft })).status, 403);
  });

  describe('refuses with 401', () => {
    const list = (given: string | undefined) => api(given, 'GET /orders', { query: { state: 'placed' } });

    it('no token', async () => {
      assert.equal((await list(undefined)).status, 401);
    });

    it('a token that was changed', async () => {
      const [header = '', , signature = ''] = access('viewer').split('.');
      const claims = { ...claimsOf(access('viewer')), 'cognito:groups': ['admin'] };
      assert.equal((await list(`${header}.${part(claims)}.${signature}`)).status, 401);
    });

    it('a token without a signature (alg: none)', async () => {
      const claims = part({ ...claimsOf(access('viewer')), 'cognito:groups': ['admin'] });
      for (const alg of ['none', 'None', 'NONE'])
        assert.equal((await list(`${part({ alg, typ: 'JWT' })}.${claims}.`)).status, 401, alg);
    });

    it('a token that is signed with a shared key', async () => {
      const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claimsOf(access('admin')))}`;
      assert.equal(
        (await list(`${signed}.${createHmac('sha256', 'key').update(signed).digest('base64url')}`)).status,
        401,
      );
    });

    for (const [what, change] of [
      ['another issuer', { iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Another00' }],
      ['another client', { client_id: 'another' }],
      ['the past', { exp: 1_700_000_000 }],
    ] as const)
      it(`a token that was changed to be of ${what}`, async () => {
        const [header = '', , signature = ''] = access('admin').split('.');
        assert.equal(
          (await list(`${header}.${part({ ...claimsOf(access('admin')), ...change })}.${signature}`)).status,
          401,
        );
      });

    it('a genuine token of another client of the same user pool', async () => {
      const { userPoolId: UserPoolId } = deployed();
      const cognito = new CognitoIdentityProviderClient({});
      const { UserPoolClient: other } = await cognito.send(
        new CreateUserPoolClientCommand({
          UserPoolId,
          ClientName: 'test',
          GenerateSecret: true,
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthFlows: ['client_credentials'],
          AllowedOAuthScopes: ['orders/read'],
        }),
      );
      try {
        const answer = await token({
          grant_type: 'client_credentials',
          client_id: other?.ClientId ?? '',
          client_secret: other?.ClientSecret ?? '',
          scope: 'orders/read',
        });
        assert.equal(answer.status, 200);
        assert.equal((await list((answer.body as { access_token: string }).access_token)).status, 401);
      } finally {
        await cognito.send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId: other?.ClientId }));
      }
    });

    it('what is no token', async () => {
      for (const text of ['x', 'a.b.c', '..']) assert.equal((await list(text)).status, 401, text);
    });
  });

  it('refuses an ID token', async () => {
    const { status } = await api(tokens.get('admin')?.id_token, 'GET /orders', { query: { state: 'placed' } });
    assert.ok([401, 403].includes(status), `${status}`);
  });
});
