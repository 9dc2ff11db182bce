import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { apiUrl, tokenOf } from '../scripts/demo/order.ts';
import { openRelease } from '../scripts/sandbox/release.ts';
import { atMost, figure, percentiles, type Figure } from './figures.ts';

/** Each one keeps a process in the emulator for five minutes. */
const MOST_CONNECTIONS = 5;
const CONNECTIONS = 2;
const REQUESTS = 400;
const WARM_UP = 20;
const COLD_MS = 1_500;
const WARM_MS = 60;
const PATIENCE_MS = 20_000;

/** Releases the orders service in the sandbox, and measures how fast its API answers there. */
export async function benchApi(say: (line: string) => void): Promise<Figure[]> {
  say('releasing the orders service …');
  const release = await openRelease('bench-api-worker');
  try {
    await release.approve('4.2/entry');
    await release.approve('4.2/b1/changes');
    await release.phase.result();
    const url = await apiUrl(release.endpoint);
    if (url === undefined) throw new Error('the release has no address');
    const read = await orderOf(`${url}/orders`, await tokenOf(release.endpoint, release.folder));

    say('sending requests …');
    const cold: number[] = [];
    for (let connections = 2; connections <= MOST_CONNECTIONS; connections += 1) {
      // The emulator has processes for one fewer. The slowest answer comes from the one that it starts.
      cold.push(Math.max(...(await Promise.all(Array.from({ length: connections }, read)))));
    }
    await timesOf(WARM_UP, read);
    const warm = await timesOf(REQUESTS, read);
    const within = (share: number, times: readonly number[], budget: number) =>
      percentiles({ measured: times, baseline: [budget] }, share);
    return [
      figure(['API, emulated: cold, median of 4', 'budget', 'ms'], within(0.5, cold, COLD_MS), atMost(1)),
      figure(['API, emulated: warm, p50', 'budget', 'ms'], within(0.5, warm, WARM_MS), atMost(1)),
      figure(['API, emulated: warm, p95', 'budget', 'ms'], within(0.95, warm, WARM_MS), atMost(1)),
    ];
  } finally {
    await release.close();
  }
}

/** Places an order. @returns what reads it, and tells how many milliseconds that has taken */
async function orderOf(orders: string, token: string): Promise<() => Promise<number>> {
  const authorization = `Bearer ${token}`;
  const answer = await fetch(orders, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ customer: 'acme', currency: 'EUR', lines: [{ sku: 'BOLT-8', quantity: 5, unitPrice: 50 }] }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status !== 201) throw new Error(`the order was not placed: ${String(answer.status)}`);
  const { id } = (await answer.json()) as { readonly id: string };
  return async () => {
    const began = performance.now();
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const found = await fetch(`${orders}/${id}`, { headers: { authorization }, signal });
    await found.text();
    if (found.status !== 200) throw new Error(`the order was not read: ${String(found.status)}`);
    return performance.now() - began;
  };
}

/** The requests are sent over some connections, on each of them one after the other. */
async function timesOf(count: number, request: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  let sent = 0;
  const connection = async () => {
    while (sent < count) {
      sent += 1;
      times.push(await request());
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return times;
}
