import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isMutating, type AwsCall } from '../sandbox/proxy/call.ts';
import type { Random } from './random.ts';

/**
 * When the worker is killed.
 *
 * - `asking`: a request that changes something is on its way, and never arrives.
 * - `done`: AWS has acted on such a request, and the worker has not heard the answer.
 * - `waiting`: some time after it started, whatever it does then.
 */
export type Moment = 'asking' | 'done' | 'waiting';

const moments: readonly Moment[] = ['asking', 'done', 'waiting'];

/** One kill to come. */
export interface Kill {
  readonly moment: Moment;
  /** Which of the requests from here on, from 1. */
  readonly nth: number;
  /** Milliseconds from here on after which it comes in any case: there may be no such request any more. */
  readonly latestMs: number;
}

const PATIENCE_MS = 8_000;

/** Chooses the next kill. */
export function nextKill(random: Random): Kill {
  const moment = moments[random.below(moments.length)] ?? 'waiting';
  const nth = 1 + random.below(12);
  const pause = 200 + random.below(2_800);
  return { moment, nth, latestMs: moment === 'waiting' ? pause : PATIENCE_MS };
}

/** Sees the calls of a worker go by, and strikes at the moment that was chosen. */
export class Watch {
  #next: { readonly kill: Kill; readonly strike: (when: string) => void } | undefined;
  #seen = 0;

  /** As the proxy asks it. */
  readonly arrives = (call: AwsCall): boolean => !this.#isNow('asking', call);

  /** As the proxy tells it. */
  readonly onDone = (call: AwsCall): void => {
    this.#isNow('done', call);
  };

  /**
   * Resolves at the moment, with words for it; with nothing when `signal` is aborted first.
   *
   * @param strike is called before anybody hears of the call that it strikes at
   */
  async until(kill: Kill, strike: () => void, signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return undefined;
    this.#seen = 0;
    const over = new AbortController();
    const struck = new Promise<string>((resolve) => {
      this.#next = {
        kill,
        strike: (when) => {
          strike();
          resolve(when);
        },
      };
    });
    const ends = AbortSignal.any([signal, over.signal]);
    void delay(kill.latestMs, undefined, { signal: ends }).then(
      () => this.#strike('waiting'),
      () => undefined,
    );
    const when = await Promise.race([struck, aborted(signal, over.signal)]);
    this.#next = undefined;
    over.abort();
    return when;
  }

  #isNow(moment: Moment, call: AwsCall): boolean {
    if (this.#next?.kill.moment !== moment || !isMutating(call)) return false;
    this.#seen += 1;
    if (this.#seen !== this.#next.kill.nth) return false;
    this.#strike(`${call.operation}, ${moment}`);
    return true;
  }

  #strike(when: string): void {
    const next = this.#next;
    this.#next = undefined;
    next?.strike(when);
  }
}

/** Resolves when `signal` is aborted; never when that no longer matters. */
async function aborted(signal: AbortSignal, unless: AbortSignal): Promise<undefined> {
  return once(signal, 'abort', { signal: unless }).then(
    () => undefined,
    () => undefined,
  );
}
