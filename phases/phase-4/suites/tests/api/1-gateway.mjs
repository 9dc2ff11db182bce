import assert from 'node:assert/strict';
import { ApiGatewayV2Client, GetRoutesCommand, GetStageCommand } from '@aws-sdk/client-apigatewayv2';
import { describe, it } from 'mocha';
import { send } from '../support/api.mjs';
import { operations } from '../support/contract.mjs';
import { tokenOf } from '../support/people.mjs';

const PRESETS = { origin: 'http://localhost:3000', foreign: 'https://evil.example' };
const LIST = { state: 'placed', limit: '1' };

describe('routes of the gateway', () => {
  it('are those of the contract, each with its scope', async () => {
    const { Items } = await new ApiGatewayV2Client({}).send(new GetRoutesCommand({ ApiId: process.env.API_ID }));
    const found = Items.map((route) => [route.RouteKey, route.AuthorizationType, route.AuthorizationScopes.join()]);
    const expected = Object.values(operations).map(({ method, path, scope }) => [`${method} ${path}`, 'JWT', scope]);
    assert.deepEqual(found.sort(), expected.sort());
  });

  for (const route of [
    'GET /',
    'GET /nothing',
    'PUT /orders',
    'DELETE /orders',
    'PATCH /orders/{orderId}',
    'DELETE /orders/{orderId}',
    'POST /orders/{orderId}/state',
    'GET /orders/{orderId}/cancellation',
    'PUT /orders/{orderId}/documents',
    'DELETE /orders/{orderId}/documents/{documentId}',
    'POST /reports/orders',
  ])
    it(`${route} is none: 404`, async () => {
      const path = route.replace(/\{\w+\}/g, () => '0a54b6a1-9b3a-4f0e-8a53-1df00d5f27c1');
      const { status, body } = await send(path, { token: await tokenOf('admin') });
      assert.deepEqual([status, body], [404, { message: 'Not Found' }]);
    });

  it('are throttled as the template says', async () => {
    const command = new GetStageCommand({ ApiId: process.env.API_ID, StageName: '$default' });
    const { DefaultRouteSettings } = await new ApiGatewayV2Client({}).send(command);
    const { ThrottlingBurstLimit, ThrottlingRateLimit, DetailedMetricsEnabled } = DefaultRouteSettings;
    assert.deepEqual([ThrottlingBurstLimit, ThrottlingRateLimit, DetailedMetricsEnabled], [50, 100, true]);
  });
});

describe('answers through the gateway', () => {
  for (const [what, route, request] of [
    ['a result', 'GET /orders', { query: LIST }],
    ['a problem', 'GET /orders', { query: { state: 'lost' } }],
  ])
    it(`${what} is not cached, and its type is not guessed`, async () => {
      const { headers } = await send(route, { token: await tokenOf('viewer'), ...request });
      assert.deepEqual([headers.get('cache-control'), headers.get('x-content-type-options')], ['no-store', 'nosniff']);
      assert.match(headers.get('content-type'), /^application\/(problem\+)?json$/);
    });

  it('a parameter with signs of its own arrives as it was sent', async () => {
    const { status, body } = await send('GET /orders', {
      token: await tokenOf('viewer'),
      query: { state: 'placed', cursor: 'a+b/c=&d e%' },
    });
    assert.deepEqual([status, body.type], [404, 'urn:orders:problem:unknown-cursor']);
  });

  it('a parameter that is given twice is refused', async () => {
    const { status } = await send('GET /orders', {
      token: await tokenOf('viewer'),
      query: [
        ['state', 'placed'],
        ['state', 'shipped'],
      ],
    });
    assert.equal(status, 400);
  });
});

describe('browsers of other origins (CORS)', () => {
  const preflight = (origin) =>
    send('OPTIONS /orders', {
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    });

  it('the console may ask, with the headers and methods of the contract', async () => {
    const { status, headers } = await preflight(PRESETS.origin);
    assert.ok(status === 200 || status === 204, `${status}`);
    assert.equal(headers.get('access-control-allow-origin'), PRESETS.origin);
    const listed = (name) => headers.get(name).toLowerCase().split(/, */).sort();
    assert.deepEqual(listed('access-control-allow-methods'), ['get', 'post', 'put']);
    const allowed = ['authorization', 'content-type', 'idempotency-key', 'x-correlation-id'];
    assert.deepEqual(listed('access-control-allow-headers'), allowed);
    assert.equal(headers.get('access-control-max-age'), '600');
  });

  it('the console may read answers, and their correlation id', async () => {
    const request = { token: await tokenOf('viewer'), query: LIST, headers: { origin: PRESETS.origin } };
    const { headers } = await send('GET /orders', request);
    assert.equal(headers.get('access-control-allow-origin'), PRESETS.origin);
    assert.equal(headers.get('access-control-expose-headers'), 'x-correlation-id');
  });

  it('another origin may neither ask nor read', async () => {
    assert.equal((await preflight(PRESETS.foreign)).headers.get('access-control-allow-origin'), null);
    const request = { token: await tokenOf('viewer'), query: LIST, headers: { origin: PRESETS.foreign } };
    assert.equal((await send('GET /orders', request)).headers.get('access-control-allow-origin'), null);
  });
});
