import assert from 'node:assert/strict';
import type { HttpEvent, HttpResult } from '../../src/http/handler.ts';
import type { Role } from '../../src/access/roles.ts';

export interface Request {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly claims?: Record<string, string>;
}

/** Claims of a person in some groups, as an HTTP API hands them over. */
export function person(...groups: (Role | (string & {}))[]): Record<string, string> {
  return {
    sub: 'b1d2c3a4-0000-4000-8000-000000000001',
    token_use: 'access',
    username: 'ada',
    ...(groups.length > 0 && { 'cognito:groups': `[${groups.join(' ')}]` }),
  };
}

/** An event as the gateway makes it, of which the service reads some parts only. */
export function event(
  route: string,
  { path, query, headers = {}, body, claims = person('operator') }: Request,
): HttpEvent {
  const [method = '', rawPath = ''] = route.split(' ');
  return {
    version: '2.0',
    routeKey: route,
    rawPath,
    rawQueryString: '',
    headers,
    ...(path && { pathParameters: path }),
    ...(query && { queryStringParameters: query }),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: {
      accountId: '1',
      apiId: 'api',
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: route,
      stage: '$default',
      time: '',
      timeEpoch: 0,
      authorizer: { principalId: '', integrationLatency: 0, jwt: { claims, scopes: [] } },
    },
  };
}

export function bodyOf(result: HttpResult): Record<string, unknown> {
  assert.ok(result.body !== undefined);
  return JSON.parse(result.body) as Record<string, unknown>;
}
