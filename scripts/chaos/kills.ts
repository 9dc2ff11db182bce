import { once } from 'node:events';
import { isMutating, type AwsCall } from '../sandbox/proxy/call.ts';
import type { Random } from './random.ts';

/**
 * When the worker is killed.
 *
 * - `asking`: a request that changes something is on its way, and never arrives.
 * - `done`: AWS has acted on such a request, and the worker has not heard the answer.
 * - `waiting`: some time after its first call, whatever it does then.
 */
export type Moment = 'asking' | 'done' | 'waiting';

const moments: readonly Moment[] = ['asking', 'done', 'waiting'];

/** One kill to come. */
export interface Kill {
  readonly moment: Moment;
  /** Which of the requests from here on, from 1. */
  readonly nth: number;
  /** Milliseconds after the first call from here on; for `waiting` only. */
  readonly pauseMs: number;
}

/**
 * A moment that does not come in that time is taken as it is. What a killed worker was doing is taken up after 30 seconds, when
 * its heartbeats have been missed.
 */
const PATIENCE_MS = 40_000;

function nextKill(random: Random): Kill {
  const moment = moments[random.below(moments.length)] ?? 'waiting';
  return { moment, nth: 1 + random.below(12), pauseMs: random.below(3_000) };
}

/** Chooses so many kills, each when it comes to it. */
export function* nextKills(random: Random, count: number): Generator<Kill> {
  for (let kill = 0; kill < count; kill += 1) yield nextKill(random);
}

/** Sees the calls of a worker go by, and strikes at the moment that was chosen. */
export class Watch {
  #next: { readonly kill: Kill; readonly strike: (when: string) => void } | undefined;
  #seen = 0;
  #timer: NodeJS.Timeout | undefined;

  /** As the proxy asks it. */
  readonly arrives = (call: AwsCall): boolean => {
    if (this.#next?.kill.moment === 'waiting') this.#strikeAfter(this.#next.kill.pauseMs);
    return !this.#isNow('asking', call);
  };

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
    this.#seen = 0;
    const patience = setTimeout(() => this.#strike('waiting'), PATIENCE_MS);
    try {
      return await Promise.race([struck, aborted(signal, over.signal)]);
    } finally {
      clearTimeout(patience);
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#next = undefined;
      over.abort();
    }
  }

  #strikeAfter(ms: number): void {
    this.#timer ??= setTimeout(() => this.#strike('waiting'), ms);
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
