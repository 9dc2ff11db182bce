import { firstInstant, zoneNamed } from '../calendar/zone.ts';
import type { Plan, Task } from './model.ts';
import type { Playbook } from './playbook.ts';
import type { PlaybookReader } from './playbook-reader.ts';

/**
 * The dates of the Gantt on the clocks of the people who work by them: in the zone of the playbook's calendars, where that is one.
 * A plan without dates, or a playbook without calendars, stays as it is: in UTC.
 */
export function withZone(plan: Plan, { calendars }: Playbook, reader: PlaybookReader): Plan {
  const [zone, other] = new Set(Object.values(calendars).map((calendar) => calendar.zone));
  const hasDates = plan.milestones.some(({ lanes }) => lanes.some(({ tasks }) => tasks.some((task) => task.startsAt)));
  if (zone === undefined || !hasDates) return plan;
  if (other !== undefined) {
    reader.finding(
      'dates-zone',
      ['calendars'],
      'The calendars are of several zones, so the dates of the Gantt are read in UTC.',
      {
        suggestion: 'Give all calendars one zone, or write the dates of the Gantt in UTC.',
      },
    );
    return plan;
  }
  const clock = zoneNamed(zone);
  const instant = (shown: string): string => new Date(firstInstant(clock, Date.parse(shown))).toISOString();
  const moved = (task: Task): Task => {
    const { startsAt, dueAt } = task;
    if (startsAt === undefined || dueAt === undefined) return task;
    return { ...task, startsAt: instant(startsAt), dueAt: instant(dueAt) };
  };
  return {
    ...plan,
    zone,
    milestones: plan.milestones.map((milestone) => ({
      ...milestone,
      lanes: milestone.lanes.map((lane) => ({ ...lane, tasks: lane.tasks.map(moved) })),
    })),
  };
}
