import { randomUUID } from 'node:crypto';
import { deployed } from './people.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Calls the deployed API. */
export async function api(
  token: string | undefined,
  route: string,
  {
    body,
    query = {},
    key = randomUUID(),
  }: { readonly body?: unknown; readonly query?: Record<string, string>; readonly key?: string } = {},
): Promise<ApiAnswer> {
  const [method = '', path = ''] = route.split(' ');
  const search = new URLSearchParams(query).toString();
  const response = await fetch(`${deployed().apiUrl}${path}${search === '' ? '' : `?${search}`}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      'idempotency-key': key,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = { text };
  }
  return { status: response.status, headers: response.headers, body: parsed as Record<string, unknown> };
}
