import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GatesEvent } from '../../src/gates/events.ts';
import type { GatesState } from '../../src/gates/model.ts';
import { holdsOf } from '../../src/gates/rules/hold.ts';
import { chainFault } from '../../src/gates/chain.ts';
import { initialState, messages, reduce } from '../../src/activities/slices.ts';
import type { Criterion } from '../../src/plan/gate-model.ts';
import { gates, people } from './fixture.ts';

const gateId = fc.constantFrom(...gates.map(({ id }) => id));
const person = fc.constantFrom(...Object.keys(people), 'nobody', '__proto__');
const task = fc.constantFrom('4.1/a1', '4.2/a1', 'none', 'constructor');
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const body = fc.record(
  {
    gate: gateId,
    task,
    by: person,
    criterion: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant('plan')),
    round: fc.integer({ min: 0, max: 3 }),
    reason: fc.constantFrom('because', ''),
    rework: fc.array(task, { maxLength: 2 }),
    id: fc.constantFrom('m1', 'm2', '__proto__'),
  },
  { requiredKeys: [] },
);
const checkId = fc.constantFrom(
  ...gates.flatMap(({ criteria }) => criteria.flatMap((one) => one.checks.map(({ id }) => id))),
);

const message: fc.Arbitrary<GatesEvent> = fc.record({
  type: fc.constant('message' as const),
  name: fc.oneof({ weight: 9, arbitrary: fc.constantFrom<string>(...Object.keys(messages)) }, fc.string()),
  body: fc.oneof(
    { weight: 9, arbitrary: withSense() },
    { weight: 1, arbitrary: fc.anything() },
    { weight: 1, arbitrary: body },
  ),
});

