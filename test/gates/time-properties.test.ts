import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nextTick } from '../../src/activities/slices.ts';
import type { GatesEvent } from '../../src/gates/events.ts';
import { initialState, reduce } from '../../src/activities/slices.ts';
import type { GatesState } from '../../src/gates/model.ts';
import type { Gate, NamedCalendar } from '../../src/plan/gate-model.ts';
import { check, criterion } from './fixture.ts';

const ID = 'entry';
const ALARM = 'entry/1/met';
const SECOND = 1000;
const wait = 13;
const soak = 4;
const lifetime = 3;
const window = { name: 'office' } as NamedCalendar;
const windows = [10, 40, 70, 100].map((from) => ({ opens: from * SECOND, closes: (from + 15) * SECOND }));

const gate: Gate = {
  id: ID,
  kind: 'entry',
  line: 1,
  policy: { wait, soak, window },
  criteria: [criterion(ID, 1, { approval: 'no', checks: [{ ...check(ALARM), lifetime }] }), criterion(ID, 2)],
};

/** The next event, and the time between it and the last event. `tick`: true when the phase notes that time has passed. */
interface Step {
  readonly event: GatesEvent;
  readonly after: number;
  readonly tick: boolean;
}

const message = (name: string) => ({ type: 'message' as const, name, body: { gate: ID, by: 'dana' } });
const found = (result: 'passed' | 'failed'): GatesEvent => ({
  type: 'check',
  gate: ID,
  round: 1,
  check: ALARM,
  result,
});
const event = fc.oneof(
  { weight: 6, arbitrary: fc.constant(found('passed')) },
  { weight: 1, arbitrary: fc.constant(found('failed')) },
  { weight: 3, arbitrary: fc.constant<GatesEvent>(message('approve')) },
  { weight: 1, arbitrary: fc.constant<GatesEvent>(message('withdraw')) },
  { weight: 4, arbitrary: fc.constant<GatesEvent>({ type: 'tick' }) },
);
const step: fc.Arbitrary<Step> = fc.record({
  event,
  after: fc.integer({ min: 0, max: 4 * SECOND }),
  tick: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

/** Every state with its time, as the phase's clock would make them: what is due is done before what comes. */
function* run(steps: readonly Step[]): Generator<{ state: GatesState; at: number }> {
  const tasks = {};
  let at = 0;
  let state = initialState({ gates: [gate], tasks });
  const apply = (one: GatesEvent) => {
    state = reduce(state, one, at).state;
    return { state, at };
  };
  yield apply({ type: 'open', gate: ID, windows });
  for (const { event: one, after, tick } of steps) {
    const until = at + after;
    for (let due = nextTick(state); tick && due !== undefined && due <= until; due = nextTick(state)) {
      at = Math.max(at, due);
      yield apply({ type: 'tick' });
    }
    at = until;
    yield apply(one);
  }
}

describe('whatever happens, whenever', () => {
  it('a gate clears within its window alone, after its least time, on fresh passes, when all has held for its soak time', () => {
    let cleared = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        let heldSince: number | undefined;
        for (const { state, at } of run(steps)) {
          const { state: standing, criteria } = state.gates[ID]!;
          const pass = criteria['entry/1']?.checks[ALARM];
          const isMet = pass?.state === 'passed' && (criteria['entry/2']?.votes.length ?? 0) > 0;
          if (!isMet) heldSince = undefined;
          else heldSince ??= at;
          if (standing !== 'cleared') continue;
          cleared += 1;
          const now = windows.find(({ opens, closes }) => opens <= at && at < closes);
          assert.ok(now !== undefined, `outside of its window, at ${String(at)}`);
          assert.ok(at >= wait * SECOND, 'before its least time');
          assert.ok(heldSince !== undefined && at - heldSince >= soak * SECOND, 'before its soak time');
          assert.ok(at - (pass?.at ?? 0) <= lifetime * SECOND, 'on an old pass');
          assert.ok((pass?.at ?? 0) >= now.opens, 'on a pass from before its window opened');
          return;
        }
      }),
      { numRuns: 10_000 },
    );
    assert.ok(cleared > 500, `only ${String(cleared)} of them cleared at all`);
  });

  it('what is due is done by a few ticks, and time goes on', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let last: { state: GatesState; at: number } | undefined;
        for (const one of run(steps)) last = one;
        if (last === undefined) return;
        let { state } = last;
        const at = last.at;
        for (let ticks = 0; (nextTick(state) ?? Infinity) <= at; ticks += 1) {
          assert.ok(ticks < 10, 'it ticks without end');
          state = reduce(state, { type: 'tick' }, at).state;
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
