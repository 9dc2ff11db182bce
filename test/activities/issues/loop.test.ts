import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stateChecks } from '../../../src/activities/slices.ts';
import { bytesOf, type JsonObject } from '../../../src/base/json.ts';
import type { TaskRound } from '../../../src/gates/slice.ts';
import { failingCase, fixed, Testing } from './fixture.ts';

/** What a round is told of: ids of issues, and suites. */
function told(round: TaskRound | undefined) {
  assert.ok(round !== undefined && 'told' in round, JSON.stringify(round));
  const { issues, suites } = round.told as { issues: { id: string }[]; suites: string[] };
  return { number: round.number, idle: round.idle === true, issues: issues.map(({ id }) => id), suites };
}

function isOver(round: TaskRound | undefined): boolean {
  return round !== undefined && 'over' in round;
}

describe('rounds of issues', () => {
  it('begin while others still test, and end with a rerun of every suite that finds nothing', () => {
    const testing = new Testing();
    testing.roundOver(0);
    assert.equal(testing.next(), undefined);
    testing.ran(['one'], 'r1');
    testing.ran([], 'r1', { suite: 'api' });
    assert.deepEqual(told(testing.next()), { number: 1, idle: false, issues: ['I-1'], suites: ['component/testing'] });
    testing.fact('fix', '4.3/b1', { resolved: [{ issue: 'I-1', ...fixed }] }, '4.3/b1');
    testing.ran([], 'r2');
    testing.roundOver(1);
    assert.equal(testing.next(), undefined, 'a1 still tests');
    testing.over('4.3/a1');
    const suites = ['api/testing', 'component/testing'];
    assert.deepEqual(told(testing.next()), { number: 2, idle: true, issues: [], suites });
    testing.ran([], 'r2');
    testing.ran([], 'r2', { suite: 'api' });
    testing.roundOver(2);
    assert.ok(isOver(testing.next()));
    assert.equal(stateChecks['issues']?.(testing.state, { severity: 'low' }).state, 'passed');
  });

  it('go on when the last rerun has found something', () => {
    const testing = new Testing({ loop: { most: 3 } });
    testing.roundOver(0);
    testing.over('4.3/a1');
    assert.equal(told(testing.next()).idle, true);
    testing.ran(['one'], 'r1');
    testing.roundOver(1);
    assert.deepEqual(told(testing.next()), { number: 2, idle: false, issues: ['I-1'], suites: ['component/testing'] });
    testing.ran([], 'r2');
    testing.roundOver(2);
    assert.deepEqual([told(testing.next()).number, told(testing.next()).idle], [3, true]);
    testing.ran([], 'r2');
    testing.roundOver(3);
    assert.ok(isOver(testing.next()));
  });

  it('end at once without a last rerun, where the playbook wants none', () => {
    const testing = new Testing({ loop: { final: false } });
    testing.roundOver(0);
    testing.over('4.3/a1');
    assert.ok(isOver(testing.next()));
  });

  it('are bounded: after that people decide, who are told, and a deferral gets on', () => {
    const testing = new Testing();
    testing.roundOver(0);
    testing.over('4.3/a1');
    testing.ran(['one', 'two'], 'r1');
    for (let round = 1; round <= 2; round += 1) {
      assert.equal(told(testing.next()).number, round);
      testing.ran(['one', 'two'], `r${String(round + 1)}`);
      testing.roundOver(round);
    }
    assert.equal(testing.next(), undefined);
    assert.match(testing.lastEntry, /^issues escalated 4\.3\/b1: 2 rounds have left 2 issues open \(I-1, I-2\)/);
    assert.deepEqual(
      testing.effects.map((effect) => (effect.type === 'notice' && 'task' in effect ? effect.task : '')),
      ['4.3/b1'],
    );
    const entries = testing.state.ledger.length;
    testing.roundOver(2);
    assert.equal(testing.state.ledger.length, entries, 'a round is told again');
    testing.say('deferIssue', { issue: 'I-1', by: 'lee', reason: 'later' });
    testing.say('deferIssue', { issue: 'I-2', by: 'lee', reason: 'later' });
    assert.equal(told(testing.next()).idle, true);
    testing.ran(['one', 'two'], 'r3');
    testing.roundOver(3);
    assert.ok(isOver(testing.next()));
  });

  it('begin anew when the task is done again', () => {
    const testing = new Testing();
    testing.roundOver(0);
    testing.ran(['one'], 'r1');
    testing.roundOver(1);
    testing.roundOver(2);
    assert.equal(testing.next(), undefined);
    testing.apply({ type: 'task', task: '4.3/b1', state: 'pending', desk: null });
    testing.roundOver(0);
    assert.equal(told(testing.next()).number, 1);
  });

  it('count what was in vain, also when the milestone begins anew after a reset; rounds that have mended all do not count', () => {
    const testing = new Testing();
    testing.roundOver(0);
    for (const round of [1, 2, 3]) {
      testing.ran(['one'], `r${String(round)}`);
      assert.equal(told(testing.next()).number, round);
      testing.ran([], `r${String(round)} mended`);
      testing.roundOver(round);
    }
    testing.ran(['one'], 'r4');
    testing.roundOver(4);
    testing.roundOver(0);
    assert.equal(told(testing.next()).number, 1);
    testing.roundOver(1);
    assert.equal(testing.next(), undefined);
  });

  it('retest what people have resolved after all rounds were in vain', () => {
    const testing = new Testing();
    testing.roundOver(0);
    testing.ran(['one', 'two'], 'r1');
    for (const round of [1, 2]) testing.roundOver(round);
    assert.equal(testing.next(), undefined);
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    assert.deepEqual(told(testing.next()).issues, ['I-1']);
  });

  it('end although a last rerun never comes to rest, when nothing that it finds is worked on', () => {
    const testing = new Testing({ loop: { severity: 'high' } });
    testing.roundOver(0);
    testing.over('4.3/a1');
    for (const round of [1, 2]) {
      assert.equal(told(testing.next()).idle, true);
      testing.ran(round % 2 === 1 ? ['one'] : [], `r${String(round)}`, { severity: 'low' });
      testing.roundOver(round);
    }
    assert.ok(isOver(testing.next()));
  });

  it('leave issues below their severity alone', () => {
    const testing = new Testing({ loop: { severity: 'high', final: false } });
    testing.roundOver(0);
    testing.over('4.3/a1');
    testing.ran(['one'], 'r1', { severity: 'medium' });
    assert.ok(isOver(testing.next()));
  });

  it('wait for people to resolve, where people mend, and retest what they have resolved', () => {
    const testing = new Testing({ loop: { by: 'people' } });
    testing.roundOver(0);
    testing.ran(['one', 'two'], 'r1');
    assert.equal(testing.next(), undefined);
    testing.say('resolveIssue', { issue: 'I-2', by: 'ines', ...fixed });
    assert.deepEqual(told(testing.next()).issues, ['I-2']);
  });

  it('retest what a person has resolved, also where agents mend', () => {
    const testing = new Testing();
    testing.roundOver(0);
    testing.ran(['one'], 'r1');
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    assert.deepEqual(told(testing.next()).issues, ['I-1']);
  });

  it('do not wait in vain for a suite that cannot retest: people do it', () => {
    const testing = new Testing();
    testing.roundOver(0);
    testing.over('4.3/a1');
    testing.say('reportIssue', { title: 'Slow', severity: 'high', by: 'max', component: 'orders api' });
    testing.ran([], 'r1');
    assert.deepEqual(told(testing.next()), { number: 1, idle: false, issues: ['I-1'], suites: ['component/testing'] });
    testing.fact('fix', '4.3/b1', { resolved: [{ issue: 'I-1', ...fixed }] }, '4.3/b1');
    testing.roundOver(1);
    assert.equal(testing.next(), undefined);
    testing.say('resolveIssue', { issue: 'I-1', by: 'max', note: 'fast now' });
    assert.equal(told(testing.next()).idle, true);
  });

  it('are told no more than a message holds, the gravest first', () => {
    const testing = new Testing();
    testing.roundOver(0);
    const wide = '漢'.repeat(150);
    const failing = Array.from({ length: 300 }, (_, index) => ({
      ...failingCase(`${wide}${String(index)}`),
      message: wide,
    }));
    testing.ran([], 'r1', { failing, severity: 'medium' });
    testing.ran(['one'], 'r1', { suite: 'api', severity: 'critical' });
    const round = testing.next();
    assert.ok(round !== undefined && 'told' in round);
    const { issues, more } = round.told as { issues: JsonObject[]; more: number };
    assert.ok(bytesOf(round.told) <= 250_000);
    assert.equal(issues[0]?.['suite'], 'api');
    assert.equal(issues.length + more, testing.log.issues.length);
  });

  it('whatever happens, are numbered one after the other, and over only when nothing stands in the way', () => {
    const happening = fc.oneof(
      fc.record({ failing: fc.subarray(['one', 'two']), revision: fc.constantFrom('r1', 'r2', 'r3') }),
      fc.constantFrom('round', 'resolve', 'defer', 'tested'),
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), fc.boolean(), (all, isFinal) => {
        const testing = new Testing({ loop: { final: isFinal } });
        testing.roundOver(0);
        let done = 0;
        for (const one of all) {
          if (one === 'resolve') testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
          else if (one === 'defer') testing.say('deferIssue', { issue: 'I-2', by: 'lee', reason: 'later' });
          else if (one === 'tested') testing.over('4.3/a1');
          else if (one !== 'round') testing.ran(one.failing, one.revision);
          const next = testing.next();
          if (next !== undefined && 'over' in next) {
            assert.equal(testing.state.tasks['4.3/a1']?.state, 'done');
            assert.equal(stateChecks['issues']?.(testing.state, { severity: 'medium' }).state, 'passed');
          } else if (next !== undefined) {
            assert.equal(next.number, done + 1);
            if (one === 'round') testing.roundOver((done += 1));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the check of issues', () => {
  const check = (testing: Testing, severity: string) => stateChecks['issues']?.(testing.state, { severity });

  it('names the first five that are open, or resolved without a retest', () => {
    const testing = new Testing();
    assert.deepEqual(check(testing, 'low'), { state: 'passed', reason: 'no issue is open; 0 closed' });
    testing.ran(['a', 'b', 'c', 'd', 'e', 'f'], 'r1', { severity: 'medium' });
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    assert.deepEqual(check(testing, 'medium'), {
      state: 'failed',
      reason:
        '6 issues open at medium or above: I-1 Case a (resolved, not retested); I-2 Case b; I-3 Case c; I-4 Case d; I-5 Case e and 1 more',
    });
    assert.equal(check(testing, 'high')?.state, 'passed');
    testing.say('deferIssue', { issue: 'I-6', by: 'lee', reason: 'later' });
    testing.ran(['f'], 'r2');
    assert.deepEqual(check(testing, 'low'), {
      state: 'passed',
      reason: 'no issue is open; 5 closed; deferred: I-6',
    });
  });

  it('fails for failing cases beyond what the log holds', () => {
    const testing = new Testing();
    testing.ran([], 'r1', { more: 7, severity: 'high' });
    assert.deepEqual(check(testing, 'high'), {
      state: 'failed',
      reason: '7 failing cases beyond what the log holds',
    });
    assert.equal(check(testing, 'critical')?.state, 'passed');
  });
});
