import type { Gate } from '../../src/plan/gate-model.ts';
import type { People, Plan } from '../../src/plan/model.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import { DAY, PlanClock } from '../../src/views/planned.ts';
import { slipInWords } from '../../src/views/report/subject.ts';
import { type Schedule, type ScheduledTask, scheduleOf } from '../../src/views/schedule.ts';
import type { Act, Stuck } from './cast.ts';
import { workCalendar } from './lengths.ts';
import { isStandIn, tasksOf } from './plan.ts';
import type { Ran } from './run.ts';

/** Somebody, or something, waits for somebody. */
export interface Wait {
  /** ISO instant at which it begins. */
  readonly at: string;
  /** `milestone 4.1`, `task 4.1/d1` */
  readonly who: string;
  /** `ines (Operations Lead)`, `task 4.1/c1 (Security Agent)`, `nobody` */
  readonly forWhom: string;
  /** `gate 4.1/exit`, `completion` */
  readonly what: string;
  readonly ms: number;
}

/** What a rehearsal has shown; the form of `--json`. Instants are ISO texts. */
export interface Account {
  readonly title: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly waits: readonly Wait[];
  /** Gates that nobody can clear, and tasks that nobody can complete. */
  readonly stuck: readonly (Omit<Stuck, 'at'> & { readonly at: string })[];
  readonly milestones: readonly {
    readonly number: string;
    readonly title: string;
    readonly plannedEnd: string;
    readonly end: string;
    /** In days of the plan; negative: earlier than planned. */
    readonly slip: number;
    readonly inWords: string;
  }[];
  readonly slip: number;
  readonly inWords: string;
  /** What the rehearsal does otherwise than the phase would. */
  readonly notes: readonly string[];
}

/** Shorter delays come from the rehearsal itself: people take some seconds. In days of the plan. */
const NOTHING = 0.02;

/** Draws the account of a rehearsal. */
export function accountOf(given: Plan, ran: Ran, notes: readonly string[]): Account {
  const calendar = workCalendar(given);
  const schedule = scheduleIn(given, ran);
  const words = { day: calendar === undefined ? 'day' : 'working day', standing: { dayMs: DAY } };
  const waits = [...gateWaits(given, ran), ...taskWaits(given, ran), ...lateStarts(given, ran, schedule)];
  return {
    title: `Phase ${given.number}: ${given.title}`,
    startedAt: iso(ran.startedAt),
    endedAt: iso(ran.endedAt),
    waits: waits.toSorted((one, other) => one.at.localeCompare(other.at)),
    stuck: ran.cast.stuck.map((one) => ({ ...one, at: iso(one.at) })),
    milestones: schedule.milestones.map(({ number, planned, forecast, slip }) => ({
      ...{ number, title: given.milestones.find((one) => one.number === number)?.title ?? '' },
      ...{ plannedEnd: iso(planned.end), end: iso(forecast.end), slip, inWords: slipInWords(slip, words) },
    })),
    slip: schedule.slip,
    inWords: slipInWords(schedule.slip, words),
    notes,
  };
}

function scheduleIn(plan: Plan, ran: Ran): Schedule {
  const statuses = ran.milestones.flatMap(({ status }) => status?.lanes.flatMap(({ tasks }) => tasks) ?? []);
  const at = (instant: string | undefined) => (instant === undefined ? undefined : Date.parse(instant));
  const tasks = statuses.map(({ task, startedAt, endedAt }) => [
    task,
    { startedAt: at(startedAt), endedAt: at(endedAt) },
  ]);
  const times = ran.milestones.map(({ number, began, ended }) => [number, { startedAt: began, endedAt: ended }]);
  return scheduleOf({
    ...{ plan, startedAt: ran.startedAt, now: ran.endedAt, pace: 'planned', dayMs: DAY, calendar: workCalendar(plan) },
    tasks: Object.fromEntries(tasks) as Record<string, object>,
    milestones: Object.fromEntries(times) as Record<string, object>,
  });
}

