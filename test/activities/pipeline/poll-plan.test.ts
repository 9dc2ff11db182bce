import assert from 'node:assert/strict';
import { PollPlan } from '../../../src/activities/pipeline/engine/poll-plan.ts';

interface Noticed {
  /** Milliseconds from the end to the request that shows it. */
  readonly after: number;
  readonly requests: number;
}

/** Follows an execution that takes `duration`, without a clock. */
function follow(duration: number, earlier: readonly number[], spent = 0): Noticed {
  const plan = new PollPlan(0, earlier, spent);
  let requests = spent;
  for (let now = 0; ;) {
    now = plan.next(now);
    plan.spend();
    requests += 1;
    if (now >= duration) return { after: now - duration, requests };
    assert.ok(requests < 10_000, 'it goes on asking');
  }
}

/** Durations that spread evenly around a length. */
function around(length: number, part: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => length * (1 + part * ((2 * index) / (count - 1) - 1)));
}

function p95(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * 0.95) - 1] ?? 0;
}

describe('the plan of polling', () => {
  for (const seconds of [20, 30, 60, 120, 600, 3600]) {
    it(`notices the end of an execution of ${seconds} s within 1 s at p95, with 1 request for 5 s, once it knows earlier ones`, () => {
      const earlier = around(seconds * 1000, 0.02, 5);
      const noticed = around(seconds * 1000, 0.02, 101).map((duration) => ({ duration, ...follow(duration, earlier) }));
      assert.ok(p95(noticed.map(({ after }) => after)) <= 1_000, JSON.stringify(noticed.slice(0, 5)));
      for (const { duration, requests } of noticed) {
        assert.ok(requests <= Math.ceil(duration / 5_000) + 1, `${requests} requests in ${duration} ms`);
      }
    });
  }

  it('asks first after half a second, and without earlier executions every 5 s', () => {
    const plan = new PollPlan(0);
    const asked: number[] = [];
    for (let now = 0; now < 30_000;) {
      now = plan.next(now);
      plan.spend();
      asked.push(now);
    }
    assert.deepEqual(asked, [500, 10_000, 15_000, 20_000, 25_000, 30_000]);
  });

  it('stays within 1 request for 5 s when an execution takes far longer, or ends far earlier, than earlier ones', () => {
    for (const duration of [3_000, 10_000, 31_000, 45_000, 300_000, 3_600_000]) {
      const { requests } = follow(duration, around(60_000, 0.1, 5));
      assert.ok(requests <= duration / 5_000 + 2, `${requests} requests in ${duration} ms`);
    }
  });

  it('notices an execution that ends at another time within 15 s', () => {
    for (const duration of [5_000, 20_000, 40_000, 90_000, 1_000_000]) {
      const { after } = follow(duration, around(60_000, 0.02, 5));
      assert.ok(after <= 15_000, `${after} ms after ${duration} ms`);
    }
  });

  it('counts the requests that it took to learn how long earlier executions were', () => {
    const { requests } = follow(60_000, [60_000], 4);
    assert.ok(requests <= 13, String(requests));
  });
});
