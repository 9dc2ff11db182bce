import assert from 'node:assert/strict';
import { nextTick } from '../../../src/activities/slices.ts';
import type { NamedCalendar } from '../../../src/plan/gate-model.ts';
import { check, criterion, Talk } from '../fixture.ts';

const HOUR = 3_600_000;
const GATE = 'entry';
const ALARM = 'entry/1/met';
const window: NamedCalendar = {
  name: 'office',
  zone: 'Europe/Berlin',
  days: ['mon'],
  from: '09:00',
  to: '17:00',
  holidays: [],
};

/** A gate with an alarm and an approval; its window opens in an hour for one hour, and a day later again. */
function talk(): Talk {
  const lead = { approvers: [{ roles: ['Stakeholder'], quorum: 1 }] };
  const criteria = [criterion(GATE, 1, { approval: 'no', checks: [check(ALARM)] }), criterion(GATE, 2, lead)];
  const windows = [
    { opens: 1000 + HOUR, closes: 1000 + 2 * HOUR },
    { opens: 1000 + 25 * HOUR, closes: 1000 + 26 * HOUR },
  ];
  return new Talk(false, { gates: [{ id: GATE, criteria, policy: { window } }] }).open(GATE, { windows });
}

function found(one: Talk, result: 'passed' | 'failed'): void {
  one.apply({ type: 'check', gate: GATE, round: 1, check: ALARM, result });
}

function confirmed(one: Talk): readonly string[] {
  return one.effects.flatMap((effect) => (effect.type === 'confirm' ? effect.checks : []));
}

describe('a decision window', () => {
  it('takes decisions before it opens, and clears the gate within it only', () => {
    const one = talk();
    found(one, 'passed');
    const verdict = one.say('approve', { gate: GATE, by: 'dana' });
    assert.equal(verdict.code, 'ACCEPTED');
    assert.deepEqual(verdict.waits, [
      'clears only within office, next from 1970-01-01 01:00:01 UTC, which is 09:00 in Europe/Berlin',
    ]);
    assert.equal(one.stateOf(GATE), 'open');
    one.pass(HOUR);
    found(one, 'passed');
    assert.equal(one.stateOf(GATE), 'cleared');
  });

  it('has everything looked at again that passed before it opened', () => {
    const one = talk();
    found(one, 'passed');
    one.say('approve', { gate: GATE, by: 'dana' });
    one.pass(HOUR);
    assert.deepEqual(confirmed(one), [ALARM]);
    assert.equal(one.stateOf(GATE), 'open');
    found(one, 'failed');
    assert.equal(one.stateOf(GATE), 'open');
  });

  it('withdraws passes when it closes first; they are looked at again in the next', () => {
    const one = talk();
    one.pass(HOUR);
    found(one, 'passed');
    one.pass(HOUR);
    assert.equal(one.say('approve', { gate: GATE, by: 'dana' }).state, 'open');
    one.pass(23 * HOUR);
    assert.deepEqual(confirmed(one), [ALARM]);
    found(one, 'passed');
    assert.equal(one.stateOf(GATE), 'cleared');
    const whats = one.state.ledger.recent.filter(({ on }) => on === GATE).map(({ what }) => what);
    assert.deepEqual(whats, ['opened', 'window open', 'window closed', 'approve', 'window open', 'cleared']);
  });

  it('does not clear after its end, also when no tick has noted that it has ended', () => {
    const one = talk();
    one.pass(HOUR);
    found(one, 'passed');
    one.wait(2 * HOUR);
    assert.equal(one.say('approve', { gate: GATE, by: 'dana' }).state, 'open');
    one.pass(1);
    assert.equal(nextTick(one.state), 1000 + 25 * HOUR);
  });

  it('does not close at midnight when the next day begins there', () => {
    const windows = [0, 1].map((day) => ({ opens: day * 24 * HOUR, closes: (day + 1) * 24 * HOUR }));
    const criteria = [criterion(GATE, 1)];
    const one = new Talk(false, { gates: [{ id: GATE, criteria, policy: { window } }] }).open(GATE, { windows });
    one.pass(30 * HOUR);
    assert.deepEqual(
      one.state.ledger.recent.map(({ what }) => what),
      ['opened'],
    );
    assert.equal(one.say('approve', { gate: GATE, by: 'dana' }).state, 'cleared');
  });

  it('goes on with further windows of the calendar', () => {
    const one = talk();
    one.pass(30 * HOUR);
    assert.equal(nextTick(one.state), undefined);
    const opens = one.now + HOUR;
    one.apply({ type: 'windows', gate: GATE, windows: [{ opens, closes: opens + HOUR }] });
    assert.equal(nextTick(one.state), opens);
  });
});
