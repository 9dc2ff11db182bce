import assert from 'node:assert/strict';
import { nextTick } from '../../../src/activities/slices.ts';
import { check, criterion, Talk } from '../fixture.ts';

const HOUR = 3_600_000;
const GATE = 'entry';
const ALARM = 'entry/1/met';

function talk(): Talk {
  const criteria = [
    criterion(GATE, 1, { approval: 'no', checks: [check(ALARM)] }),
    criterion(GATE, 2, { approvers: [{ roles: ['Stakeholder'], quorum: 1 }] }),
  ];
  return new Talk(false, { gates: [{ id: GATE, criteria, policy: { soak: 3600 } }] }).open(GATE);
}

function found(one: Talk, result: 'passed' | 'failed'): void {
  one.apply({ type: 'check', gate: GATE, round: 1, check: ALARM, result });
}

function approve(one: Talk): void {
  one.say('approve', { gate: GATE, by: 'dana' });
}

function whats(one: Talk): string[] {
  return one.state.ledger.recent.filter(({ on }) => on === GATE).map(({ what }) => what);
}

describe('soak time', () => {
  it('begins when the last criterion is met, and ends with one more look at everything', () => {
    const one = talk();
    found(one, 'passed');
    assert.equal(nextTick(one.state), undefined);
    approve(one);
    assert.equal(nextTick(one.state), one.now + HOUR);
    one.pass(HOUR);
    assert.deepEqual(
      one.effects.flatMap((effect) => (effect.type === 'confirm' ? effect.checks : [])),
      [ALARM],
    );
    assert.equal(one.stateOf(GATE), 'open');
    found(one, 'passed');
    assert.equal(one.stateOf(GATE), 'cleared');
  });

  it('starts over when a check fails meanwhile', () => {
    const one = talk();
    found(one, 'passed');
    approve(one);
    one.wait(HOUR / 2);
    found(one, 'failed');
    assert.equal(nextTick(one.state), undefined);
    found(one, 'passed');
    one.pass(HOUR / 2 + 1);
    assert.equal(one.stateOf(GATE), 'open');
    assert.deepEqual(whats(one), ['opened', 'approve', 'soaking', 'soak broken', 'soaking']);
  });

  it('starts over when the last look finds a failure', () => {
    const one = talk();
    found(one, 'passed');
    approve(one);
    one.pass(HOUR);
    found(one, 'failed');
    found(one, 'passed');
    assert.equal(one.stateOf(GATE), 'open');
    assert.equal(nextTick(one.state), one.now + HOUR);
  });

  it('starts over when an approval is withdrawn', () => {
    const one = talk();
    found(one, 'passed');
    approve(one);
    one.say('withdraw', { gate: GATE, by: 'dana' });
    assert.equal(nextTick(one.state), undefined);
    assert.equal(whats(one).at(-1), 'soak broken');
  });
});