/** Gates that people had to decide, or that did not clear at once. */
function gateWaits(plan: Plan, { ledger, cast }: Ran): Wait[] {
  const gates = new Map(gatesOf(plan).map((gate) => [gate.id, gate]));
  return ledger.flatMap((entry): Wait[] => {
    const gate = gates.get(entry.on ?? '');
    if (entry.what !== 'opened' || gate === undefined) return [];
    const end = ledger.find(({ what, on, number }) => on === gate.id && number > entry.number && isEnd(what));
    const ms = (end?.at ?? entry.at) - entry.at;
    const acts = cast.acts.filter(({ what, on, at }) => what === 'approve' && on === gate.id && at >= entry.at);
    const isStuck = cast.stuck.some(({ on, at }) => on === gate.id && at >= entry.at && at <= (end?.at ?? Infinity));
    if (acts.length === 0 && !isStuck && ms < 60_000) return [];
    const names = [...new Set(acts.map(({ by }) => personIn(plan.people, by)))];
    const others = isStuck ? ['nobody'] : names.length === 0 ? ['its time'] : [];
    const { window } = gate.policy ?? {};
    const what = `gate ${gate.id}${window === undefined ? '' : `, which clears only within ${window.name}`}`;
    return [{ at: iso(entry.at), who: waiterAt(gate), forWhom: [...names, ...others].join(', '), what, ms }];
  });
}

function isEnd(what: string): boolean {
  return what === 'cleared' || what === 'rejected';
}

/** Tasks that people carry out, or owe something to. */
function taskWaits(plan: Plan, { cast }: Ran): Wait[] {
  const tasks = new Map(tasksOf(plan).map((task) => [task.ref, task]));
  const ofTasks = cast.acts.filter(({ what }) => what !== 'approve');
  const answered = ofTasks.map(({ since, at, what, on, by }: Act): Wait => {
    const { title = '', agent = '', inputs = [] } = tasks.get(on) ?? {};
    const owed = inputs.map((input) => input.what ?? 'its input').join(', ');
    const agents = what === 'complete' ? agent : inputs.map((input) => input.agent).join(', ');
    const whom = by === agents ? by : `${by} (${agents})`;
    const wanted = what === 'complete' ? 'its completion' : owed;
    return { at: iso(since), who: `task ${on} ${title}`, forWhom: whom, what: wanted, ms: at - since };
  });
  const unanswered = cast.stuck.flatMap(({ at, on }): Wait[] => {
    const task = tasks.get(on);
    if (task === undefined) return [];
    return [{ at: iso(at), who: `task ${on} ${task.title}`, forWhom: 'nobody', what: 'its completion', ms: 0 }];
  });
  return [...answered, ...unanswered];
}

/** Tasks that begin later within their milestone than planned, because another task was not over. */
function lateStarts(plan: Plan, ran: Ran, { tasks, milestones }: Schedule): Wait[] {
  const clock = new PlanClock({ calendar: workCalendar(plan), dayMs: DAY });
  const planned = new Map(tasksOf(plan).map((task) => [task.ref, task]));
  const delays = new Map(
    ran.milestones.map(({ number, workStarted }) => {
      const { start } = milestones.find((one) => one.number === number)?.planned ?? {};
      return [number, start === undefined || workStarted === undefined ? 0 : clock.exactDays(start, workStarted)];
    }),
  );
  return tasks.flatMap((task: ScheduledTask): Wait[] => {
    const { startedAt } = task.actual;
    const driver = planned.get(task.driver ?? '');
    const own = planned.get(task.task);
    if (startedAt === undefined || driver === undefined || own === undefined) return [];
    const late = clock.exactDays(task.planned.start, startedAt) - Math.max(0, delays.get(task.milestone) ?? 0);
    if (late < NOTHING || !driver.ref.startsWith(`${task.milestone}/`)) return [];
    const need = own.needs.find((one) => one.task === driver.ref);
    const what = need === undefined ? 'its end' : need.what;
    const ms = startedAt - task.planned.start;
    const forWhom = `task ${driver.ref} (${driver.agent})`;
    return [{ at: iso(task.planned.start), who: `task ${own.ref} ${own.title}`, forWhom, what, ms }];
  });
}

function waiterAt({ milestone, guards }: Gate): string {
  if (guards !== undefined) return guards.tasks.map((task) => `task ${task}`).join(', ');
  return milestone === undefined ? 'the phase' : `milestone ${milestone}`;
}

function personIn(people: People | undefined, by: string): string {
  const roles = isStandIn(by) ? [] : (people?.[by]?.roles ?? []);
  return roles.length === 0 ? by : `${by} (${roles.join(', ')})`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
