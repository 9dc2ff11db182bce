import { isCancellation, sleep } from '@temporalio/workflow';
import type { Timed } from '../../contract/activities.ts';
import { isDenied, pauseAfterDenial } from './seals.ts';

/** How long, in milliseconds, a local activity may have taken since the event that it follows from. */
const AHEAD = 300_000;
/** Pause, in milliseconds, between tries of what has to succeed some time. */
const PAUSE = 10_000;

/**
 * The time of a phase, which its ledger is hashed with, so that it must be the same on every replay. `Date.now()` is not, where a
 * local activity has just been resolved: with the workflow task that follows at first, and within the one before on replay. So
 * the clock is set where the server wakes the phase by an event, and to what a local activity has recorded; never in between.
 *
 * A query, or a local activity that takes long, has a workflow task end without the local activity. If no command stands between that
 * task and the next one, replay takes both for one, at the time of the second. So there is always a command before a local activity. In
 * the next task, replay has the local activity's time from the beginning, so the clock stands still until that has been heard.
 */
export class PhaseClock {
  private at = Date.now();
  /** Time of the last event. */
  private event = this.at;
  private line: Promise<unknown> = Promise.resolve();
  private running = 0;
  /** This workflow task has a command. */
  private isMarked = false;
  private readonly mark: () => void;

  /** @param mark adds a command to the workflow task */
  constructor(mark: () => void) {
    this.mark = mark;
  }

  /** Epoch milliseconds; never goes back. */
  get now(): number {
    return this.at;
  }

  /** To the time of this workflow task. For what follows from an event of the history; never after a local activity. */
  set(): void {
    this.isMarked = false;
    if (this.running > 0) return;
    this.event = Date.now();
    this.setTo(this.event);
  }

  /**
   * Runs local activities one after the other and sets the clock by what they have recorded. Of several at once, the one that
   * ends first would be resolved first, and on replay the one that was scheduled first (temporalio/sdk-python#1578).
   */
  local<T extends Timed>(call: () => Promise<T>): Promise<T> {
    const done = this.line
      .then(() => {
        if (!this.isMarked) this.mark();
        this.isMarked = true;
        return this.during(call);
      })
      .then((result) => {
        // A worker whose clock is fast must not have deadlines pass and windows open.
        this.setTo(Math.min(result.at, this.event + AHEAD));
        return result;
      });
    this.line = done.catch(() => undefined);
    return done;
  }

  /** The same, until it succeeds. Each try is in a workflow task of its own, and time goes on between them. */
  async localUntilDone<T extends Timed>(call: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.local(call);
      } catch (error) {
        if (isCancellation(error)) throw error;
        await sleep(isDenied(error) ? pauseAfterDenial(failures) : PAUSE);
        this.set();
      }
    }
  }

  /** Runs a local activity beside others: nothing follows from its end alone, and the workflow task has a command. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await call();
    } finally {
      this.running -= 1;
    }
  }

  private setTo(at: number): void {
    this.at = Math.max(this.at, at);
  }
}
