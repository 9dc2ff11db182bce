/** Calls the deployed API by the operations of its contract. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { URLSearchParams } from 'node:url';
import { assertDocumented, operations } from './contract.mjs';

export const PATIENCE_MS = 20_000;

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Headers} headers
 * @property {any} body parsed JSON
 */

/**
 * Sends a request, whatever it is.
 * @param {string} route `GET /orders`
 * @returns {Promise<Answer>}
 */
export async function send(route, { token, query, body, headers = {} } = {}) {
  const [method, path] = route.split(' ');
  const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
  const response = await fetch(`${process.env.API_URL}${path}${search}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

/**
 * Calls an operation, and holds its answer to the contract.
 * @param {string} operationId
 * @param {object} request `path` by the names of the contract; `key` for writes, a new one when it is left out, none when it is null
 * @returns {Promise<Answer>}
 */
export async function call(operationId, { path = {}, key = randomUUID(), headers = {}, ...request } = {}) {
  const { method, path: template } = operations[operationId];
  const filled = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name]));
  const withKey = method === 'POST' && key !== null ? { 'idempotency-key': key } : {};
  const answer = await send(`${method} ${filled}`, { ...request, headers: { ...withKey, ...headers } });
  assertDocumented(operationId, answer);
  return answer;
}

/** Calls an operation that must succeed, and returns what it answers. */
export async function done(operationId, request) {
  const { status, body } = await call(operationId, request);
  assert.ok(status === 200 || status === 201, `${operationId} has answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Asserts that an answer is a problem of a kind. */
export function assertProblem({ status, headers, body }, expected, kind) {
  assert.deepEqual([status, body.type], [expected, `urn:orders:problem:${kind}`], JSON.stringify(body));
  assert.equal(body.correlationId, headers.get('x-correlation-id'));
}

/** Looks until `look` returns something; at most `seconds`. */
export async function eventually(look, what, seconds = 20) {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > until) assert.fail(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
