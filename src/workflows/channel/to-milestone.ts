import {
  type ChannelState,
  isFarAhead,
  nextNumber,
  type Orders,
  type Report,
  type TaskOrders,
} from '../../contract/channel.ts';
import type { PhaseState } from '../../contract/state.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { publishedBy } from '../../plan/references.ts';
import { portionOf } from './portion.ts';

/** What a phase keeps of its tasks, whichever run of a milestone does them. */
export interface KeptByPhase {
  readonly state: Pick<PhaseState, 'contributions' | 'outputs'>;
  /** Counts what has changed. */
  revision: number;
}

/** The phase's side of the channel to one run of a milestone. */
export class ToMilestone {
  readonly state: ChannelState;
  /** Up to here it has been delivered, which the milestone confirms with its next report. */
  private delivered: number;
  private hello = false;
  /** How many of a task's contributions the server has taken: the milestone keeps them, and all each time would fill its history. */
  private readonly given = new Map<TaskRef, number>();
  private readonly phase: KeptByPhase;

  constructor(state: ChannelState, phase: KeptByPhase) {
    this.state = state;
    this.phase = phase;
    this.delivered = state.confirmed;
  }

  /** @param orders what the milestone is given at its start */
  static begin(to: string, orders: ChannelState['orders'], phase: KeptByPhase): ToMilestone {
    const state = { to, number: 0, confirmed: 0, heard: 0, orders, changed: {}, taken: {}, kept: 0 };
    return new ToMilestone(state, phase);
  }

  /** What has been said of a task, without what the phase keeps anyway. */
  said(task: TaskRef): TaskOrders {
    return this.state.orders[task] ?? {};
  }

  /** All that is to be said of a task, of its contributions those that are new. */
  ordersFor(task: TaskRef): TaskOrders {
    const { complete, ...rest } = this.said(task);
    const { contributions, outputs } = this.phase.state;
    const inputs = (contributions[task] ?? []).slice(this.given.get(task) ?? 0);
    const published = publishedBy(outputs, task);
    return {
      ...rest,
      ...(complete === undefined
        ? {}
        : { complete: published === undefined ? complete : { ...complete, outputs: published } }),
      ...(inputs.length === 0 ? {} : { inputs }),
    };
  }

  say(task: TaskRef, orders: TaskOrders, now: number): void {
    this.state.orders[task] = { ...this.said(task), ...orders };
    this.state.number = nextNumber(this.state.number, now);
    this.state.changed[task] = this.state.number;
    this.phase.revision += 1;
  }

  /** Asks the milestone for everything, and says everything again. */
  greet(now: number): void {
    this.hello = true;
    this.sayAgain(now);
  }

  /** Under numbers above all that the milestone may have heard: it takes nothing that is numbered below. */
  private sayAgain(now: number): void {
    this.given.clear();
    for (const task of Object.keys(this.state.changed)) {
      this.state.number = nextNumber(this.state.number, now);
      this.state.changed[task] = this.state.number;
    }
  }

  get hasNews(): boolean {
    return this.hello || this.state.number > this.delivered;
  }

  /** As much of what is to be said as one message takes. */
  next(now: number): { readonly orders: Orders; readonly delivered: () => void } {
    const { to, heard, changed } = this.state;
    const pending = Object.entries(changed)
      .filter(([, number]) => number > this.delivered)
      .sort(([, a], [, b]) => a - b);
    const portion = portionOf(pending, ([task]) => this.ordersFor(task));
    if (portion.length === 0) this.state.number = nextNumber(this.state.number, now);
    const number = portion.at(-1)?.[1] ?? this.state.number;
    const tasks = Object.fromEntries(portion.map(([task]) => [task, this.ordersFor(task)]));
    const hello = this.hello;
    this.hello = false;
    return {
      orders: { to, number, heard, ...(hello ? { hello } : {}), tasks },
      delivered: () => {
        this.delivered = Math.max(this.delivered, number);
        for (const [task, { inputs = [] }] of Object.entries(tasks)) {
          this.given.set(task, (this.given.get(task) ?? 0) + inputs.length);
        }
      },
    };
  }

  /** @returns whether it is to be taken, which changes nothing where it has been */
  take({ number, heard, hello }: Report, now: number): boolean {
    const { state } = this;
    if (isFarAhead(number, now) || isFarAhead(heard, now)) return false;
    // A forged order was taken, a reset has undone orders of the phase, or a reset has undone what the milestone had heard.
    const isAstray = heard > state.number || heard < state.confirmed || hello === true;
    state.number = Math.max(state.number, heard);
    if (number < state.heard) {
      // A forged report was taken, so the milestone counts from below. It continues above the number that it is told now.
      this.greet(now);
      return false;
    }
    state.heard = number;
    state.confirmed = heard;
    if (isAstray) this.sayAgain(now);
    return true;
  }
}
