import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Harness, withWorker } from '../support/harness.ts';
import { Month } from '../support/month.ts';
import { clockFrom, HOUR } from '../support/reporting.ts';
import { startDevServer } from '../support/servers.ts';

describe('standups and reviews of 24 working days', () => {
  it('are those of the calendar, none twice, with the worker restarted on the way', async function () {
    this.timeout(180_000);
    const month = await Month.create(clockFrom(Date.now()));
    const place = { folders: month.folders, taskQueue: `test-${randomUUID()}` };
    const work = <T>(action: (harness: Harness) => Promise<T>) =>
      withWorker({ phases: {}, place, publishClock: month.clock }, action);
    try {
      const phase = await work((harness) => month.begin(harness));
      let restarts = 0;
      for (; month.expected().standups.length < 24; restarts += 1) {
        // Now and then nobody works for a night or some days. What is due then may be on its way when the next worker ends.
        month.clock.time += ([0, 15, 0, 75, 0][restarts % 5] ?? 0) * HOUR;
        await work(async () => {
          if (restarts === 2) await phase.complete('9.1/a2');
          await month.pass(phase, 4);
        });
      }
      assert.ok(restarts >= 5, `${String(restarts)} restarts`);
      await work(async () => {
        await month.check(phase);
        await phase.workflow.terminate();
      });
    } finally {
      await month.folders.remove();
    }
  });

  it('are the same while the phase continues as new, and cost fewer than ten events each', async function () {
    this.timeout(180_000);
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=150']);
    const month = await Month.create(clockFrom(Date.now()));
    const place = { folders: month.folders, taskQueue: `test-${randomUUID()}` };
    try {
      await withWorker({ env, phases: {}, place, publishClock: month.clock }, async (harness) => {
        const phase = await month.begin(harness);
        await month.pass(phase, 2);
        await phase.complete('9.1/a2');
        while (month.expected().standups.length < 24) await month.pass(phase, 2);
        await month.check(phase);
        const { runId } = await phase.workflow.describe();
        assert.notEqual(runId, phase.firstRunId, 'it has continued as new on the way');
        const { events = [] } = await phase.workflow.fetchHistory();
        const published = (events ?? []).filter(
          ({ activityTaskScheduledEventAttributes: one }) => one?.activityType?.name === 'publish',
        ).length;
        const each = (events?.length ?? 0) / published;
        assert.ok(published > 5 && each < 10, `${each.toFixed(1)} events for each of ${String(published)}`);
        await phase.workflow.terminate();
      });
    } finally {
      await month.folders.remove();
    }
  });
});
