import assert from 'node:assert/strict';
import type { Calendar } from '../../src/calendar/calendar.ts';
import { calendarOf, type Schedule, type ScheduleInput, scheduleOf } from '../../src/views/schedule.ts';
import { at, calendar, HOUR } from '../calendar/fixture.ts';
import { planOf } from '../plan/document-text.ts';
import { smallPlan } from '../support/plans.ts';

const DAY = 24 * HOUR;
const lane = (letter: string, title: string) => ({ title, agent: `${title} Agent`, letter });
/** Two milestones, one after the other, of two lanes with two tasks of a day each: two days a milestone. */
const plan = planOf(
  smallPlan({
    milestones: [
      { number: '9.1', title: 'One', lanes: [lane('a', 'Build'), lane('b', 'Trial')] },
      { number: '9.2', title: 'Two', lanes: [lane('a', 'Build')] },
    ],
  }),
);
/** A Thursday, when work begins. */
const start = at('2026-12-03T09:00+01:00');

function schedule(given: Partial<ScheduleInput> = {}): Schedule {
  const usual = { plan, startedAt: start, now: start, pace: 'asap' as const, dayMs: DAY, tasks: {}, milestones: {} };
  return scheduleOf({ ...usual, ...given });
}

function task({ tasks }: Schedule, ref: string) {
  const found = tasks.find((one) => one.task === ref);
  assert.ok(found);
  return found;
}

const iso = (instant: number) => new Date(instant).toISOString();
const workdays: Calendar = calendar({ holidays: ['2026-12-08'] });

describe('the schedule of a phase', () => {
  it('counts plan days as working days: over a weekend and a holiday, by the clock of the zone', () => {
    const planned = schedule({ calendar: workdays });
    assert.equal(iso(task(planned, '9.1/a1').planned.end), '2026-12-03T16:00:00.000Z');
    assert.equal(iso(task(planned, '9.1/a2').planned.start), '2026-12-04T08:00:00.000Z');
    assert.equal(iso(planned.milestones[0]!.planned.end), '2026-12-04T16:00:00.000Z');
    // The weekend lies between, and the Tuesday is a holiday.
    assert.equal(iso(task(planned, '9.2/a1').planned.start), '2026-12-07T08:00:00.000Z');
    assert.equal(iso(planned.planned.end), '2026-12-09T16:00:00.000Z');
    assert.equal(planned.slip, 0);
  });

  it('keeps planned times at either pace, whatever happens', () => {
    const late = { tasks: { '9.1/a1': { startedAt: start + DAY, endedAt: start + 2 * DAY } }, now: start + 2 * DAY };
    for (const pace of ['asap', 'planned'] as const) {
      assert.deepEqual(
        schedule({ ...late, pace }).tasks.map(({ planned }) => planned),
        schedule({ pace }).tasks.map(({ planned }) => planned),
      );
    }
  });

  it('expects what follows from what has happened, and tells the slip of each milestone in working days', () => {
    const now = at('2026-12-07T13:00+01:00');
    const found = schedule({
      calendar: workdays,
      now,
      milestones: { '9.1': { startedAt: start } },
      tasks: {
        '9.1/a1': { startedAt: start, endedAt: at('2026-12-04T13:00+01:00') },
        '9.1/b1': { startedAt: start, endedAt: at('2026-12-03T17:00+01:00') },
        '9.1/b2': { startedAt: at('2026-12-04T09:00+01:00'), endedAt: at('2026-12-04T13:00+01:00') },
        '9.1/a2': { startedAt: at('2026-12-04T13:00+01:00') },
      },
    });
    // Half a day late; a day from its start has passed, and it ends now at the earliest.
    assert.equal(iso(task(found, '9.1/a2').forecast.end), iso(now));
    assert.equal(task(found, '9.1/a1').slip, 0.5);
    assert.equal(task(found, '9.1/b2').slip, -0.5);
    assert.deepEqual([task(found, '9.1/a2').isLate, task(found, '9.1/b2').isLate], [true, false]);
    assert.equal(found.milestones[0]!.slip, 0.5);
    assert.equal(iso(task(found, '9.2/a1').forecast.start), iso(now));
    assert.equal(iso(found.forecast.end), '2026-12-10T12:00:00.000Z');
    assert.equal(found.slip, 0.5);
    assert.deepEqual(found.criticalPath, ['9.1/a1', '9.1/a2', '9.2/a1', '9.2/a2']);
  });

  it('expects nothing before its planned start at pace planned', () => {
    const early = {
      milestones: { '9.1': { startedAt: start } },
      tasks: { '9.1/a1': { startedAt: start, endedAt: start + HOUR } },
      now: start + HOUR,
    };
    assert.equal(task(schedule({ ...early, pace: 'asap' }), '9.1/a2').forecast.start, start + HOUR);
    assert.equal(task(schedule({ ...early, pace: 'planned' }), '9.1/a2').forecast.start, start + DAY);
  });

  it('takes dates of the Gantt where a plan day is a day, and counts plan days otherwise', () => {
    const dated = structuredClone(plan) as unknown as {
      milestones: { lanes: { tasks: { startsAt?: string; dueAt?: string }[] }[] }[];
    };
    const first = dated.milestones[0]!.lanes[0]!.tasks[0]!;
    first.startsAt = '2026-12-14T00:00:00.000Z';
    first.dueAt = '2026-12-16T00:00:00.000Z';
    const withDates = dated as unknown as ScheduleInput['plan'];
    assert.equal(iso(task(schedule({ plan: withDates }), '9.1/a1').planned.end), first.dueAt);
    assert.equal(task(schedule({ plan: withDates, dayMs: 2000 }), '9.1/a1').planned.end, start + 2000);
  });

  it('leaves out of lateness, slip and critical path what was done before the phase', () => {
    const beforehand = Object.fromEntries(['a1', 'a2', 'b1', 'b2'].map((id) => [`9.1/${id}`, { beforehand: true }]));
    const found = schedule({ tasks: beforehand, now: start + 30 * DAY });
    assert.ok(
      found.tasks.filter(({ milestone }) => milestone === '9.1').every(({ isLate, slip }) => !isLate && slip === 0),
    );
    assert.deepEqual(found.criticalPath, ['9.2/a1', '9.2/a2']);
  });

  it('takes the calendar by which the gates count working time, if they all do by the same', () => {
    const named = (zone: string) => ({ name: 'office', ...calendar({ zone }) });
    const withPolicies = (...zones: string[]) => {
      const copy = structuredClone(plan) as unknown as {
        gates: { entry: { policy?: object }; completion: { policy?: object } };
      };
      if (zones[0] !== undefined) copy.gates.entry.policy = { workingTime: named(zones[0]) };
      if (zones[1] !== undefined) copy.gates.completion.policy = { workingTime: named(zones[1]) };
      return copy as unknown as typeof plan;
    };
    assert.equal(calendarOf(withPolicies('Europe/Berlin', 'Europe/Berlin'), DAY)?.zone, 'Europe/Berlin');
    assert.equal(calendarOf(withPolicies('Europe/Berlin', 'America/Lima'), DAY), undefined);
    assert.equal(calendarOf(withPolicies(), DAY), undefined);
    assert.equal(
      calendarOf(withPolicies('Europe/Berlin'), 2000),
      undefined,
      'days of another length leave the calendar',
    );
  });
});
