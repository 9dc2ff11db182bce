import assert from 'node:assert/strict';
import { check, criterion, Talk } from '../fixture.ts';

const MINUTE = 60_000;
const GATE = '4.1/exit';
const FIRST = `${GATE}/1/met`;

/** Criterion 1 by a check whose pass lives a minute, criterion 2 by a Stakeholder; later gates that ask nothing special. */
function talk(rules: Parameters<typeof criterion>[2] = { approval: 'no' }): Talk {
  const checked = criterion(GATE, 1, { checks: [{ ...check(FIRST), lifetime: 60 }], ...rules });
  return new Talk(false, {
    gates: [
      { id: GATE, criteria: [checked, criterion(GATE, 2, { approvers: [{ roles: ['Stakeholder'], quorum: 1 }] })] },
      { id: 'completion', criteria: [criterion('completion', 1)] },
    ],
  }).open(GATE);
}

const approveSecond = { gate: GATE, by: 'dana', criterion: 2 };

describe('everything at one instant', () => {
  it('a pass that is too old is looked at again before the gate clears', () => {
    const one = talk();
    one.found(FIRST, 'passed');
    one.wait(5 * MINUTE);
    assert.equal(one.say('approve', approveSecond).state, 'open');
    assert.deepEqual(one.effects, [{ type: 'confirm', gate: GATE, checks: [FIRST] }]);
    one.found(FIRST, 'passed');
    assert.equal(one.stateOf(GATE), 'cleared');
  });

  it('and when it does not hold any more, the gate waits', () => {
    const one = talk();
    one.found(FIRST, 'passed');
    one.wait(5 * MINUTE);
    one.say('approve', approveSecond);
    one.found(FIRST, 'failed');
    assert.equal(one.stateOf(GATE), 'open');
    one.found(FIRST, 'passed');
    assert.equal(one.stateOf(GATE), 'cleared');
  });

  it('a fresh pass needs no second look', () => {
    const one = talk();
    one.found(FIRST, 'passed');
    assert.equal(one.say('approve', approveSecond).state, 'cleared');
  });

  it('a check that takes longer than its pass lives is asked a few times, and then a person', () => {
    const checks = [check(`${GATE}/1/slow`), check(`${GATE}/1/other`)].map((one) => ({ ...one, lifetime: 60 }));
    const one = talk({ approval: 'no', checks });
    const [slow = '', other = ''] = checks.map(({ id }) => id);
    one.found(slow, 'passed');
    one.found(other, 'passed');
    one.wait(2 * MINUTE);
    one.say('approve', approveSecond);
    let asked = 0;
    for (let round = 0; round < 20; round += 1) {
      // Each look takes longer than the other one's pass lives.
      one.wait(2 * MINUTE);
      one.found(round % 2 === 0 ? slow : other, 'passed');
      asked += one.effects.filter(({ type }) => type === 'confirm').length;
    }
    assert.ok(asked <= 6, String(asked));
    assert.ok(one.state.ledger.recent.some(({ what }) => what === 'not confirmed'));
    one.say('recheck', { gate: GATE, by: 'lee' });
    one.found(slow, 'passed');
    one.found(other, 'passed');
    assert.equal(one.stateOf(GATE), 'cleared');
  });
});

describe('outcomes of a check', () => {
  it('inconclusive waits', () => {
    const one = talk();
    one.say('approve', approveSecond);
    one.found(FIRST, 'inconclusive');
    assert.equal(one.stateOf(GATE), 'open');
  });

  it('a warning goes to the operators, or to the role that is stated', () => {
    const one = talk();
    one.say('approve', approveSecond);
    one.found(FIRST, 'warned');
    assert.equal(one.stateOf(GATE), 'open');
    assert.match(one.say('approve', { gate: GATE, by: 'dana', criterion: 1 }).reason, /Delivery Lead/);
    assert.equal(one.say('approve', { gate: GATE, by: 'lee', criterion: 1 }).state, 'cleared');
    const other = talk({ approval: 'no', onWarning: 'Stakeholder' });
    other.found(FIRST, 'warned');
    assert.equal(other.say('approve', { gate: GATE, by: 'dana' }).state, 'cleared');
  });

  it('an approval given before the warning does not accept it', () => {
    const one = talk({ approval: 'and', approvers: [{ roles: ['Stakeholder'], quorum: 1 }] });
    one.found(FIRST, 'failed');
    one.say('approve', { gate: GATE, by: 'dana' });
    one.found(FIRST, 'warned');
    assert.equal(one.stateOf(GATE), 'open');
    assert.equal(one.state.ledger.recent.at(-2)?.what, 'voided');
    assert.equal(one.say('approve', { gate: GATE, by: 'dana', criterion: 1 }).state, 'cleared');
  });
});

