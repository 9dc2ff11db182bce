import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyOf } from '../../../src/activities/issues/model.ts';
import type { SuiteFact } from '../../../src/activities/suite/fact.ts';
import { bytesOf, type JsonObject } from '../../../src/base/json.ts';
import { failingCase, suiteFact, Testing } from './fixture.ts';

const START = Date.parse('2026-11-30T08:00:00Z');
const keys = ['one', 'two', 'three', 'four'];

const run = (suite: string) =>
  fc
    .record({
      failing: fc.subarray(keys),
      skipped: fc.subarray(keys, { maxLength: 1 }),
      revision: fc.constantFrom('r1', 'r2', 'r3'),
      minute: fc.nat(9),
      caseSet: fc.constantFrom('1'.repeat(64), '1'.repeat(64), '2'.repeat(64)),
    })
    .map(({ failing, minute, skipped, ...more }): SuiteFact => {
      const at = new Date(START + minute * 60_000).toISOString();
      return suiteFact(failing, { suite, at, skipped: skipped.filter((key) => !failing.includes(key)), ...more });
    });

function open(testing: Testing): string[] {
  return testing.log.issues
    .flatMap(({ found, state }) => (found === undefined ? [] : `${keyOf(found)} ${state}`))
    .toSorted();
}

describe('facts of suites, whichever', () => {
  it('leave the same issues in whatever order two suites tell theirs', () => {
    fc.assert(
      fc.property(
        fc.array(run('component')),
        fc.array(run('api')),
        fc.infiniteStream(fc.boolean()),
        (one, other, turns) => {
          const first = new Testing();
          for (const fact of [...one, ...other]) first.tell(fact);
          const second = new Testing();
          const queues = [[...one], [...other]];
          while (queues.some((queue) => queue.length > 0)) {
            const [turn] = turns.take(1);
            const fact = queues[turn === true ? 0 : 1]?.shift() ?? queues.flatMap((queue) => queue.splice(0, 1))[0];
            if (fact !== undefined) second.tell(fact);
          }
          assert.deepEqual(open(second), open(first));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('change nothing when they come again', () => {
    fc.assert(
      fc.property(fc.array(run('component'), { minLength: 1 }), (facts) => {
        const testing = new Testing();
        for (const fact of facts) {
          testing.tell(fact);
          const { slices, ledger } = testing.state;
          for (const again of facts.slice(0, facts.indexOf(fact) + 1)) testing.tell(again);
          assert.equal(testing.state.slices, slices);
          assert.equal(testing.state.ledger.length, ledger.length);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('have one issue for each case, never two', () => {
    fc.assert(
      fc.property(fc.array(run('component')), (facts) => {
        const testing = new Testing();
        for (const fact of facts) testing.tell(fact);
        const known = testing.log.issues.flatMap(({ found }) => (found === undefined ? [] : keyOf(found)));
        assert.equal(new Set(known).size, known.length);
        assert.deepEqual(
          testing.log.issues.map(({ id }) => id),
          known.map((_, index) => `I-${String(index + 1)}`),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('change nothing, and fail nothing, when somebody has made them up', () => {
    const topic = fc.constantFrom('suite', 'fix', 'uat');
    const forged = fc.oneof(
      fc.jsonValue(),
      fc.record({ resolved: fc.array(fc.jsonValue()) }),
      // A right fact with one value that is wrong.
      fc
        .tuple(
          fc.constantFrom(...Object.keys(suiteFact(['one']))),
          fc.oneof(fc.jsonValue(), fc.string({ minLength: 2000 })),
        )
        .map(([key, value]) => ({ ...suiteFact(['one']), [key]: value })),
    );
    fc.assert(
      fc.property(topic, fc.constantFrom('component/testing', 'x'), forged, (name, key, data) => {
        const testing = new Testing();
        testing.ran(['one'], 'r1');
        testing.fact(name, key, data as JsonObject);
        testing.fact(name, key, data as JsonObject, '9.9/none');
        assert.ok(testing.log.issues.length <= 501);
        assert.ok(bytesOf(testing.state.slices) < 1_200_000);
        testing.view();
      }),
      { numRuns: 500 },
    );
  });

  it('stay within bounds, whatever is told', () => {
    const testing = new Testing();
    const wide = '漢'.repeat(190);
    for (let turn = 0; turn < 8; turn += 1) {
      const failing = Array.from({ length: 500 }, (_, index) => `${wide}${String(turn)} ${String(index)}`);
      const cases = failing.map((key) => ({ ...failingCase(key), message: '漢'.repeat(300), title: '漢'.repeat(160) }));
      testing.ran([], `r${String(turn)}`, { failing: cases, suite: `suite${String(turn % 2)}` });
      assert.ok(bytesOf(testing.state.slices) < 1_200_000, `${String(bytesOf(testing.state.slices))} bytes`);
      const { issues } = testing.log;
      const missed = testing.view().beyond;
      assert.ok(missed > 0 && issues.length + missed + testing.log.dropped >= 500);
    }
    for (let suite = 0; suite < 300; suite += 1) testing.ran(['x'], 'r', { suite: `more${String(suite)}` });
    assert.ok(Object.keys(testing.log.seen).length <= 200);
  });
});
