/**
 * The reaper: hears of the worker's programs on standard input, and ends those that are left when that closes, which is when the
 * worker has gone, whatever ended it.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { endRun } from './end-run.ts';
import type { ReaperMessage } from './reaper.ts';

/** A program that was being started when the worker went cannot be found before it has its environment. */
const LOOK_AGAIN_MS = 1_000;

// A service manager signals all processes of a service. The worker is draining then, and its programs with it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

const running = new Map<string, ReaperMessage>();
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as ReaperMessage;
  if (message.ended === true) running.delete(message.run);
  else running.set(message.run, message);
}

for (let looks = 0; looks < 2 && running.size > 0; looks += 1) {
  if (looks > 0) await delay(LOOK_AGAIN_MS);
  // What cannot be ended, the next attempt tells.
  await Promise.allSettled([...running.values()].map(({ run, group }) => endRun(run, group)));
}