const event: fc.Arbitrary<GatesEvent> = fc.oneof(
  { weight: 6, arbitrary: message },
  { weight: 3, arbitrary: gateId.map((gate): GatesEvent => ({ type: 'open', gate })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(checkId, fc.constantFrom('passed', 'failed', 'waiting'), fc.integer({ min: 1, max: 2 }))
      .map(([check, result, round]): GatesEvent => ({
        type: 'check',
        gate: '4.1/exit',
        round,
        check,
        result: result as 'passed',
      })),
  },
  { weight: 1, arbitrary: fc.constant<GatesEvent>({ type: 'people', people: null, operators: null }) },
  { weight: 1, arbitrary: fc.constant<GatesEvent>({ type: 'people', people, operators: ['Delivery Lead'] }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('waiting', 'blocked', 'done', 'pending').map((state): GatesEvent => ({
      type: 'task',
      task: '4.1/a1',
      state: state as 'waiting',
      desk:
        state === 'waiting'
          ? { task: '4.1/a1', title: '', waits: 'complete', agents: ['Build Agent'], since: 0 }
          : null,
    })),
  },
);

/** Bodies that are understood, so that sequences get somewhere. */
function withSense(): fc.Arbitrary<unknown> {
  const decision = fc.record({
    gate: gateId,
    by: person,
    criterion: maybe(fc.integer({ min: 1, max: 3 })),
    reason: maybe(fc.constant('because')),
  });
  const hold = fc.record({
    on: fc.constantFrom('phase', '4.1', '4.1/exit', '4.1/a1'),
    by: person,
    reason: maybe(fc.constant('because')),
  });
  return fc.oneof(decision, hold, fc.record({ task, by: person, reason: maybe(fc.constant('because')) }));
}

const RUNS = { numRuns: 10_000 };

describe('whatever is said, in whatever order', () => {
  it('no gate clears with an unmet criterion', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state = start();
        for (const [index, one] of events.entries()) {
          const before = state;
          state = reduce(state, one, index).state;
          for (const { id, criteria } of gates) {
            if (before.gates[id]?.state === 'cleared' || state.gates[id]?.state !== 'cleared') continue;
            for (const criterion of criteria)
              assert.ok(holds(state, id, criterion), `${id} cleared without ${criterion.id}`);
          }
        }
      }),
      RUNS,
    );
  });

  it('no gate clears while it is held', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state = start();
        for (const [index, one] of events.entries()) {
          const before = state;
          state = reduce(state, one, index).state;
          for (const { id, milestone } of gates) {
            if (before.gates[id]?.state === 'cleared' || state.gates[id]?.state !== 'cleared') continue;
            const held = holdsOf(state);
            const holds = [held['phase'], held[milestone ?? ''], held[id]];
            assert.ok(
              holds.every((hold) => hold === undefined),
              `${id} cleared while held`,
            );
          }
        }
      }),
      RUNS,
    );
  });

  it('nothing is dropped, and the ledger’s chain holds', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { ledger } = events.reduce((state, one, index) => reduce(state, one, index).state, start());
        assert.equal(chainFault(ledger.recent, { length: ledger.length, hash: ledger.head }), undefined);
        const said = ledger.recent.filter(({ message }) => message !== undefined);
        assert.equal(said.length, events.filter(({ type }) => type === 'message').length);
      }),
      RUNS,
    );
  });

  it('every message has one verdict and one entry, numbers count on, and nothing throws', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state = start();
        for (const [index, one] of events.entries()) {
          const { state: next, verdict } = reduce(state, one, index);
          assert.equal(verdict !== undefined, one.type === 'message');
          const added = next.ledger.recent.filter(({ number }) => number > state.ledger.length);
          assert.deepEqual(
            added.map(({ number }) => number),
            Array.from({ length: next.ledger.length - state.ledger.length }, (_, n) => state.ledger.length + n + 1),
          );
          if (verdict !== undefined) {
            const entries = added.filter(({ trust }) => trust !== 'phase');
            assert.deepEqual(
              entries.map(({ number, code }) => [number, code]),
              [[verdict.entry, verdict.code]],
            );
            assert.notEqual(verdict.reason, '');
          }
          state = next;
        }
      }),
      RUNS,
    );
  });

  it('the same sequence gives the same state, which is plain JSON, and what was handed in is not changed', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const run = () => events.reduce((state, one, index) => reduce(deepFreeze(state), one, index).state, start());
        const state = run();
        assert.deepEqual(run(), state);
        assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
      }),
      RUNS,
    );
  });

  it('keeps a bounded number of entries, however many there have been', () => {
    let state = start();
    for (let index = 0; index < 500; index += 1) {
      state = reduce(state, { type: 'message', name: 'x', body: index }, index, { recentEntries: 50 }).state;
    }
    assert.equal(state.ledger.recent.length, 500, 'those that stand in no history are all kept');
    state = reduce(state, { type: 'recorded', upTo: 490 }, 500).state;
    state = reduce(state, { type: 'message', name: 'x', body: 500 }, 500, { recentEntries: 50 }).state;
    assert.equal(state.ledger.recent.length, 50);
    assert.equal(state.ledger.recent.at(-1)?.number, 501);
  });
});

function start(): GatesState {
  return initialState({
    gates,
    people,
    operators: ['Delivery Lead'],
    tasks: {
      '4.1/a1': { agent: 'Build Agent', contributors: ['Monitoring Agent'], milestone: '4.1', state: 'pending' },
      '4.2/a1': { agent: 'Build Agent', contributors: [], milestone: '4.2', state: 'pending' },
    },
  });
}

/** The rule itself, written again and independently of the reducer's own. */
function holds(state: GatesState, gate: string, criterion: Criterion): boolean {
  const { votes = [], waiver, checks = {}, sameAs } = state.gates[gate]?.criteria[criterion.id] ?? {};
  if (waiver !== undefined) return waiver.reason !== '';
  if (sameAs !== undefined) return state.gates[gate]?.round === 1 && state.gates['entry']?.state === 'cleared';
  const passed = criterion.checks.length > 0 && criterion.checks.every(({ id }) => checks[id]?.state === 'passed');
  if (criterion.approval === 'only') return votes.length > 0;
  if (criterion.approval === 'no') return passed;
  return criterion.approval === 'and' ? votes.length > 0 && passed : votes.length > 0 || passed;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
