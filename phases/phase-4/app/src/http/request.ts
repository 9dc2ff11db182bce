import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import { ServiceError, type FieldError } from './problem.ts';
import type { RequestParts } from './operations.ts';

/** Bodies beyond this are refused unread. The largest valid order has about 6 KB. */
export const largestBody = 64 * 1024;

const errorsTold = 20;

type Raw = Pick<
  APIGatewayProxyEventV2,
  'body' | 'isBase64Encoded' | 'pathParameters' | 'queryStringParameters' | 'headers'
>;

/** Reads the parts that an operation names, and tells all that is wrong with them at once. */
export function readRequest(parts: RequestParts, event: Raw): Record<string, unknown> {
  const given = {
    path: () => event.pathParameters ?? {},
    query: () => event.queryStringParameters ?? {},
    headers: () => event.headers,
    body: () => bodyOf(event),
  };
  const input: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const [part, schema] of Object.entries(parts) as [keyof typeof given, z.ZodType][]) {
    const result = schema.safeParse(given[part]());
    if (result.success) input[part] = result.data;
    else
      for (const { path, message } of result.error.issues)
        errors.push({ path: [part, ...path.map(String)].join('.'), message });
  }
  if (errors.length > 0)
    throw new ServiceError('invalid-request', 'See "errors" for the fields.', errors.slice(0, errorsTold));
  return input;
}

function bodyOf({ body, isBase64Encoded }: Raw): unknown {
  if (body === undefined || body === '') return undefined;
  if (body.length > largestBody) throw new ServiceError('too-large', `A request has at most ${largestBody} bytes.`);
  try {
    return JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body);
  } catch {
    throw new ServiceError('invalid-request', 'The body is not JSON.', [{ path: 'body', message: 'not JSON' }]);
  }
}
