import type { MilestoneStatus, TaskStatus } from '../contract/answers.ts';
import type { Standing, TaskStanding } from '../contract/standing.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { TaskRef } from '../plan/gate-model.ts';
import type { Plan } from '../plan/model.ts';
import type { MilestoneTimes, WorkedOn } from './times.ts';

interface Known {
  readonly ledger: readonly LedgerEntry[];
  readonly worked: MilestoneTimes['tasks'];
  /** What milestones that run answer. */
  readonly shown: readonly MilestoneStatus[];
}

/** How each task of a plan stands. What a milestone that runs answers comes before what histories say. */
export function taskStandings(plan: Plan, { ledger, worked, shown }: Known): Standing['tasks'] {
  const said = saidOfTasks(ledger);
  const now = new Map(
    shown.flatMap(({ lanes }) => lanes.flatMap(({ tasks }) => tasks.map((task) => [task.task, task]))),
  );
  const refs = plan.milestones.flatMap(({ lanes }) => lanes.flatMap(({ tasks }) => tasks.map(({ ref }) => ref)));
  return Object.fromEntries(
    refs.map((ref): [TaskRef, TaskStanding] => {
      const told = said.get(ref) ?? {};
      const answer = now.get(ref);
      // In a run that repeats other tasks it counts as done, and has no times.
      const isRunning = answer !== undefined && (answer.state !== 'done' || answer.startedAt !== undefined);
      return [ref, isRunning ? asShown(answer, told) : asRecorded(worked.get(ref) ?? {}, told)];
    }),
  );
}

function asShown({ state, held, reason, waitsFor, startedAt, endedAt }: TaskStatus, { by }: SaidOfTask): TaskStanding {
  const because = held ?? reason ?? (waitsFor.length === 0 ? undefined : waitsFor.join(', '));
  return {
    state,
    ...(startedAt === undefined ? {} : { startedAt: Date.parse(startedAt) }),
    ...(endedAt === undefined ? {} : { endedAt: Date.parse(endedAt) }),
    ...(by === undefined ? {} : { by }),
    ...(because === undefined ? {} : { because }),
  };
}

function asRecorded(
  { startedAt, lastAt, outcome, said }: WorkedOn,
  { by = said?.by, actedAt = said?.at, heardAt, state: told, isBeforehand = false, because }: SaidOfTask,
): TaskStanding {
  const state = told ?? outcome?.state ?? said?.state ?? (startedAt === undefined ? 'pending' : 'running');
  const isOver = state === 'done' || state === 'skipped';
  const beforehand = isBeforehand || (outcome?.beforehand === true && startedAt === undefined);
  const endedAt = actedAt === undefined ? (lastAt ?? heardAt) : Math.max(actedAt, lastAt ?? actedAt);
  return {
    state,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined || !isOver || beforehand ? {} : { endedAt }),
    ...(by === undefined ? {} : { by }),
    ...(beforehand ? { beforehand } : {}),
    ...(because === undefined || isOver ? {} : { because }),
  };
}

interface SaidOfTask {
  readonly state?: TaskStanding['state'];
  readonly by?: string;
  /** When a person has completed or skipped it. */
  readonly actedAt?: number;
  /** When the phase has heard that it is over: with the end of its milestone. */
  readonly heardAt?: number;
  readonly isBeforehand?: boolean;
  readonly because?: string;
}

/** What the ledger says of tasks. */
function saidOfTasks(ledger: readonly LedgerEntry[]): ReadonlyMap<TaskRef, SaidOfTask> {
  const said = new Map<TaskRef, SaidOfTask>();
  for (const { what, on, by, at, code, reason, trust } of ledger) {
    if (on === undefined || code !== 'ACCEPTED') continue;
    const known = said.get(on);
    if (trust !== 'phase' && (what === 'complete' || what === 'skip')) {
      said.set(on, { state: what === 'skip' ? 'skipped' : 'done', actedAt: at, ...(by === undefined ? {} : { by }) });
    } else if (what === 'retry') said.set(on, {});
    else if (what === 'task blocked') said.set(on, { state: 'blocked', because: reason });
    else if (what === 'task done' || what === 'task skipped') {
      const state = what === 'task done' ? 'done' : 'skipped';
      const { because: _over, ...rest } = known ?? {};
      said.set(on, { ...rest, state, heardAt: at, ...(reason === 'beforehand' ? { isBeforehand: true } : {}) });
    }
  }
  return said;
}
