import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { Given, Then, When } from '@cucumber/cucumber';
import { call } from '../support/api.mjs';
import { draft } from '../support/orders.mjs';
import { tokenOf } from '../support/people.mjs';

/** The emulator keeps a process for each request that is under way, and others use the system as well. */
const MOST_CONNECTIONS = 5;

/** Sends requests over some connections, each of them one after the other, and tells how long each took. */
async function load(count, connections, request) {
  assert.ok(connections <= MOST_CONNECTIONS, `at most ${MOST_CONNECTIONS} connections`);
  const times = [];
  let failures = 0;
  let left = count;
  const connection = async () => {
    while (left > 0) {
      left -= 1;
      const began = performance.now();
      const isDone = await request().then(
        ({ status }) => status === 200 || status === 201,
        () => false,
      );
      times.push(performance.now() - began);
      if (!isDone) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return { times: times.sort((a, b) => a - b), failures };
}

function percentile(times, share) {
  return Math.round(times[Math.ceil(times.length * share) - 1]);
}

/** Percentiles stand in the report, with where they were measured. */
function told(world, { times, failures }, connections) {
  const where = process.env.AWS_ENDPOINT_URL ? 'emulated: it proves the code, not AWS' : 'measured on AWS';
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(times, share));
  world.attach(
    `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms of ${times.length} requests over ${connections} connections; ` +
      `${failures} failed; ${where}`,
    'text/plain',
  );
}

Given('a system that is warm', async () => {
  const token = await tokenOf('operator');
  const list = () => call('listOrders', { token, query: { state: 'placed', limit: '1' } });
  await load(2 * MOST_CONNECTIONS, MOST_CONNECTIONS, list);
});

When('{int} requests read it over {int} connections', async function (count, connections) {
  const token = await tokenOf('viewer');
  this.load = await load(count, connections, () => call('getOrder', { token, path: { orderId: this.order.id } }));
  told(this, this.load, connections);
});

When('{int} requests place orders over {int} connections', async function (count, connections) {
  const token = await tokenOf('operator');
  this.load = await load(count, connections, () => call('createOrder', { token, body: draft() }));
  told(this, this.load, connections);
});

Then('{int} % of them are answered within {int} ms', function (percent, ms) {
  const found = percentile(this.load.times, percent / 100);
  assert.ok(found <= ms, `${found} ms`);
});

Then('none of them fails', function () {
  assert.equal(this.load.failures, 0);
});
