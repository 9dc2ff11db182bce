import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { canFindProcesses, processesOf } from './processes.ts';

/** Time that a program has after SIGTERM, in milliseconds. */
export const GRACE_MS = 5_000;
/** Time within which the system must have ended it after SIGKILL, in milliseconds. */
const KILLED_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * Ends all processes of a run: it sends SIGTERM to each process group, and SIGKILL after five seconds. Resolves when none is left.
 *
 * @param run `PHASEGATE_RUN` of the processes, or its beginning
 * @param group process group of the program, if it is known; the only information on systems where processes cannot be found by their
 *   environment
 * @throws Error when processes still run five seconds after SIGKILL
 */
export async function endRun(run: string, group?: number): Promise<void> {
  const began = Date.now();
  const asked = new Set<number>();
  for (;;) {
    const left = canFindProcesses ? await processesOf(run, group) : aliveGroup(group);
    if (left.length === 0) return;
    const late = Date.now() - began - GRACE_MS;
    if (late > KILLED_WITHIN_MS) {
      const pids = left.map(({ pid }) => pid).join(', ');
      throw new Error(
        `a program that this step or check has started before still runs on ${hostname()} and cannot be ended (process ${pids}); ` +
          'end it there: until then, no other program is started',
      );
    }
    for (const one of new Set(left.map((process) => process.group))) {
      if (late > 0) signalGroup(one, 'SIGKILL');
      else if (!asked.has(one)) signalGroup(one, 'SIGTERM');
      asked.add(one);
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Signals a process group. Returns false when it has ended or belongs to another user. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // `kill(-0)` would signal this process's own group, and `kill(-1)` all processes.
    return group > 1 && process.kill(-group, signal);
  } catch {
    return false;
  }
}

function aliveGroup(group: number | undefined) {
  return group !== undefined && signalGroup(group, 0) ? [{ pid: group, group }] : [];
}
