import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endRun } from '../../../../src/activities/command/end-run.ts';
import { canFindProcesses, RUN_VARIABLE } from '../../../../src/activities/command/processes.ts';
import { readJson, writeJson } from './files.ts';

const program = join(import.meta.dirname, 'keeper.mjs');

/** The first part of a log that is kept, in bytes, and the last part. */
const LOG_HEAD = 10 * 1024 * 1024;
const LOG_TAIL = 64 * 1024;
const LOOK_EVERY_MS = 50;
/** Number of looks between two checks that the keeper still runs. */
const CHECK_EVERY = 20;
/** Time that a keeper has to claim its build, in milliseconds. */
const CLAIM_WITHIN_MS = 30_000;

/** A script that is to be run once. */
export interface KeptRun {
  /** Folder for the keeper's files. It is the identity of the run: in one folder, a script runs once. */
  readonly folder: string;
  /** Marks all processes of the run. */
  readonly name: string;
  readonly script: string;
  readonly cwd: string;
  readonly env: { readonly [name: string]: string };
  readonly log: string;
  /** Time at which the run is ended, in milliseconds since 1970. */
  readonly deadline: number;
}

/** The end of a script. */
export interface KeptEnd {
  readonly code?: number | null;
  readonly signal?: string | null;
  readonly timedOut?: boolean;
  /** Set when the script has not run to an end that is known. */
  readonly problem?: string;
  readonly at: number;
}

/**
 * Runs a script to its end, or adopts it when a keeper has it already: one that this process has started, or one before its restart.
 * Resolves when all processes of the run have ended.
 */
export async function keep(run: KeptRun): Promise<KeptEnd> {
  const ended = (await endOf(run)) ?? (await awaitEnd(run));
  // Programs that have left the script's process group end with it.
  if (canFindProcesses) await endRun(run.name);
  return ended;
}

/** Ends all processes of a run. `keep` then resolves. */
export async function stop(run: Pick<KeptRun, 'name' | 'folder'>): Promise<void> {
  // The number of the keeper is not used where processes can be found by name: another process may have it after a restart.
  await endRun(run.name, canFindProcesses ? undefined : await keeperOf(run));
}

async function awaitEnd(run: KeptRun): Promise<KeptEnd> {
  let keeper = await keeperOf(run);
  if (keeper === undefined) await startKeeper(run);
  const claimBy = Date.now() + CLAIM_WITHIN_MS;
  for (let looks = 0; ; looks += 1) {
    const ended = await endOf(run);
    if (ended !== undefined) return ended;
    keeper ??= await keeperOf(run);
    const checks = looks % CHECK_EVERY === CHECK_EVERY - 1;
    if (checks && !(keeper === undefined ? Date.now() < claimBy : await isKept(run, keeper))) {
      // The keeper may have written the result between the two looks.
      const late = await endOf(run);
      if (late !== undefined) return late;
      await stop(run);
      const lost: KeptEnd = {
        problem: 'the process of the build was killed, so its result is not known',
        at: Date.now(),
      };
      await writeJson(join(run.folder, 'ended.json'), lost);
      return lost;
    }
    await delay(LOOK_EVERY_MS);
  }
}

async function startKeeper({ folder, name, script, cwd, env, log, deadline }: KeptRun): Promise<void> {
  const marked = { ...env, [RUN_VARIABLE]: name };
  const order = { script, cwd, env: marked, log, logHead: LOG_HEAD, logTail: LOG_TAIL, deadline };
  await writeJson(join(folder, 'run.json'), order);
  const child = spawn(process.execPath, [program, folder], {
    cwd: folder,
    env: { PATH: env['PATH'], [RUN_VARIABLE]: name },
    // A session of its own: signals to the stand-in's group do not reach the build.
    detached: true,
    stdio: 'ignore',
  });
  // A keeper that cannot be started never claims the run, which `awaitEnd` reports.
  child.once('error', () => undefined);
  child.unref();
}

async function isKept({ name }: KeptRun, pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (!canFindProcesses) return true;
  // After a restart of the machine another process may have the number.
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').includes(`${RUN_VARIABLE}=${name}`);
}

async function endOf({ folder }: Pick<KeptRun, 'folder'>): Promise<KeptEnd | undefined> {
  return readJson<KeptEnd>(join(folder, 'ended.json'));
}

/** Process number of the keeper, once it has claimed the run. */
async function keeperOf({ folder }: Pick<KeptRun, 'folder'>): Promise<number | undefined> {
  return (await readJson<{ readonly pid: number }>(join(folder, 'keeper.json')))?.pid;
}
