import {
  condition,
  defineQuery,
  proxyActivities,
  proxyLocalActivities,
  proxySinks,
  setHandler,
  sleep,
  type Sinks,
  upsertMemo,
} from '@temporalio/workflow';
import type { Timed } from '../../../src/contract/activities.ts';
import { PhaseClock } from '../../../src/workflows/temporal/clock.ts';
import { Inbox } from '../../../src/workflows/temporal/inbox.ts';
import { nextPass } from '../../../src/workflows/temporal/passes.ts';

const { look } = proxyLocalActivities<{ look(): Promise<Timed> }>({ startToCloseTimeout: '1 minute' });
const { act } = proxyActivities<{ act(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

/** Tells the test how many messages have been taken. */
export interface Watching extends Sinks {
  readonly watch: { took(messages: number): void };
}
const { watch } = proxySinks<Watching>();

/** Times of what has happened, by the phase's clock. */
export const times = defineQuery<readonly number[]>('times');
/** The same, with an answer that takes a tenth of a second or more. */
export const timesSlowly = defineQuery<readonly number[]>('timesSlowly');
/** Additions; a workflow has no clock that goes on meanwhile. */
const SLOWLY = 1e8;

/** Begins a local activity with the first message. Each message, and the end of the local activity, lead to a command of their own. */
export async function looking(_input?: unknown, inbox = new Inbox()): Promise<void> {
  const clock = new PhaseClock(() => {
    upsertMemo({ looks: true });
  });
  const seen: number[] = [];
  let messages = 0;
  setHandler(times, () => seen);
  setHandler(timesSlowly, () => {
    let sum = 0;
    for (let added = 0; added < SLOWLY; added += 1) sum += added;
    return sum > 0 ? seen : [];
  });
  inbox.listen(() => {
    clock.set();
    while (inbox.take() !== undefined) {
      seen.push(clock.now);
      messages += 1;
      if (messages > 1) void commandAfter(5);
      watch.took(messages);
    }
  });
  await condition(() => messages > 0);
  await clock.local(look);
  seen.push(clock.now);
  await act();
  await condition(() => false);
}

/** Several coroutines are between a message of a phase and the command that follows from it. */
async function commandAfter(passes: number): Promise<void> {
  for (let pass = 0; pass < passes; pass += 1) await nextPass();
  await sleep('1 hour');
}
