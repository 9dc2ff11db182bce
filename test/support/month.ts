import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import type { Notice } from '../../src/contract/notice.ts';
import { Folders } from './folders.ts';
import type { Harness, PhaseHandle } from './harness.ts';
import { HOUR, latestOf, plan, told, ZONE } from './reporting.ts';

/** Milliseconds that a killed worker may hold things up. */
const PATIENCE = 60_000;

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

/** Working days of a phase with standups and reviews. */
export class Month<Clock extends { time: number }> {
  readonly begun: number;
  readonly clock: Clock;
  readonly holidays: readonly string[];
  /** The next Friday but one. */
  readonly friday: string;
  readonly folders: Folders;

  private constructor(clock: Clock, folders: Folders, friday: string, holidays: readonly string[]) {
    this.clock = clock;
    this.begun = clock.time;
    this.folders = folders;
    this.friday = friday;
    this.holidays = holidays;
  }

  /** @param also other channels of the team */
  static async create<Clock extends { time: number }>(clock: Clock, also = ''): Promise<Month<Clock>> {
    const day = (days: number) => DateTime.now().setZone(ZONE).plus({ days });
    const friday = day(7 + ((5 - day(7).weekday + 7) % 7)).toISODate() ?? '';
    const holidays = [friday, day(3).toISODate() ?? ''];
    const playbook = `calendars: { office: { zone: ${ZONE}, holidays: [${holidays.join(', ')}] } }
communication:
  calendar: office
  audiences: { team: [{ file: team.jsonl }${also}], lead: [{ file: lead.jsonl }] }
  standups: { at: '09:30', to: [team], covers: { News: progress, What is in: blockers } }
  reviews: { at: '15:00', to: [lead, team] }
`;
    const folders = await Folders.create({ small: { 'plan.md': plan, 'playbook.yaml': playbook } });
    return new Month(clock, folders, friday, holidays);
  }

  /** @param hours from now on */
  expected(hours = 0): { readonly standups: readonly string[]; readonly reviews: readonly string[] } {
    const { begun, clock, holidays } = this;
    const until = clock.time + hours * HOUR;
    return {
      standups: workingDays(begun, until, '09:30', holidays).map((one) => `standup-${one.toISODate()}`),
      reviews: reviewDays(begun, until, '15:00', holidays).map((one) => `review-${one}`),
    };
  }

  async begin({ start, again }: Pick<Harness, 'start' | 'again'>): Promise<PhaseHandle> {
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
    await phase.until(
      `${String(standups.length)} standups, ${String(reviews.length)} reviews`,
      async () => {
        const latest = await latestOf(phase);
        return latest.standup === standups.at(-1) && latest.review === reviews.at(-1);
      },
      PATIENCE,
    );
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
