import { readdir, readFile } from 'node:fs/promises';

/**
 * The environment variable that marks the processes of a run. Child processes inherit it, so it also finds those that have left the
 * program's group. It exists from the moment the program starts.
 */
export const RUN_VARIABLE = 'PHASEGATE_RUN';

export interface RunningProcess {
  readonly pid: number;
  /** Process group. */
  readonly group: number;
}

/** True when processes can be found by their environment. On other systems only the program's process group is known. */
export const canFindProcesses = process.platform === 'linux';

/**
 * Finds the processes whose `PHASEGATE_RUN` begins with `run`, and all processes of their sessions: every program is started in a session
 * of its own. Zombies do not count, and neither does the session of this process.
 *
 * @param known session of a program that is known to run, because some programs overwrite the environment that `/proc` shows
 */
export async function processesOf(run: string, known?: number): Promise<RunningProcess[]> {
  if (!canFindProcesses) return [];
  const all: Stat[] = [];
  for (const name of await readdir('/proc')) {
    const found = /^\d+$/.test(name) ? await statOf(name) : undefined;
    if (found !== undefined) all.push(found);
  }
  const own = all.find(({ pid }) => pid === process.pid)?.session;
  const others = all.filter(({ session }) => session !== own);
  const wanted = `${RUN_VARIABLE}=${run}`;
  const marked: Stat[] = [];
  for (const one of others) if (await hasVariable(one.pid, wanted)) marked.push(one);
  const sessions = new Set([...marked.map(({ session }) => session), known ?? 0]);
  // Session 0 stands for processes whose session leader is outside of this container. It is never the session of a program.
  sessions.delete(0);
  return others.filter((one) => marked.includes(one) || sessions.has(one.session));
}

interface Stat extends RunningProcess {
  readonly session: number;
}

/** @returns `undefined` for processes that have ended, and for kernel threads */
async function statOf(pid: string): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // proc_pid_stat(5): the name is in parentheses and may contain any character; state, parent, group and session follow.
  const [state = 'X', , group, session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if ('ZXx'.includes(state) || Number(group) === 0) return undefined;
  return { pid: Number(pid), group: Number(group), session: Number(session) };
}

/** False for a process of another user, whose environment cannot be read. Such a process can only be found by its session. */
async function hasVariable(pid: number, beginning: string): Promise<boolean> {
  const environment = await readFile(`/proc/${String(pid)}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').some((variable) => variable.startsWith(beginning));
}
