import type { TaskRef } from '../../plan/gate-model.ts';
import {
  DENIED_AT_ONCE,
  type DeniedAnswers,
  isFarAhead,
  nextNumber,
  type Orders,
  type Report,
  type TaskReport,
} from '../../contract/channel.ts';
import type { DeniedAnswer } from '../../contract/seal.ts';
import { FACTS_AT_ONCE } from './shape.ts';
import { portionOf } from './portion.ts';

/** A milestone's side of the channel to its phase. It lives as long as the milestone does, which never continues as new. */
export class ToPhase {
  /** Number of the last orders taken. */
  heard = 0;
  /** Stray messages that were not passed on. */
  kept = 0;
  private denied: DeniedAnswers = { count: 0, last: [] };
  private readonly from: string;
  private readonly reportOf: (task: TaskRef, confirmed: number, number?: number) => TaskReport;
  private number = 0;
  private confirmed = 0;
  private delivered = 0;
  private readonly changed = new Map<TaskRef, number>();
  isClosed = false;
  /** Another run of the phase than the one that has started the milestone goes on with it. */
  private isTakenOver = false;
  private urgent = false;
  private hello = false;
  private ended = false;

  /**
   * @param from identity of this run of the milestone
   * @param reportOf how a task stands, and what it has told that was in no report up to the confirmed one; `number` is that of the report
   *   that is being sent
   */
  constructor(from: string, reportOf: (task: TaskRef, confirmed: number, number?: number) => TaskReport) {
    this.from = from;
    this.reportOf = reportOf;
  }

  /** @param isUrgent a person is asked to act, or need not act any more; anything else goes with the next report, within seconds */
  say(task: TaskRef, isUrgent: boolean): void {
    this.number = nextNumber(this.number, Date.now());
    this.changed.set(task, this.number);
    if (isUrgent) this.urgent = true;
  }

  /** How a task stands, as the phase does not know it yet. */
  unconfirmed(task: TaskRef): TaskReport {
    return this.reportOf(task, this.confirmed);
  }

  /** @param isUrgent it is told at once; otherwise with the next report, so that a flood of forged orders does not cause one of reports */
  sayDenied(denied: DeniedAnswer, isUrgent = true): void {
    const { count, last } = this.denied;
    this.denied = { count: count + 1, last: [...last, denied].slice(-DENIED_AT_ONCE) };
    this.number = nextNumber(this.number, Date.now());
    if (isUrgent) this.urgent = true;
  }

  sayKept(): void {
    this.kept += 1;
    this.number = nextNumber(this.number, Date.now());
  }

  /** The phase may not know what it has confirmed, or this milestone what it was told. */
  greet(): void {
    this.hello = true;
    this.sayAgain();
  }

  /** Under numbers above all that the phase may have heard: it takes nothing that is numbered below. */
  private sayAgain(): void {
    for (const task of this.changed.keys()) {
      this.number = nextNumber(this.number, Date.now());
      this.changed.set(task, this.number);
    }
    this.urgent = true;
  }

  /** Nothing more will come: a phase that cannot await the milestone as its child is told so; any other gets its result. */
  close(): void {
    this.isClosed = true;
    if (!this.isTakenOver) return;
    this.ended = true;
    this.urgent = true;
  }

  /** Whatever there is to say is said now. */
  flush(): void {
    if (this.hasNews) this.urgent = true;
  }

  /** Whether something is to be said that can wait. */
  get hasNews(): boolean {
    return this.number > this.delivered || this.ended || this.hello;
  }

  get isUrgent(): boolean {
    return this.urgent;
  }

  /** As much of what is to be said as one message takes. */
  next(): { readonly report: Report; readonly delivered: () => void } {
    const pending = [...this.changed].filter(([, number]) => number > this.delivered).sort(([, a], [, b]) => a - b);
    const portion = this.withoutTooManyFacts(portionOf(pending, ([task]) => this.unconfirmed(task)));
    const isWhole = portion.length === pending.length;
    // A message of its own, also where nothing has changed: the phase takes none twice.
    if (isWhole) this.number = nextNumber(this.number, Date.now());
    const number = isWhole ? this.number : (portion.at(-1)?.[1] ?? this.number);
    const { from, heard, hello, kept, confirmed } = this;
    this.hello = false;
    this.urgent = !isWhole;
    return {
      report: {
        from,
        number,
        heard,
        ...(hello ? { hello } : {}),
        ...(this.ended && isWhole ? { ended: true } : {}),
        ...(kept === 0 ? {} : { kept }),
        ...(this.denied.count === 0 ? {} : { denied: this.denied }),
        tasks: Object.fromEntries(portion.map(([task]) => [task, this.reportOf(task, confirmed, number)])),
      },
      delivered: () => {
        this.delivered = Math.max(this.delivered, number);
      },
    };
  }

  /** The phase takes so many facts in one report. A task has half of that at most, so the first one always fits. */
  private withoutTooManyFacts<Item extends readonly [TaskRef, number]>(portion: readonly Item[]): Item[] {
    let facts = 0;
    const end = portion.findIndex(([task]) => (facts += this.unconfirmed(task).facts?.length ?? 0) > FACTS_AT_ONCE);
    return end < 0 ? [...portion] : portion.slice(0, end);
  }

  /** What could not be delivered is said again. */
  again({ hello }: Report): void {
    if (hello === true) this.hello = true;
    this.urgent = true;
  }

  /** @returns whether the orders are to be taken, which changes nothing where they have been */
  take({ to, number, heard, hello }: Orders, now: number): boolean {
    if (to !== this.from || isFarAhead(number, now) || isFarAhead(heard, now)) return false;
    // A forged report was taken, a reset has undone reports of the milestone, or a reset has undone what the phase had heard.
    const isAstray = heard > this.number || heard < this.confirmed || hello === true;
    this.number = Math.max(this.number, heard);
    if (hello === true) this.isTakenOver = true;
    if (number < this.heard) {
      this.greet();
      return false;
    }
    this.confirmed = heard;
    if (isAstray) this.sayAgain();
    this.heard = number;
    return true;
  }
}
