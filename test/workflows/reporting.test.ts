import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { weekdays } from '../../src/calendar/calendar.ts';
import type { GatesState } from '../../src/gates/model.ts';
import { communicationOf } from '../../src/activities/slices.ts';
import type { Notice } from '../../src/contract/notice.ts';
import { Receiver } from '../activities/notices/receiver.ts';
import { Folders } from '../support/folders.ts';
import type { PhaseHandle} from '../support/harness.ts';
import { type Harness, withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { startDevServer } from '../support/servers.ts';

const plan = smallPlan({
  milestones: [
    { number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] },
    { number: '9.2', title: 'Two', lanes: [{ title: 'Try', agent: 'Trial Agent', letter: 'a' }] },
  ],
}).replace(
  '## Phase 9 Completion Criteria',
  '## Communication Plan\n\n### Daily\n\n- News of everyone\n- What is in the way\n\n## Phase 9 Completion Criteria',
);

const ZONE = 'Europe/Berlin';
const HOUR = 3_600_000;
const HOOK = 'PHASEGATE_TEST_STANDUP';

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

async function latestOf(phase: PhaseHandle): Promise<{ readonly standup?: string; readonly review?: string }> {
  const slices = await phase.workflow.query<GatesState['slices']>('slices');
  return communicationOf({ slices })?.latest ?? {};
}

async function told(folders: Folders, file: string): Promise<Notice[]> {
  const text = await readFile(join(folders.recordsDir, file), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Notice);
}

/** The board, as the Web UI shows it. */
async function boardOf(phase: PhaseHandle): Promise<string> {
  const { definition: _definition, currentDetails = '' } = await phase.workflow.query<{
    readonly definition: unknown;
    readonly currentDetails?: string;
  }>('__temporal_workflow_metadata');
  return currentDetails;
}

/** A clock that only tests move, with pauses of 50 ms between attempts. */
function clockFrom(start: number) {
  const clock = { time: start, now: () => clock.time, longestPauseMs: 50 };
  return clock;
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

describe('a standup on demand', () => {
  // None on the calendar comes in between.
  const later = weekdays[(DateTime.now().setZone(ZONE).weekday + 2) % 7] ?? 'mon';
  const playbook = `calendars: { office: { zone: ${ZONE}, days: [${later}] } }
people:
  dana: { roles: [Stakeholder], agents: [Build Agent, Trial Agent] }
channels: []
communication:
  calendar: office
  audiences: { team: [{ webhook: { urlEnv: ${HOOK} } }, { file: team.jsonl }] }
  standups: { at: '09:30', to: [team] }
  reviews: { at: '15:00', milestones: true }
  documents: { What is in: { document: implementation-progress }, News: { document: issue-log } }
`;
  const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };

  afterEach(() => {
    Reflect.deleteProperty(process.env, HOOK);
  });

  it('tells what people have said, and a webhook that is down holds up nothing; the board tells that it has failed', async () => {
    const receiver = await Receiver.start((response) => {
      response.statusCode = 500;
      response.end();
    });
    process.env[HOOK] = receiver.url;
    const clock = clockFrom(Date.now());
    try {
      await withWorker({ phases, publishClock: clock }, async ({ start, folders }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry', 'dana');
        await phase.approve('9.1/entry', 'dana');
        await phase.untilOnDesk('9.1/a1', 'complete');
        const words = { note: 'half way', done: 'the walls', blockers: 'no paint', next: 'the roof' };
        await phase.hear('progress', { task: '9.1/a1', by: 'dana', ...words });
        assert.equal((await phase.hear('standup', { by: 'nobody' })).code, 'UNKNOWN');
        assert.equal((await phase.hear('standup', { by: 'dana', id: 's1' })).code, 'ACCEPTED');
        assert.equal((await phase.hear('standup', { by: 'dana', id: 's1' })).code, 'DUPLICATE');
        await phase.until('the webhook was tried twice', async () => receiver.received.length >= 2);
        await phase.until('the file has it', async () => (await told(folders, 'team.jsonl')).length === 1);
        const [notice] = await told(folders, 'team.jsonl');
        for (const said of ['the walls', 'no paint', 'the roof'])
          assert.match(notice?.text ?? '', new RegExp(`9.1/a1, dana: ${said}`));
        await phase.complete('9.1/a1', 'dana');
        await phase.untilOnDesk('9.1/a2', 'complete');
        clock.time += 5 * HOUR;
        await phase.until('it is given up', async () => (await latestOf(phase)).standup === 'standup-extra-1');
        const { recent } = await phase.ledger();
        const entries = recent.filter(({ on }) => on === 'standup-extra-1').map(({ what, reason }) => [what, reason]);
        assert.deepEqual(entries, [
          ['standup', 'Extra standup, asked for by dana: in the records, and to team'],
          ['standup not delivered', `webhook ${HOOK}: The webhook of ${HOOK} answered with status 500.`],
        ]);
        assert.match(await boardOf(phase), /\*\*standup-extra-1 not delivered\*\* · webhook/);
        assert.equal((await told(folders, 'team.jsonl')).length, 1);
        await phase.workflow.terminate();
      });
    } finally {
      await receiver.stop();
    }
  });

  it('has documents written whose subject has changed, each with what has changed since the version before', async () => {
    await withWorker({ phases }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry', 'dana');
      await phase.approve('9.1/entry', 'dana');
      const documents = async () => {
        const { recent } = await phase.ledger();
        return recent.filter(({ what }) => what === 'document').map(({ reason }) => reason);
      };
      await phase.untilOnDesk('9.1/a1', 'complete');
      await phase.hear('standup', { by: 'dana' });
      await phase.until('both are written', async () => (await documents()).length === 2);
      assert.deepEqual((await documents()).toSorted(), [
        'Implementation progress: 0 of 2 milestones and 0 of 4 tasks done',
        'Issue resolution log: no issues',
      ]);
      await phase.complete('9.1/a1', 'dana');
      await phase.complete('9.1/a2', 'dana');
      for (const gate of ['9.1/exit', '9.1/quality']) await phase.approve(gate, 'dana');
      await phase.until('the milestone has its review', async () => (await latestOf(phase)).review === 'review-9.1');
      await phase.until('progress is written anew, and the log is not', async () => (await documents()).length >= 3);
      assert.equal((await documents()).at(-1), 'Implementation progress: 1 of 2 milestones and 2 of 4 tasks done');
      const versions = join(folders.recordsDir, phase.id, phase.firstRunId ?? '', 'reports', 'versions');
      const files = (await readdir(versions)).toSorted();
      assert.deepEqual(
        files.map((file) => file.replace(/-[0-9a-f]{12}\.md$/, '')),
        ['implementation-progress-1', 'implementation-progress-2', 'issue-log-1'],
      );
      const changes = await readFile(join(versions, files[1] ?? ''), 'utf8');
      assert.match(changes, /^# Implementation progress, version 2$/m);
      assert.match(changes, /^- \| 9\.1\/a2 \| .* \| (pending|waiting) \|/m);
      assert.match(changes, /^\+ \| 9\.1\/a2 \| .* \| done \| dana \|$/m);
      await phase.workflow.terminate();
    });
  });

  it('is refused where the playbook has no standups', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      assert.equal((await phase.hear('standup', { by: 'dana' })).code, 'REFUSED');
      await phase.workflow.terminate();
    });
  });
});
