import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { canFindProcesses, processesOf } from './processes.ts';

/** Milliseconds that a program has after SIGTERM. */
export const GRACE_MS = 5_000;
/** Milliseconds after SIGKILL in which the system must have ended it. */
const KILLED_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * Ends every process of a run: SIGTERM to each process group, SIGKILL after five seconds. Resolves when none is left.
 *
 * @param run `PHASEGATE_RUN` of the processes, or its beginning
 * @param group the program's own process group, if this or the process that tells of it has started it: all that is known where
 *   processes cannot be found by their environment
 * @throws Error when they are still there five seconds after SIGKILL
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
          'end it there: nothing is started beside it',
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

/** Signals a process group, unless it has ended or belongs to somebody else. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // Group 0 would be one's own, and 1 everybody's.
    return group > 1 && process.kill(-group, signal);
  } catch {
    return false;
  }
}

function aliveGroup(group: number | undefined) {
  return group !== undefined && signalGroup(group, 0) ? [{ pid: group, group }] : [];
}