describe('what was seen', () => {
  it('evidence that changes while the gate waits voids the votes on it, and says so', () => {
    const one = talk({ approval: 'and', approvers: [{ roles: ['Stakeholder'], quorum: 1 }] });
    one.found(FIRST, 'failed', 1, [{ where: 'report', sha256: 'a' }]);
    one.say('approve', { gate: GATE, by: 'dana', criterion: 1 });
    one.found(FIRST, 'passed', 1, [{ where: 'report', sha256: 'b' }]);
    const voided = one.state.ledger.recent.find(({ what }) => what === 'voided');
    assert.match(voided?.reason ?? '', /evidence has changed: the approval of dana/);
    one.say('approve', approveSecond);
    assert.equal(one.stateOf(GATE), 'open');
    assert.equal(one.say('approve', { gate: GATE, by: 'dana', criterion: 1 }).state, 'cleared');
  });

  it('a report that is there only now voids the votes that came before it', () => {
    const report = { ...check(`${GATE}/1/report`, 'report'), concerns: 'report' as const };
    const one = talk({
      approval: 'and',
      approvers: [{ roles: ['Stakeholder'], quorum: 1 }],
      checks: [report],
      evidence: 'readiness-report',
    });
    one.found(report.id, 'inconclusive');
    one.say('approve', { gate: GATE, by: 'dana' });
    one.found(report.id, 'passed', 1, [{ where: 'report', sha256: 'a' }]);
    const voided = one.state.ledger.recent.find(({ what }) => what === 'voided');
    assert.match(voided?.reason ?? '', /the report is there now: the approval of dana/);
    assert.equal(one.stateOf(GATE), 'open');
    assert.equal(one.say('approve', { gate: GATE, by: 'dana', criterion: 1 }).state, 'cleared');
  });

  it('the same evidence again leaves them alone', () => {
    const one = talk({ approval: 'and', approvers: [{ roles: ['Stakeholder'], quorum: 1 }] });
    one.found(FIRST, 'failed', 1, [{ where: 'report', sha256: 'a' }]);
    one.say('approve', { gate: GATE, by: 'dana' });
    one.found(FIRST, 'passed', 1, [{ sha256: 'a', where: 'report' }]);
    assert.equal(one.stateOf(GATE), 'cleared');
  });

  it('a decision for another subject or another round’s nonce is stale', () => {
    const one = talk();
    const seen = one.subjectOf(GATE);
    one.found(FIRST, 'passed', 1, [{ where: 'report', sha256: 'a' }]);
    assert.equal(one.say('approve', { ...approveSecond, subject: seen }).code, 'STALE');
    assert.equal(one.say('approve', { ...approveSecond, nonce: 'another' }).code, 'STALE');
    const verdict = one.say('approve', { ...approveSecond, subject: one.subjectOf(GATE), nonce: `nonce of ${GATE}` });
    assert.equal(verdict.code, 'ACCEPTED');
  });
});

describe('early approvals, where the policy keeps them', () => {
  const gates = (id: string) => [
    { id: 'entry', criteria: [criterion('entry', 1)], policy: id === 'entry' ? { early: 'keep' as const } : {} },
    { id: GATE, criteria: [criterion(GATE, 1)], policy: id === GATE ? { early: 'keep' as const } : {} },
  ];

  it('count when the gate opens', () => {
    const one = new Talk(false, { gates: gates('entry') });
    assert.equal(one.say('approve', { gate: 'entry', by: 'dana' }).code, 'PRE_APPROVED');
    assert.equal(one.say('approve', { gate: 'entry', by: 'dana' }).code, 'REPEATED');
    one.open('entry');
    assert.equal(one.stateOf('entry'), 'cleared');
    assert.ok(
      one.state.ledger.recent.some(
        ({ what, by, code }) => what === 'pre-approval' && by === 'dana' && code === 'ACCEPTED',
      ),
    );
  });

  it('do not when what they were about has changed', () => {
    const one = new Talk(false, { gates: gates(GATE) });
    one.say('approve', { gate: GATE, by: 'dana' });
    one.apply({ type: 'task', task: '4.1/a1', state: 'done', desk: null, results: 'x' });
    one.open(GATE);
    assert.equal(one.stateOf(GATE), 'open');
    assert.ok(one.state.ledger.recent.some(({ what, code }) => what === 'pre-approval' && code === 'STALE'));
    assert.equal(one.say('approve', { gate: GATE, by: 'dana' }).state, 'cleared');
  });
});
