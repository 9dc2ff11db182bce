import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import type { Notice } from '../../src/contract/notice.ts';
import { Folders } from '../support/folders.ts';
import { type Harness, type PhaseHandle, withWorker } from '../support/harness.ts';
import { clockFrom, HOUR, latestOf, plan, told, ZONE } from '../support/reporting.ts';
import { startDevServer } from '../support/servers.ts';

/** The working days from an instant on, up to another one: Monday to Friday, without holidays. */
function workingDays(from: number, until: number, at: string, holidays: readonly string[]): DateTime<true>[] {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const first = DateTime.fromMillis(from, { zone: ZONE }).startOf('day');
  return Array.from({ length: 80 }, (_, days) => first.plus({ days }).set({ hour, minute })).filter(
    (time): time is DateTime<true> =>
      time.isValid &&
      time.weekday <= 5 &&
      !holidays.includes(time.toISODate() ?? '') &&
      time.toMillis() > from &&
      time.toMillis() <= until,
  );
}

/** The last of them in each week that is over by the end of Friday. */
function reviewDays(from: number, until: number, at: string, holidays: readonly string[]): string[] {
  const all = workingDays(from, until + 7 * 86_400_000, at, holidays);
  return all
    .filter((day, index) => all[index + 1]?.weekNumber !== day.weekNumber && day.toMillis() <= until)
    .map((day) => day.toISODate());
}

/** 24 working days of a phase. */
class Month {
  readonly begun = Date.now();
  readonly clock = clockFrom(this.begun);
  readonly holidays: readonly string[];
  /** The next Friday but one. */
  readonly friday: string;
  readonly folders: Folders;

  private constructor(folders: Folders, friday: string, holidays: readonly string[]) {
    this.folders = folders;
    this.friday = friday;
    this.holidays = holidays;
  }

  static async create(): Promise<Month> {
    const day = (days: number) => DateTime.now().setZone(ZONE).plus({ days });
    const friday = day(7 + ((5 - day(7).weekday + 7) % 7)).toISODate() ?? '';
    const holidays = [friday, day(3).toISODate() ?? ''];
    const playbook = `calendars: { office: { zone: ${ZONE}, holidays: [${holidays.join(', ')}] } }
communication:
  calendar: office
  audiences: { team: [{ file: team.jsonl }], lead: [{ file: lead.jsonl }] }
  standups: { at: '09:30', to: [team], covers: { News: progress, What is in: blockers } }
  reviews: { at: '15:00', to: [lead, team] }
`;
    return new Month(await Folders.create({ small: { 'plan.md': plan, 'playbook.yaml': playbook } }), friday, holidays);
  }

  expected(): { readonly standups: readonly string[]; readonly reviews: readonly string[] } {
    const { begun, clock, holidays } = this;
    return {
      standups: workingDays(begun, clock.time, '09:30', holidays).map((one) => `standup-${one.toISODate()}`),
      reviews: reviewDays(begun, clock.time, '15:00', holidays).map((one) => `review-${one}`),
    };
  }

  async begin({ start, again }: Harness): Promise<PhaseHandle> {
    const started = await start({ phase: 'small' });
    await started.approve('entry');
    await started.approve('9.1/entry');
    await started.complete('9.1/a1');
    return again(started, started.firstRunId);
  }

  async pass(phase: PhaseHandle, days: number): Promise<void> {
    for (let passed = 0; passed < days; passed += 1) {
      await this.untilPublished(phase);
      this.clock.time += 24 * HOUR;
    }
  }

  async untilPublished(phase: PhaseHandle): Promise<void> {
    const { standups, reviews } = this.expected();
    await phase.until(`${String(standups.length)} standups, ${String(reviews.length)} reviews`, async () => {
      const latest = await latestOf(phase);
      return latest.standup === standups.at(-1) && latest.review === reviews.at(-1);
    });
  }

  /** Each document and each notice is there once. */
  async check(phase: PhaseHandle): Promise<void> {
    await this.untilPublished(phase);
    const { standups, reviews } = this.expected();
    assert.ok(standups.length >= 24 && reviews.length >= 4, `${String(standups.length)}, ${String(reviews.length)}`);
    assert.ok(!reviews.includes(`review-${this.friday}`), 'a holiday moves the review to the day before');
    const notices = await told(this.folders, 'team.jsonl');
    const ids = [...standups, ...reviews].map((id) => `${phase.firstRunId ?? ''}-${id}`);
    assert.deepEqual(notices.map(({ id }) => id).toSorted(), ids.toSorted());
    assert.equal((await told(this.folders, 'lead.jsonl')).length, reviews.length);
    const files = await readdir(join(this.folders.recordsDir, phase.id, phase.firstRunId ?? '', 'communication'));
    const documents = files.filter((file) => file.endsWith('.md')).map((file) => file.slice(0, -3));
    assert.deepEqual(documents.toSorted(), [...standups, ...reviews].toSorted());
    const isTold = ({ kind, text }: Notice) => kind === 'standup' && text.includes('9.1/a2 Second of Build: done');
    assert.equal(notices.filter(isTold).length, 1, 'what is done is told once');
  }
}

describe('standups and reviews of 24 working days', () => {
  it('are those of the calendar, none twice, with the worker restarted on the way', async function () {
    this.timeout(180_000);
    const month = await Month.create();
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
    const month = await Month.create();
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
