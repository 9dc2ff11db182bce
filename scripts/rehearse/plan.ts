import type { Check, Criterion, Gate } from '../../src/plan/gate-model.ts';
import type { Lane, Milestone, People, Plan, Task } from '../../src/plan/model.ts';
import { gatesOf } from '../../src/plan/walk.ts';

/** Begins the names of people that only the rehearsal has. No name of a playbook contains a bracket. */
const REHEARSAL = '(rehearsal';

/** Completes or skips what no person may, and starts the phase unless the command names somebody. */
export const STAND_IN = `${REHEARSAL})`;

/** The role of the rehearsal's own people. */
const ROLE = STAND_IN;

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** True for people that are not in the playbook. */
export function isStandIn(name: string): boolean {
  return name.startsWith(REHEARSAL);
}

/** Who waives at a gate what no person of the playbook may approve. Each gate has its own, so that no policy excludes them. */
export function standInAt(gate: string): string {
  return `${REHEARSAL} ${gate})`;
}

/**
 * Makes a plan that can be carried out without the outside world. Order, lengths, gates, people and policies stay as they are. What goes:
 * inputs of steps and checks, rounds, agents' task queues, notices, standups, signatures and the start of the next phase. Checks that a
 * capability answers from its state become checks like the others.
 */
export function rehearsable(plan: Plan): Plan {
  const { reporting: _reporting, channels: _channels, starts: _starts, oidc: _oidc, ...rest } = plan;
  const { people, operators } = plan;
  return {
    ...rest,
    gates: { entry: gateOf(plan.gates.entry), completion: gateOf(plan.gates.completion) },
    milestones: plan.milestones.map(milestoneOf),
    ...(people === undefined ? {} : { people: { ...people, ...standIns(plan) } }),
    ...(operators === undefined ? {} : { operators: [...operators, ROLE] }),
  };
}

/** True when a gate asks for signatures, which people of a rehearsal do not have. */
export function asksForSignatures(plan: Plan): boolean {
  return gatesOf(plan).some(({ policy }) => policy?.trust === 'signed');
}

/** Instant of the first date of the Gantt; `undefined` for a Gantt without dates. */
export function firstDate(plan: Plan): number | undefined {
  const dates = tasksOf(plan).flatMap(({ startsAt }) => (startsAt === undefined ? [] : [Date.parse(startsAt)]));
  return dates.length === 0 ? undefined : dates.reduce((first, date) => Math.min(first, date));
}

/** Number of whole weeks by which the dates of a plan have to move so that none lies before an instant. */
export function weeksUntil(plan: Plan, from: number): number {
  const first = firstDate(plan);
  return first === undefined || first >= from ? 0 : Math.ceil((from - first) / WEEK);
}

/** Moves the dates of a plan by whole weeks, which keeps weekends where they are. */
export function movedBy(weeks: number, plan: Plan): Plan {
  if (weeks === 0) return plan;
  const later = (date: string) => new Date(Date.parse(date) + weeks * WEEK).toISOString();
  return withTasks(plan, (task) => ({
    ...task,
    ...(task.startsAt === undefined ? {} : { startsAt: later(task.startsAt) }),
    ...(task.dueAt === undefined ? {} : { dueAt: later(task.dueAt) }),
  }));
}

/** All tasks of a plan. */
export function tasksOf({ milestones }: Plan): Task[] {
  return milestones.flatMap(({ lanes }) => lanes.flatMap(({ tasks }) => tasks));
}

function withTasks(plan: Plan, change: (task: Task) => Task): Plan {
  const lanes = (before: readonly Lane[]) => before.map((lane) => ({ ...lane, tasks: lane.tasks.map(change) }));
  return { ...plan, milestones: plan.milestones.map((one) => ({ ...one, lanes: lanes(one.lanes) })) };
}

function standIns(plan: Plan): People {
  const names = [STAND_IN, ...gatesOf(plan).map(({ id }) => standInAt(id))];
  return Object.fromEntries(names.map((name) => [name, { roles: [ROLE], agents: [] }]));
}

function milestoneOf(milestone: Milestone): Milestone {
  const { entry, guards, exit, quality } = milestone.gates;
  return {
    ...milestone,
    gates: {
      entry: gateOf(entry),
      ...(guards === undefined ? {} : { guards: guards.map(gateOf) }),
      exit: gateOf(exit),
      quality: gateOf(quality),
    },
    lanes: milestone.lanes.map((lane) => ({ ...lane, tasks: lane.tasks.map(taskOf) })),
  };
}

function gateOf({ policy, renews: _renews, ...gate }: Gate): Gate {
  const { trust: _trust, ...rules } = policy ?? {};
  return { ...gate, criteria: gate.criteria.map(criterionOf), ...(policy === undefined ? {} : { policy: rules }) };
}

function criterionOf(criterion: Criterion): Criterion {
  return { ...criterion, checks: criterion.checks.map(checkOf) };
}

function checkOf(check: Check): Check {
  if (check.concerns === 'gates') return check;
  const { id, label, kind, lifetime } = check;
  return { id, kind: REHEARSED, label: label === '' ? kind : label, profile: 'work', lifetime, input: {} };
}

/** The kind of every check that the phase cannot answer from its own gates. */
export const REHEARSED = 'rehearsed';

function taskOf({ rounds: _rounds, ...task }: Task): Task {
  return {
    ...task,
    steps: task.steps.map(({ taskQueue: _queue, hears: _hears, skipIdle: _idle, asks: _asks, ...step }) => ({
      ...step,
      kind: REHEARSED,
      profile: 'work',
      input: {},
    })),
  };
}
