import { once } from 'node:events';
import { isMutating, type AwsCall } from '../sandbox/proxy/call.ts';
import type { Random } from './random.ts';

/**
 * The moments at which the worker is killed.
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
  /** Number of the request, counted from now on, from 1. */
  readonly nth: number;
  /** Milliseconds after the next call; for `waiting` only. */
  readonly pauseMs: number;
}

/**
 * Milliseconds after which the worker is killed although the moment has not come. The server gives the activities of a killed worker
 * to another one after 30 seconds without heartbeats.
 */
const PATIENCE_MS = 40_000;

function nextKill(random: Random): Kill {
  const moment = moments[random.below(moments.length)] ?? 'waiting';
  return { moment, nth: 1 + random.below(12), pauseMs: random.below(3_000) };
}

/** Chooses that many kills, each one when it is asked for. */
export function* nextKills(random: Random, count: number): Generator<Kill> {
  for (let kill = 0; kill < count; kill += 1) yield nextKill(random);
}

/** Watches the calls of a worker, and strikes at the chosen moment. */
export class Watch {
  #next: { readonly kill: Kill; readonly strike: (when: string) => void } | undefined;
  #seen = 0;
  #timer: NodeJS.Timeout | undefined;

  /** The proxy's `arrives`. */
  readonly arrives = (call: AwsCall): boolean => {
    if (this.#next?.kill.moment === 'waiting') this.#strikeAfter(this.#next.kill.pauseMs);
    return !this.#isNow('asking', call);
  };

  /** The proxy's `onDone`. */
  readonly onDone = (call: AwsCall): void => {
    this.#isNow('done', call);
  };

  /**
   * Resolves at the moment with words for it, or with `undefined` when `signal` is aborted first.
   *
   * @param strike called before the call that it strikes at is passed on or answered
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

/** Resolves when `signal` is aborted. Resolves with `unless` as well, so that no listener is left behind. */
async function aborted(signal: AbortSignal, unless: AbortSignal): Promise<undefined> {
  return once(signal, 'abort', { signal: unless }).then(
    () => undefined,
    () => undefined,
  );
}
