import assert from 'node:assert/strict';
import { nextTick } from '../../src/activities/slices.ts';
import type { GatePolicy } from '../../src/plan/gate-model.ts';
import { check, criterion, Talk } from './fixture.ts';

const HOUR = 3_600_000;
const GATE = 'entry';

function talk(policy: GatePolicy): Talk {
  const lead = { approvers: [{ roles: ['Stakeholder'], quorum: 1 }] };
  return new Talk(false, { gates: [{ id: GATE, criteria: [criterion(GATE, 1, lead)], policy }] }).open(GATE);
}

function whats(one: Talk): string[] {
  return one.state.ledger.recent.map(({ what }) => what);
}

describe('time at a gate', () => {
  it('does not clear it before it has been open for the least time', () => {
    const one = talk({ wait: 3600 });
    assert.equal(one.say('approve', { gate: GATE, by: 'dana' }).state, 'open');
    one.pass(HOUR / 2);
    assert.equal(one.stateOf(GATE), 'open');
    one.pass(HOUR);
    assert.equal(one.stateOf(GATE), 'cleared');
  });

  it('reminds at every time that is stated, once each', () => {
    const one = talk({ remind: [3600, 7200] });
    for (let hour = 0; hour < 5; hour += 1) one.pass(HOUR);
    assert.equal(whats(one).filter((what) => what === 'reminder').length, 2);
    assert.equal(nextTick(one.state), undefined);
  });

  it('rejects at the deadline; a later approval is late, and resubmit opens the next round with a new one', () => {
    const one = talk({ deadline: { after: 3600, then: 'reject' } });
    one.pass(HOUR);
    assert.equal(one.stateOf(GATE), 'rejected');
    assert.equal(one.say('approve', { gate: GATE, by: 'dana' }).code, 'LATE');
    assert.equal(one.say('resubmit', { gate: GATE, by: 'lee' }).code, 'ACCEPTED');
    one.open(GATE);
    assert.ok((nextTick(one.state) ?? 0) > 2 * HOUR);
  });

  it('escalates to a role that may approve as well from then on', () => {
    const one = talk({ deadline: { after: 3600, then: 'escalate', to: 'Delivery Lead' } });
    assert.equal(one.say('approve', { gate: GATE, by: 'lee' }).code, 'DENIED');
    one.pass(HOUR);
    assert.equal(one.say('approve', { gate: GATE, by: 'lee' }).state, 'cleared');
  });

  it('extends once, and never approves', () => {
    const one = talk({ deadline: { after: 3600, then: 'extend', by: 3600 } });
    for (let hour = 0; hour < 4; hour += 1) one.pass(HOUR);
    assert.deepEqual(whats(one).slice(1), ['extended', 'overdue']);
    assert.equal(one.stateOf(GATE), 'open');
  });
});

describe('a gate that takes signed decisions alone', () => {
  it('may be asked again without a signature, and decided with one only', () => {
    const policy: GatePolicy = { trust: 'signed', deadline: { after: 3600, then: 'reject' } };
    const rule = { approvers: [{ roles: ['Stakeholder'], quorum: 1 }], approval: 'and', checks: [check('x')] } as const;
    const one = new Talk(false, { gates: [{ id: GATE, criteria: [criterion(GATE, 1, rule)], policy }] }).open(GATE);
    assert.equal(one.say('approve', { gate: GATE, by: 'dana' }).code, 'DENIED');
    one.pass(HOUR);
    assert.equal(one.say('resubmit', { gate: GATE, by: 'lee' }).code, 'ACCEPTED');
    one.open(GATE);
    assert.equal(one.say('recheck', { gate: GATE, by: 'lee' }).code, 'ACCEPTED');
    assert.equal(one.say('reject', { gate: GATE, by: 'dana', reason: 'no' }).code, 'DENIED');
  });
});

describe('working time at a gate', () => {
  it('is what was computed for the round, instead of all time', () => {
    const policy: GatePolicy = { wait: 60, remind: [60], deadline: { after: 120, then: 'extend', by: 60 } };
    const one = new Talk(false, { gates: [{ id: GATE, criteria: [criterion(GATE, 1)], policy }] });
    const times = { wait: 1000 + HOUR, remind: [1000 + HOUR], deadline: 1000 + 2 * HOUR, extended: 1000 + 9 * HOUR };
    one.open(GATE, { times });
    assert.equal(nextTick(one.state), 1000 + HOUR);
    one.pass(HOUR);
    assert.equal(nextTick(one.state), 1000 + 2 * HOUR);
    one.pass(HOUR);
    assert.equal(nextTick(one.state), 1000 + 9 * HOUR);
    assert.deepEqual(whats(one), ['opened', 'reminder', 'extended']);
  });
});

describe('how long it has been so', () => {
  it('is known of every criterion and check', () => {
    const id = `${GATE}/1/met`;
    const criteria = [criterion(GATE, 1, { approval: 'no', checks: [check(id)] })];
    const one = new Talk(false, { gates: [{ id: GATE, criteria, policy: { wait: 3600 } }] }).open(GATE);
    const opened = one.now;
    const now = () => one.state.gates[GATE]?.criteria[`${GATE}/1`];
    const find = (result: 'passed' | 'failed') => one.apply({ type: 'check', gate: GATE, round: 1, check: id, result });
    assert.deepEqual([now()?.met, now()?.since], [false, opened]);
    find('failed');
    const failed = one.now;
    one.wait(1000);
    find('failed');
    assert.equal(now()?.checks[id]?.since, failed);
    find('passed');
    assert.deepEqual([now()?.met, now()?.since], [true, one.now]);
    find('failed');
    assert.deepEqual([now()?.met, now()?.since], [false, one.now]);
  });
});
