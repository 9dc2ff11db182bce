import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ApprovalRule, GatePolicy } from '../../src/plan/gate-model.ts';
import type { People } from '../../src/plan/model.ts';
import { assign, isSatisfied } from '../../src/plan/quorum.ts';
import { criterion, Talk, type Rules } from './fixture.ts';

const people: People = {
  ann: { roles: ['Lead'], agents: [] },
  ben: { roles: ['Lead', 'Security'], agents: ['Build Agent'] },
  cat: { roles: ['Security'], agents: [] },
  ops: { roles: ['Ops'], agents: [] },
};
const twoLeads: readonly ApprovalRule[] = [{ roles: ['Lead'], quorum: 2 }];
const leadAndSecurity: readonly ApprovalRule[] = [
  { roles: ['Lead'], quorum: 1 },
  { roles: ['Security'], quorum: 1 },
];

/** A gate of one criterion, opened. */
function talk(rules: Rules, policy: GatePolicy = {}, gateId = '4.1/exit'): Talk {
  return new Talk(false, {
    people,
    starter: 'ann',
    gates: ['4.1/exit', '4.1/quality', 'completion'].map((id) => ({
      id,
      criteria: [criterion(id, 1, id === gateId ? rules : { approvers: [{ roles: ['Lead'], quorum: 1 }] })],
      policy: id === gateId ? policy : {},
    })),
  }).open(gateId);
}

function approve(talking: Talk, by: string, gate = '4.1/exit') {
  return talking.say('approve', { gate, by });
}

