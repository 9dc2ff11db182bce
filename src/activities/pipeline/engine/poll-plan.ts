/** One request for each of these milliseconds of waiting, on average. */
export const BUDGET_MS = 5_000;
/** Time of the first request, as a part of the budget: 0.5 s. An execution that cannot run fails at once. */
const FIRST_PART = 0.1;
/** Pause between two requests around the expected end, as a part of the budget: 0.8 s. The end is noticed that much later at most. */
const DENSE_PART = 0.16;
/** The end may come this much earlier or later than in all earlier executions: as a part of the budget, and of the length. */
const MARGIN_PART = 0.1;
const MARGIN_OF_LENGTH = 0.01;
/** The same with fewer than three earlier executions, which say little of how much the length varies. */
const MARGIN_OF_FEW = 0.04;
const FEW = 3;
/** Longest pause before the expected end, in parts of the budget: 15 s. An execution may fail early. */
const LONGEST = 3;

/**
 * Decides when to ask AWS for the status of an execution. It spends at most one request for 5 s of waiting, and saves requests for the time
 * at which the earlier executions ended, when it asks every 0.8 s. Without earlier executions it asks every 5 s.
 */
export class PollPlan {
  readonly #since: number;
  readonly #ends: readonly number[];
  readonly #budget: number;
  readonly #dense: number;
  #spent: number;
  #isFirst = true;
  /** Epoch milliseconds at which the requests around the expected end cease. */
  #denseUntil = 0;

  /**
   * @param since epoch milliseconds at which the waiting began
   * @param ends epoch milliseconds at which the execution is expected to end: one for each earlier execution
   * @param spent requests that were sent to learn the ends
   * @param budget milliseconds of waiting for one request
   */
  constructor(since: number, ends: readonly number[] = [], spent = 0, budget = BUDGET_MS) {
    this.#since = since;
    this.#budget = budget;
    this.#dense = budget * DENSE_PART;
    this.#ends = [...ends].sort((one, other) => one - other);
    this.#spent = spent;
  }

  /** Counts a request that was sent. */
  spend(): void {
    this.#isFirst = false;
    this.#spent += 1;
  }

  /** True around the expected end, when only the status matters. */
  isDense(now: number): boolean {
    if (now < this.#denseUntil) return true;
    const window = this.#window(now);
    if (window === undefined || now < window.from) return false;
    this.#denseUntil = window.to;
    return true;
  }

  /** Epoch milliseconds of the next request, given that it is `now`. */
  next(now: number): number {
    if (this.#isFirst) return Math.max(now, this.#since + this.#budget * FIRST_PART);
    if (this.isDense(now)) return Math.max(now + this.#dense, this.#affordable(1));
    const window = this.#window(now);
    if (window === undefined) return Math.max(now + this.#dense, this.#affordable(0));
    // The requests that are not needed around the expected end are spread evenly before it.
    const spare = Math.floor(this.#credit(window.to) - window.requests);
    if (spare >= 1) return now + Math.max((window.from - now) / (spare + 1), this.#dense);
    // Kept, because the window would shrink with every request.
    this.#denseUntil = window.to;
    return window.from;
  }

  /** Requests that may be sent until a time, besides those that were, with one ahead of the budget. */
  #credit(at: number): number {
    return (at - this.#since) / this.#budget - this.#spent + 1;
  }

  /** The time from which one more request is within the budget, with so many ahead of it. */
  #affordable(ahead: number): number {
    return this.#since + (this.#spent + 1 - ahead) * this.#budget;
  }

  /** The time around the expected end, as long as the budget allows; `undefined` when it is over, or was never known. */
  #window(now: number): { readonly from: number; readonly to: number; readonly requests: number } | undefined {
    const margin = this.#margin();
    const ends = this.#ends.filter((end) => end + margin > now);
    const [first] = ends;
    const last = ends.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const [from, to] = [first - margin, last + margin];
    const before = Math.max(0, Math.ceil((from - now) / (this.#budget * LONGEST)) - 1);
    const requests = Math.ceil((to - Math.max(from, now)) / this.#dense) + 1;
    const credit = Math.floor(this.#credit(to)) - before;
    if (requests <= credit) return { from, to, requests };
    if (credit < 1) return undefined;
    const middle = ends[Math.floor(ends.length / 2)] ?? last;
    const half = ((credit - 1) * this.#dense) / 2;
    return { from: Math.max(from, middle - half), to: Math.min(to, middle + half), requests: credit };
  }

  #margin(): number {
    const [first = 0] = this.#ends;
    const last = this.#ends.at(-1) ?? 0;
    const part = this.#ends.length < FEW ? MARGIN_OF_FEW : MARGIN_OF_LENGTH;
    return Math.max(this.#budget * MARGIN_PART, (last - first) / 4, (last - this.#since) * part);
  }
}
