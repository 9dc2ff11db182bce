import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { clearInterval, setInterval } from 'node:timers';
import { root, Stopped } from './root.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Milliseconds between two looks whether npm is still there. */
const LOOK_EVERY = 500;

/**
 * Runs a program in the project's folder as if it had been started directly: same standard streams, same signals,
 * same exit code.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
export function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the whole foreground group: the child has it already.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  const watch = onOrphaned(() => child.kill('SIGTERM'));
  return ended(child).finally(() => {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, forward);
  });
}

/**
 * Calls `stop` when npm has been killed: npm waits for the command that it runs, and nothing else would end what the command has
 * started. Does not keep the process running.
 * @param {() => void} stop
 */
export function onOrphaned(stop) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, LOOK_EVERY).unref();
  return watch;
}

/**
 * Runs a program silently. A signal to this process ends the program, with everything that it has started.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{code: number, output: string}>} its exit code and all that it printed
 * @throws {Stopped} when a signal has asked this process or the program to end
 */
export async function capture(command, args) {
  // A group of its own: Ctrl-C reaches only us, so that the program prints no trace of it.
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  let stoppedBy;
  const stop = (signal) => {
    stoppedBy = signal;
    endGroup(child);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const watch = onOrphaned(() => stop('SIGTERM'));
  try {
    const code = await ended(child);
    const endedBy = stoppedBy ?? SIGNALS.find((signal) => signal === child.signalCode);
    if (endedBy !== undefined) throw new Stopped(endedBy);
    return { code, output };
  } finally {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/** @param {import('node:child_process').ChildProcess} child */
function endGroup({ pid }) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // ESRCH: the group has no process left.
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>} exit code; 128 + the signal's number where a signal ended it, as shells have it
 */
function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