describe('quorum', () => {
  it('asks for as many different persons', () => {
    const one = talk({ approvers: twoLeads });
    const verdict = approve(one, 'ann');
    assert.equal(verdict.code, 'ACCEPTED');
    assert.match(verdict.reason, /still missing: 1 more Lead/);
    assert.equal(approve(one, 'ann').code, 'REPEATED');
    assert.equal(one.stateOf('4.1/exit'), 'open');
    assert.equal(approve(one, 'ben').state, 'cleared');
  });

  it('counts a person once, however many roles they hold', () => {
    const one = talk({ approvers: leadAndSecurity });
    assert.equal(approve(one, 'ben').code, 'ACCEPTED');
    assert.equal(approve(one, 'ben').code, 'REPEATED');
    assert.equal(one.stateOf('4.1/exit'), 'open');
  });

  it('takes a vote for another role when that satisfies more', () => {
    const one = talk({ approvers: leadAndSecurity });
    approve(one, 'ben');
    assert.equal(approve(one, 'ann').state, 'cleared');
    const other = talk({ approvers: leadAndSecurity });
    approve(other, 'ben');
    assert.equal(approve(other, 'cat').state, 'cleared');
  });

  it('in order: whoever comes too soon is told for whom to wait', () => {
    const one = talk({ approvers: leadAndSecurity, ordered: true });
    const early = approve(one, 'cat');
    assert.equal(early.code, 'EARLY');
    assert.match(early.reason, /waits for Lead/);
    approve(one, 'ann');
    assert.equal(approve(one, 'cat').state, 'cleared');
  });

  it('one rejection closes the round, whoever has approved', () => {
    const one = talk({ approvers: twoLeads });
    approve(one, 'ann');
    assert.equal(one.say('reject', { gate: '4.1/exit', by: 'ben', reason: 'no' }).state, 'rejected');
    assert.equal(approve(one, 'ben').code, 'LATE');
  });

  it('is satisfied by no fewer persons than it asks for, and whenever some assignment exists', () => {
    const role = fc.constantFrom('A', 'B', 'C');
    const rules = fc.array(
      fc.record({ roles: fc.uniqueArray(role, { minLength: 1 }), quorum: fc.integer({ min: 1, max: 2 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    const voters = fc.array(fc.uniqueArray(role), { maxLength: 6 });
    fc.assert(
      fc.property(rules, voters, (asked, holders) => {
        const votes = holders.map((roles, index) => ({ by: String(index), roles }));
        const assigned = assign(asked, votes).flat();
        assert.equal(new Set(assigned.map(({ by }) => by)).size, assigned.length);
        assert.equal(
          isSatisfied(asked, votes),
          exhaustive(
            asked.flatMap((rule) => Array<string[]>(rule.quorum).fill(rule.roles)),
            holders,
          ),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

/** Whether every seat finds a voter of its own, by trying everything. */
function exhaustive(seats: readonly (readonly string[])[], voters: readonly (readonly string[])[]): boolean {
  const [seat, ...others] = seats;
  if (seat === undefined) return true;
  return voters.some(
    (roles, index) =>
      roles.some((role) => seat.includes(role)) &&
      exhaustive(
        others,
        voters.filter((_, at) => at !== index),
      ),
  );
}

describe('separation of duties', () => {
  it('bars who started the phase', () => {
    const one = talk({ approvers: twoLeads.map((rule) => ({ ...rule, quorum: 1 })) }, { distinct: ['starter'] });
    const verdict = approve(one, 'ann');
    assert.equal(verdict.code, 'DENIED');
    assert.match(verdict.reason, /ann started the phase/);
    assert.equal(approve(one, 'ben').state, 'cleared');
  });

  it('bars who completed the work that the gate guards', () => {
    const one = talk({}, { distinct: ['completers'] });
    one.apply({
      type: 'task',
      task: '4.1/a1',
      state: 'waiting',
      desk: { task: '4.1/a1', title: '', waits: 'complete', agents: ['Build Agent'], since: 0 },
    });
    assert.equal(one.say('complete', { task: '4.1/a1', by: 'ben' }).code, 'ACCEPTED');
    assert.match(approve(one, 'ben').reason, /completed or skipped 4\.1\/a1/);
    assert.equal(approve(one, 'cat').state, 'cleared');
  });

  it('bars who decided another gate', () => {
    const one = talk({ approvers: [{ roles: ['Lead'], quorum: 1 }] }, { distinctFrom: ['4.1/exit'] }, '4.1/quality');
    one.open('4.1/exit');
    approve(one, 'ann');
    assert.match(approve(one, 'ann', '4.1/quality').reason, /ann decided 4\.1\/exit/);
    assert.equal(approve(one, 'ben', '4.1/quality').state, 'cleared');
  });

  it('counts no vote of who decides the other gate meanwhile', () => {
    const one = talk({ approvers: twoLeads }, { distinctFrom: ['4.1/exit'] }, '4.1/quality');
    approve(one, 'ann', '4.1/quality');
    one.open('4.1/exit');
    approve(one, 'ann');
    approve(one, 'ben', '4.1/quality');
    assert.equal(one.stateOf('4.1/quality'), 'open');
  });

  it('bars a waiver as well', () => {
    const one = talk({}, { distinct: ['completers'] });
    one.say('skip', { task: '4.1/a1', by: 'ops', reason: 'exists' });
    assert.match(
      one.say('waive', { gate: '4.1/exit', by: 'ops', criterion: 1, reason: 'x' }).reason,
      /ops completed or skipped 4\.1\/a1/,
    );
  });
});

describe('override', () => {
  const policy = { override: { role: 'Ops', review: 'Lead' } };

  it('clears the gate with a reason, and adds its review to the next gate', () => {
    const one = talk({ approvers: twoLeads }, policy);
    assert.equal(one.say('override', { gate: '4.1/exit', by: 'ann', reason: 'x' }).code, 'DENIED');
    assert.equal(one.say('override', { gate: '4.1/exit', by: 'ops' }).code, 'MALFORMED');
    assert.equal(one.say('override', { gate: '4.1/exit', by: 'ops', reason: 'outage' }).state, 'cleared');
    one.open('4.1/quality');
    assert.match(approve(one, 'ann', '4.1/quality').reason, /criteria 1, 2/);
    assert.equal(one.stateOf('4.1/quality'), 'cleared');
  });

  it('is not reviewed by who sent it, nor waived', () => {
    const one = talk({ approvers: twoLeads }, { override: { role: 'Lead', review: 'Lead' } });
    one.say('override', { gate: '4.1/exit', by: 'ben', reason: 'outage' });
    one.open('4.1/quality');
    assert.match(
      one.say('approve', { gate: '4.1/quality', by: 'ben', criterion: 2 }).reason,
      /ben overrode 4\.1\/exit, which is reviewed here/,
    );
    assert.equal(one.say('waive', { gate: '4.1/quality', by: 'ops', criterion: 2, reason: 'x' }).code, 'REFUSED');
    assert.equal(approve(one, 'ann', '4.1/quality').state, 'cleared');
  });

  it('does not clear what is held', () => {
    const one = talk({ approvers: twoLeads }, policy);
    one.say('hold', { on: 'phase', by: 'ops', reason: 'audit' });
    const verdict = one.say('override', { gate: '4.1/exit', by: 'ops', reason: 'outage' });
    assert.equal(verdict.code, 'REFUSED');
    assert.match(verdict.reason, /held by ops: audit/);
  });

  it('is refused where the policy names no role for it', () => {
    assert.equal(talk({}).say('override', { gate: '4.1/exit', by: 'ops', reason: 'x' }).code, 'REFUSED');
  });
});
