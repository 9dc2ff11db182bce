/**
 * The keeper of one build: a process of its own, which outlives the stand-in. It starts the build's script, keeps its log within a bound,
 * ends it at its time limit, and writes the result to `ended.json`. The stand-in reads that file, also after a restart.
 *
 * It is plain JavaScript, because there is one keeper for each running build: without a TypeScript loader it takes 40 MB instead of 80.
 *
 * Usage: node keeper.mjs FOLDER, where FOLDER holds run.json: {script, cwd, env, log, logHead, logTail, deadline}.
 */
import { spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';

/** Time that the commands have after SIGTERM, in milliseconds. */
const GRACE_MS = 5_000;
/** Time to wait for the rest of the output after the script has ended, in milliseconds. */
const DRAIN_MS = 1_000;

const folder = process.argv[2] ?? '';
const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
if (claim()) start();

/** Only one keeper can create the link, so a build never runs twice. */
function claim() {
  const draft = join(folder, `keeper.${process.pid}.draft`);
  writeFileSync(draft, JSON.stringify({ pid: process.pid }));
  try {
    linkSync(draft, join(folder, 'keeper.json'));
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function start() {
  const log = boundedLog();
  const child = spawn('bash', ['--noprofile', '--norc', run.script], {
    cwd: run.cwd,
    env: run.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let timedOut = false;
  const stop = () => {
    signalGroup(child, 'SIGTERM');
    setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref();
  };
  const limit = untilEnd((isLate) => {
    timedOut = isLate;
    stop();
  });
  // The keeper itself stays to write the result down.
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.on('SIGHUP', () => undefined);
  child.once('error', (error) => end({ problem: `bash cannot be started: ${error.message}` }));
  child.stdout?.on('data', (chunk) => log.write(chunk));
  let ended;
  child.once('exit', (code, signal) => {
    ended = { code, signal };
    clearInterval(limit);
    // Programs that the build has left running end with it, as its container does on AWS.
    signalGroup(child, 'SIGKILL');
    setTimeout(() => child.stdout?.destroy(), DRAIN_MS).unref();
  });
  child.once('close', () => end({ ...ended, timedOut }));

  function end(result) {
    log.close();
    const draft = join(folder, 'ended.draft');
    writeFileSync(draft, JSON.stringify({ ...result, at: Date.now() }));
    renameSync(draft, join(folder, 'ended.json'));
    process.exit(0);
  }
}

/**
 * Looks at the clock, as timers do not count the time that a laptop sleeps. A build whose folder was deleted belongs to a sandbox that is
 * gone, and ends as well.
 */
function untilEnd(action) {
  const look = setInterval(() => {
    const isLate = Date.now() >= run.deadline;
    if (!isLate && existsSync(folder)) return;
    clearInterval(look);
    action(isLate);
  }, 100);
  return look;
}

function signalGroup(child, signal) {
  try {
    if (child.pid > 1) process.kill(-child.pid, signal);
  } catch {
    // The group has ended.
  }
}

/** Writes the first `logHead` bytes as they come, and keeps the last `logTail` bytes for the end. */
function boundedLog() {
  const file = openSync(run.log, 'a');
  let room = run.logHead;
  let dropped = 0;
  let tail = Buffer.alloc(0);
  return {
    write(chunk) {
      const head = chunk.subarray(0, room);
      room -= head.length;
      if (head.length > 0) writeSync(file, head);
      const rest = chunk.subarray(head.length);
      if (rest.length === 0) return;
      const kept = Buffer.concat([tail, rest]);
      tail = kept.subarray(Math.max(0, kept.length - run.logTail));
      dropped += kept.length - tail.length;
    },
    close() {
      if (dropped > 0) writeSync(file, `\n[Container] The log is cut here: ${dropped} bytes were left out\n`);
      if (tail.length > 0) writeSync(file, tail);
    },
  };
}
