/** The application, copied to where it can be run: with its own packages, which the project does not install. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LEFT_OUT } from './sources.mjs';

const run = promisify(execFile);

export const appFolder = join(import.meta.dirname, '..', 'app');

/** Copies the application's sources into an empty folder, and gives them its packages. */
export async function copyApp(folder, app = appFolder) {
  await cp(app, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(path.slice(app.length + 1).split('/')[0]) });
  await symlink(join(await installed(app), 'node_modules'), join(folder, 'node_modules'));
}

/**
 * The application's packages, installed once for each state of its lock file. Those of two states are kept.
 * @returns {Promise<string>} the folder that has them in `node_modules`
 * @throws {Error} with npm's last lines, when they cannot be installed
 */
export async function installed(app = appFolder) {
  const cache = resolve(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'phasegate-orders');
  const state = createHash('sha256').update(await readFile(join(app, 'package-lock.json')));
  const shared = join(cache, state.digest('hex').slice(0, 16));
  await mkdir(cache, { recursive: true });
  // Two at once would take each other's time. One that was killed leaves its turn behind.
  const turn = `${shared}.turn`;
  while (!(await isThere(shared)) && !(await taken(turn))) await delay(200);
  if (await isThere(shared)) return shared;
  const own = await mkdtemp(join(cache, 'draft-'));
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(app, file), join(own, file));
    await run('npm', ['ci', '--prefer-offline', '--ignore-scripts', '--loglevel=error'], {
      cwd: own,
      maxBuffer: 16 * 1024 * 1024,
    });
    await rm(shared, { recursive: true, force: true });
    await rename(own, shared);
  } catch (error) {
    // One that took longer than its turn may have come first.
    if (!(await isThere(shared)))
      throw new Error(`npm ci: ${lastLines(error.stderr ?? error.message)}`, { cause: error });
  } finally {
    await rm(own, { recursive: true, force: true });
    await rm(turn, { force: true });
  }
  await removeOlder(cache);
  return shared;
}

/** Not what somebody has deleted a part of. */
async function isThere(shared) {
  return (await stat(join(shared, 'node_modules', 'mocha', 'bin', 'mocha.js')).catch(() => undefined)) !== undefined;
}

/** Takes the turn, unless a process has it that still runs; of another host, for ten minutes. */
async function taken(turn) {
  const since = (await stat(turn).catch(() => undefined))?.mtimeMs;
  if (since !== undefined) {
    const [host, pid] = (await readFile(turn, 'utf8').catch(() => '')).split(' ');
    const isOver = host === hostname() ? !isRunning(Number(pid)) : Date.now() - since > 600_000;
    if (isOver) await rm(turn, { force: true });
  }
  return writeFile(turn, `${hostname()} ${process.pid}`, { flag: 'wx' }).then(
    () => true,
    () => false,
  );
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function removeOlder(cache) {
  const drafts = (await readdir(cache)).filter((name) => name.startsWith('draft-')).map((name) => join(cache, name));
  // Those of processes that were killed.
  for (const path of drafts) {
    if (Date.now() - (await stat(path)).mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
  }
  const states = (await readdir(cache)).filter((name) => /^[0-9a-f]{16}$/.test(name)).map((name) => join(cache, name));
  const found = await Promise.all(states.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  for (const { path } of found.sort((a, b) => b.at - a.at).slice(2)) await rm(path, { recursive: true, force: true });
}

/** What went wrong comes last. */
export function lastLines(output = '') {
  return output.trim().split('\n').slice(-15).join('\n');
}
