/**
 * The reaper process. It reads on standard input which programs the worker runs. Standard input closes when the worker process ends, for
 * whatever reason. Then the reaper ends the programs that are left.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { endRun } from './end-run.ts';
import type { ReaperMessage } from './reaper.ts';

/** Pause before a second look: a program that was just being started may not have its environment yet. */
const LOOK_AGAIN_MS = 1_000;

// The signals are ignored, because a service manager sends them to all processes of a service. The worker drains and ends its programs.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

const running = new Map<string, ReaperMessage>();
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as ReaperMessage;
  if (message.ended === true) running.delete(message.run);
  else running.set(message.run, message);
}

for (let looks = 0; looks < 2 && running.size > 0; looks += 1) {
  if (looks > 0) await delay(LOOK_AGAIN_MS);
  // A program that cannot be ended is reported by the next attempt of its activity.
  await Promise.allSettled([...running.values()].map(({ run, group }) => endRun(run, group)));
}
