import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TaskReport } from '../../src/contract/channel.ts';
import { ToMilestone } from '../../src/workflows/channel/to-milestone.ts';
import { ToPhase } from '../../src/workflows/channel/to-phase.ts';

const TO = 'run/9.1/1';
const TASKS = ['a', 'b', 'c'] as const;

/** Both ends, and the Signals between them: each is delivered after a while, in order, or fails and is said again. */
class Pair {
  now = 1_000_000;
  private readonly kept = { state: { contributions: {}, outputs: {} }, revision: 0 };
  phase = ToMilestone.begin(TO, {}, this.kept);
  private readonly states = new Map<string, number>();
  milestone = new ToPhase(TO, (task) => this.reportOf(task));
  /** What the milestone knows of the phase, and the phase of the milestone. */
  readonly admitted = new Map<string, number>();
  readonly reported = new Map<string, number>();
  private said = 0;

  private reportOf(task: string): TaskReport {
    const reason = `${String(this.states.get(task) ?? 0)} ${'x'.repeat(task === 'c' ? 300_000 : 200_000)}`;
    return { state: 'blocked', desk: null, reason };
  }

  say(task: string): void {
    this.said += 1;
    this.phase.say(task, { retry: this.said }, this.now);
  }

  change(task: string): void {
    this.said += 1;
    this.states.set(task, this.said);
    this.milestone.say(task, true);
  }

  forgeOrders(ahead: number): void {
    this.milestone.take({ to: TO, number: Math.max(0, this.now + ahead), heard: 0, tasks: {} }, this.now);
  }

  forgeReport(ahead: number, isHello: boolean): void {
    const numbers = { number: Math.max(0, this.now + ahead), heard: Math.max(0, this.now + ahead) };
    this.phase.take({ from: TO, ...numbers, ...(isHello ? { hello: true } : {}), tasks: {} }, this.now);
  }

  /** The next run of the phase has its state as it was handed over. */
  continueAsNew(): void {
    const state = JSON.parse(JSON.stringify(this.phase.state)) as typeof this.phase.state;
    this.phase = new ToMilestone(state, this.kept);
    this.phase.greet(this.now);
  }

  /** @returns whether anything was said */
  exchange(): boolean {
    let moved = false;
    if (this.phase.hasNews) {
      moved = true;
      const { orders, delivered } = this.phase.next(this.now);
      if (this.milestone.take(orders, this.now)) {
        for (const [task, { retry = 0 }] of Object.entries(orders.tasks)) this.admitted.set(task, retry);
      }
      delivered();
    }
    if (this.milestone.isUrgent) {
      moved = true;
      const { report, delivered } = this.milestone.next();
      if (this.phase.take(report, this.now)) {
        for (const [task, { reason = '' }] of Object.entries(report.tasks)) {
          this.reported.set(task, Number(reason.split(' ')[0]));
        }
      }
      delivered();
    }
    this.now += 5;
    return moved;
  }

  wanted(): { orders: [string, number][]; reports: [string, number][] } {
    const orders = TASKS.flatMap((task): [string, number][] => {
      const { retry } = this.phase.said(task);
      return retry === undefined ? [] : [[task, retry]];
    });
    return { orders, reports: [...this.states] };
  }
}

type Act = (pair: Pair) => void;

const task = fc.constantFrom(...TASKS);
const ahead = fc.integer({ min: -1_000_000, max: 590_000 });
const act: fc.Arbitrary<Act> = fc.oneof(
  task.map(
    (one): Act =>
      (pair) =>
        pair.say(one),
  ),
  task.map(
    (one): Act =>
      (pair) =>
        pair.change(one),
  ),
  ahead.map(
    (one): Act =>
      (pair) =>
        pair.forgeOrders(one),
  ),
  fc.tuple(ahead, fc.boolean()).map(
    ([one, isHello]): Act =>
      (pair) =>
        pair.forgeReport(one, isHello),
  ),
  fc.constant<Act>((pair) => pair.continueAsNew()),
  fc.constant<Act>((pair) => pair.milestone.greet()),
  fc.constant<Act>((pair) => void pair.exchange()),
);

describe('what a phase and a milestone tell each other', () => {
  const { now } = Date;
  afterEach(() => {
    Date.now = now;
  });

  it('arrives and comes to rest, whatever is forged, and whoever begins anew in between', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
        const pair = new Pair();
        // A milestone's clock is that of its workflow.
        Date.now = () => pair.now;
        for (const one of acts) one(pair);
        let laps = 0;
        while (pair.exchange()) {
          laps += 1;
          assert.ok(laps < 60, 'they never come to rest');
        }
        const { orders, reports } = pair.wanted();
        for (const [one, retry] of orders) assert.equal(pair.admitted.get(one), retry, `order for ${one}`);
        for (const [one, state] of reports) assert.equal(pair.reported.get(one), state, `report of ${one}`);
      }),
      { numRuns: 3000 },
    );
  });
});
