import { readdir, readFile } from 'node:fs/promises';

/**
 * The variable by which the processes of a run are found: a program hands its environment on to what it starts, so this finds also what
 * has left the program's group, and it is there as soon as the program is.
 */
export const RUN_VARIABLE = 'PHASEGATE_RUN';

export interface RunningProcess {
  readonly pid: number;
  /** Process group. */
  readonly group: number;
}

/** Whether processes can be found by their environment here; elsewhere only the group is known that a program was given. */
export const canFindProcesses = process.platform === 'linux';

/**
 * Every process whose `PHASEGATE_RUN` begins with `run`, and whatever shares its session: a session of its own is what a program is
 * started in. What has ended and nobody has taken note of (a zombie) does not count, and this process's own session never does.
 *
 * @param known session of a program that is known to run: some programs write over the environment that they show
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
  // That of processes whose leader is outside of this container: no session of a program.
  sessions.delete(0);
  return others.filter((one) => marked.includes(one) || sessions.has(one.session));
}

interface Stat extends RunningProcess {
  readonly session: number;
}

/** @returns nothing for what has ended meanwhile, and for threads of the kernel */
async function statOf(pid: string): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // proc_pid_stat(5): the name stands in parentheses and may hold anything; state, parent, group and session come after it.
  const [state = 'X', , group, session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if ('ZXx'.includes(state) || Number(group) === 0) return undefined;
  return { pid: Number(pid), group: Number(group), session: Number(session) };
}

/** A process of another user does not show its environment; it is none of ours, unless its session is. */
async function hasVariable(pid: number, beginning: string): Promise<boolean> {
  const environment = await readFile(`/proc/${String(pid)}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').some((variable) => variable.startsWith(beginning));
}
