import type { Timed } from '../../contract/activities.ts';

/** How long, in milliseconds, a local activity may have taken since the event that it follows from. */
const AHEAD = 300_000;

/**
 * The time of a phase, which its ledger is hashed with, so that it must be the same on every replay. `Date.now()` is not, where a
 * local activity has just been resolved: with the workflow task that follows at first, and within the one before on replay. So
 * the clock is set where the server wakes the phase by an event, and to what a local activity has recorded; never in between.
 */
export class PhaseClock {
  private at = Date.now();
  /** Time of the last event. */
  private event = this.at;
  private line: Promise<unknown> = Promise.resolve();
  private asked = 0;

  /** Epoch milliseconds; never goes back. */
  get now(): number {
    return this.at;
  }

  /** How many local activities have been asked for by `local`. Others must not decide what happens next. */
  get locals(): number {
    return this.asked;
  }

  /** To the time of this workflow task. For what follows from an event of the history; never after a local activity. */
  set(): void {
    this.event = Date.now();
    this.setTo(this.event);
  }

  /**
   * Runs local activities one after the other and sets the clock by what they have recorded. Of several at once, the one that
   * ends first would be resolved first, and on replay the one that was scheduled first (temporalio/sdk-python#1578).
   */
  local<T extends Timed>(call: () => Promise<T>): Promise<T> {
    this.asked += 1;
    const done = this.line.then(call).then((result) => {
      // A worker whose clock is fast must not have deadlines pass and windows open.
      this.setTo(Math.min(result.at, this.event + AHEAD));
      return result;
    });
    this.line = done.catch(() => undefined);
    return done;
  }

  private setTo(at: number): void {
    this.at = Math.max(this.at, at);
  }
}
