import type { DeskItem } from '../gates/model.ts';
import type { Task, TaskInput } from '../plan/model.ts';

/** Desk item of a task that a person carries out. */
export function personDesk(task: Task, since: number, due: number): DeskItem {
  return { task: task.ref, title: task.title, waits: 'complete', agents: [task.agent], since, due };
}

/** Desk item of a task whose contributors owe it something. */
export function inputDesk(task: Task, missing: readonly TaskInput[], since: number): DeskItem {
  const reason = missing.map(({ agent, what }) => (what === undefined ? agent : `${what} from ${agent}`)).join(', ');
  return {
    task: task.ref,
    title: task.title,
    waits: 'input',
    agents: missing.map(({ agent }) => agent),
    since,
    reason: `waits for ${reason}`,
  };
}

/** Desk item of a task that cannot go on by itself. */
export function blockedDesk(task: Task, reason: string, since: number): DeskItem {
  return { task: task.ref, title: task.title, waits: 'blocked', agents: [task.agent], since, reason };
}
