import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { callerOf, type Caller } from '../access/caller.ts';
import { allowed } from '../access/roles.ts';
import { errorFields, type Log } from '../log.ts';
import { operations, type Answer, type Input, type Operation, type OperationId } from './operations.ts';
import { problemOf, ServiceError } from './problem.ts';
import { readRequest } from './request.ts';

export type HttpEvent = APIGatewayProxyEventV2WithJWTAuthorizer;
export type HttpResult = APIGatewayProxyStructuredResultV2;

export interface Call {
  readonly caller: Caller;
  readonly log: Log;
}

export type Handlers = { readonly [Id in OperationId]?: (input: Input<Id>, call: Call) => Promise<Answer<Id>> };

export interface HttpOptions {
  readonly log: Log;
  /** Gives the handlers, for each request anew. The function itself keeps what is slow to make. If it fails, the request gets 500. */
  readonly handlers: () => Promise<Handlers>;
}

type AnyHandler = (input: unknown, call: Call) => Promise<unknown>;

const byRoute = new Map<string, [OperationId, Operation]>(
  Object.entries(operations).map(([id, operation]) => [operation.route, [id as OperationId, operation]]),
);

/** One request through the whole of it: correlation, access, validation, the operation, the answer or the problem. */
export function httpHandler(options: HttpOptions): (event: HttpEvent) => Promise<HttpResult> {
  return async (event) => {
    const began = performance.now();
    const correlationId = correlationOf(event);
    const found = byRoute.get(event.routeKey);
    const log = options.log.with({
      correlationId,
      requestId: event.requestContext.requestId,
      operation: found?.[0] ?? event.routeKey,
    });
    let result: HttpResult;
    try {
      result = await answer(event, found, options, log, correlationId);
    } catch (error) {
      const problem = problemOf(error, correlationId);
      if (problem.status >= 500) log.error('request failed', errorFields(error));
      else log.info('request refused', { problem: problem.type, detail: problem.detail });
      result = reply(problem.status, problem, correlationId, 'application/problem+json');
    }
    log.info('request', { status: result.statusCode, ms: Math.round(performance.now() - began) });
    return result;
  };
}

async function answer(
  event: HttpEvent,
  found: [OperationId, Operation] | undefined,
  options: HttpOptions,
  log: Log,
  correlationId: string,
): Promise<HttpResult> {
  if (!found) throw new ServiceError('not-found', 'There is no such operation.');
  const [id, operation] = found;
  // The gateway has verified the token. An event without its claims has come past the gateway, and fails here.
  const caller = callerOf(event.requestContext.authorizer.jwt.claims);
  if (!caller || !allowed(caller.roles, operation.permission))
    throw new ServiceError('forbidden', `This needs a role that has the permission ${operation.permission}.`);
  const input = readRequest(operation.request, event);
  const handler = (await options.handlers())[id] as AnyHandler | undefined;
  if (!handler) throw new Error(`no handler of this function serves ${operation.route}`);
  const body = await handler(input, { caller, log: log.with({ subject: caller.subject }) });
  return reply(operation.status, body, correlationId, 'application/json');
}

function reply(status: number, body: unknown, correlationId: string, type: string): HttpResult {
  return {
    statusCode: status,
    headers: {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-correlation-id': correlationId,
    },
    body: JSON.stringify(body),
  };
}

/** The caller's own id, if it can stand in a log line as it is; else a new one. */
function correlationOf(event: HttpEvent): string {
  const given = event.headers['x-correlation-id'];
  return given !== undefined && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID();
}
