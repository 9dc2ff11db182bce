/** Process groups that were started here and have not ended. */
const groups = new Set<number>();
// Last resort, for an exit that skipped the clean-up: no process that was started here outlives this one.
process.on('exit', () => groups.forEach((leader) => signalGroup(leader, 'SIGKILL')));

/** Remembers a group that has just been started. */
export function enterGroup(leader: number): void {
  groups.add(leader);
}

/** Kills the rest of a group whose leader has ended. */
export function leaveGroup(leader: number): void {
  signalGroup(leader, 'SIGKILL');
  groups.delete(leader);
}

/** Sends a signal to every process of a group. Harmless when all have ended. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: the group has no process left.
  }
}
