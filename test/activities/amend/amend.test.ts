import assert from 'node:assert/strict';
import { amendmentsOf, initialState, reduce } from '../../../src/activities/slices.ts';
import { kinds } from '../../../src/activities/registry.ts';
import type { GatesEvent } from '../../../src/gates/events.ts';
import type { Verdict } from '../../../src/gates/ledger.ts';
import type { GatesState } from '../../../src/gates/model.ts';
import { unmet } from '../../../src/gates/rules/criteria.ts';
import { summariesOf } from '../../../src/gates/summaries.ts';
import { AMENDMENT, amendmentGate } from '../../../src/plan/amendments.ts';
import { changeInWords, planChanges } from '../../../src/plan/changes.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import type { Plan } from '../../../src/plan/model.ts';
import { gatesOf } from '../../../src/plan/walk.ts';
import { smallPlan } from '../../support/plans.ts';

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };
const check = { title: 'Check', agent: 'Check Agent', letter: 'b' };
const document = smallPlan({
  milestones: [
    { number: '9.1', title: 'One', lanes: [build] },
    { number: '9.2', title: 'Two', lanes: [check] },
  ],
});
const people = `people:
  dana: { roles: [Stakeholder] }
  omar: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead] }
  nora: { roles: [Delivery Lead] }
operators: [Delivery Lead]
`;

function planOf(playbook: string, text = document): Plan {
  const source = { file: 'playbook.yaml', text: playbook, phase: 'small', templates: {}, kinds };
  const { plan, problems } = compilePlan({ file: 'plan.md', text }, source);
  if (plan !== undefined) return plan;
  throw new Error(problems.map(({ message }) => message).join('\n'));
}

/** A phase by its reducer, and what the workflow would do with an amendment. */
class Phase {
  state: GatesState;
  plan: Plan;
  at = 1000;

  constructor(playbook = people) {
    this.plan = planOf(playbook);
    const { people: listed, operators } = this.plan;
    this.state = initialState({
      gates: gatesOf(this.plan),
      tasks: summariesOf(this.plan),
      starter: 'dana',
      plan: this.plan,
      ...(listed === undefined ? {} : { people: listed }),
      ...(operators === undefined ? {} : { operators }),
    });
  }

  apply(event: GatesEvent): Verdict | undefined {
    this.at += 1;
    const { state, verdict } = reduce(this.state, event, this.at);
    this.state = state;
    return verdict;
  }

  say(name: string, body: object): Verdict {
    const verdict = this.apply({ type: 'message', name, body });
    assert.ok(verdict);
    return verdict;
  }

  amend(by = 'lee'): Verdict {
    return this.say('amend', { by, reason: 'learned' });
  }

  /** As the workflow does once it has compiled. */
  ask(plan: Plan): void {
    const { number = 0 } = amendmentsOf(this.state).under ?? {};
    this.apply({
      type: 'amendmentAsked',
      number,
      gate: amendmentGate(this.plan),
      changes: planChanges(this.plan, plan).map(changeInWords),
      basedOn: { before: 'a', compiled: 'b' },
    });
    this.apply({ type: 'open', gate: AMENDMENT, nonce: String(this.at) });
  }

  make(plan: Plan): void {
    const { number = 0 } = amendmentsOf(this.state).under ?? {};
    const changes = planChanges(this.plan, plan);
    this.apply({ type: 'amended', number, plan, changes, reason: 'made', basedOn: { before: 'a', compiled: 'b' } });
    this.plan = plan;
  }
}

const reworded = planOf(people, document.replace('- Work of 9.1 done', '- Work of 9.1 shown\n- Budget kept'));

describe('amending, by its messages', () => {
  it('is for operators, one at a time, until the completion gate has cleared', () => {
    const phase = new Phase();
    assert.equal(phase.amend('dana').code, 'DENIED');
    assert.equal(phase.amend('nobody').code, 'UNKNOWN');
    assert.equal(phase.say('amend', { by: 'lee' }).code, 'MALFORMED');
    assert.equal(phase.amend().code, 'ACCEPTED');
    const second = phase.amend('nora');
    assert.equal(second.code, 'REFUSED');
    assert.match(second.reason, /amendment 1 by lee is being decided on \(learned\); reject the gate amendment/);
    phase.apply({ type: 'amendmentRefused', number: 1, reason: 'nothing has changed' });
    assert.equal(phase.amend('nora').code, 'ACCEPTED');
    phase.apply({ type: 'open', gate: 'completion' });
    phase.say('approve', { gate: 'completion', by: 'dana' });
    assert.equal(amendmentsOf(phase.state).under, undefined, 'nothing is left to amend');
    assert.equal(phase.amend().code, 'LATE');
  });

  it('asks operators where the playbook names nobody, and whom it names where it does', () => {
    const phase = new Phase();
    phase.amend();
    phase.ask(reworded);
    assert.equal(phase.say('approve', { gate: AMENDMENT, by: 'dana' }).code, 'DENIED');
    assert.equal(phase.say('approve', { gate: AMENDMENT, by: 'lee' }).state, 'cleared');
    const named = new Phase(`${people}amendments: { approve: { role: Stakeholder, quorum: 2 } }\n`);
    named.amend();
    named.ask(reworded);
    assert.equal(named.say('approve', { gate: AMENDMENT, by: 'lee' }).code, 'DENIED');
    assert.equal(named.say('approve', { gate: AMENDMENT, by: 'dana' }).state, 'open');
    assert.equal(named.say('approve', { gate: AMENDMENT, by: 'omar' }).state, 'cleared');
  });

  it('is not approved by who sent it where the policy wants four eyes', () => {
    const phase = new Phase(`${people}amendments: { approve: Delivery Lead, policy: { distinct: [sender] } }\n`);
    phase.amend();
    phase.ask(reworded);
    const mine = phase.say('approve', { gate: AMENDMENT, by: 'lee' });
    assert.equal(mine.code, 'DENIED');
    assert.match(mine.reason, /lee sent this amendment/);
    assert.equal(phase.say('approve', { gate: AMENDMENT, by: 'nora' }).state, 'cleared');
  });

  it('is not waived, overridden or approved beforehand', () => {
    const phase = new Phase(
      `${people}policy: { early: keep, override: { role: Delivery Lead, review: Stakeholder } }\namendments: { approve: Stakeholder }\n`,
    );
    assert.equal(phase.say('approve', { gate: AMENDMENT, by: 'dana' }).code, 'UNKNOWN');
    phase.amend();
    phase.ask(reworded);
    assert.equal(phase.say('waive', { gate: AMENDMENT, criterion: 1, by: 'lee', reason: 'quick' }).code, 'REFUSED');
    assert.equal(phase.say('override', { gate: AMENDMENT, by: 'lee', reason: 'quick' }).code, 'REFUSED');
    phase.make(reworded);
    assert.equal(phase.say('approve', { gate: AMENDMENT, by: 'dana', round: 1 }).code, 'ACCEPTED');
    phase.amend();
    phase.apply({ type: 'amendmentRefused', number: 2, reason: 'no' });
    assert.equal(phase.say('approve', { gate: AMENDMENT, by: 'dana' }).code, 'EARLY');
  });

  it('takes signed decisions alone where any gate does', () => {
    const { policy } = amendmentGate({
      ...reworded,
      gates: { ...reworded.gates, entry: { ...reworded.gates.entry, policy: { trust: 'signed' } } },
    });
    assert.equal(policy?.trust, 'signed');
    assert.equal(amendmentGate(reworded).policy?.trust, undefined);
  });

  it('is decided while the phase is held, unless the gate of amendments is', () => {
    const phase = new Phase();
    phase.say('hold', { on: 'phase', by: 'lee', reason: 'replanning' });
    phase.amend();
    phase.ask(reworded);
    phase.say('hold', { on: AMENDMENT, by: 'nora', reason: 'wait' });
    assert.equal(phase.say('approve', { gate: AMENDMENT, by: 'lee' }).state, 'open');
    phase.say('release', { on: AMENDMENT, by: 'nora' });
    assert.equal(phase.state.gates[AMENDMENT]?.state, 'cleared');
  });
});

describe('an amended plan', () => {
  it('asks an open gate anew: its round is closed, and what was said in it does not count', () => {
    const phase = new Phase();
    phase.apply({ type: 'open', gate: '9.1/exit', nonce: 'first' });
    phase.amend();
    phase.ask(reworded);
    phase.say('approve', { gate: AMENDMENT, by: 'lee' });
    phase.make(reworded);
    const { state, round, rejection } = phase.state.gates['9.1/exit'] ?? {};
    assert.deepEqual([state, round, rejection?.by], ['rejected', 1, 'phase']);
    assert.equal(phase.say('approve', { gate: '9.1/exit', by: 'dana' }).code, 'LATE');
    phase.apply({ type: 'open', gate: '9.1/exit', nonce: 'second' });
    assert.deepEqual(
      unmet(phase.state, '9.1/exit').map(({ text }) => text),
      ['Work of 9.1 shown', 'Budget kept'],
    );
    assert.equal(phase.say('approve', { gate: '9.1/exit', by: 'dana', nonce: 'first' }).code, 'STALE');
    assert.equal(phase.say('approve', { gate: '9.1/exit', by: 'dana', nonce: 'second' }).state, 'cleared');
  });

  it('leaves an open gate alone that asks what it asked', () => {
    const phase = new Phase();
    phase.apply({ type: 'open', gate: '9.1/entry', nonce: 'first' });
    phase.amend();
    phase.make(reworded);
    assert.equal(phase.say('approve', { gate: '9.1/entry', by: 'dana', nonce: 'first' }).state, 'cleared');
  });

  it('keeps the review of an override, after what the gate asks now', () => {
    const phase = new Phase(`${people}policy: { override: { role: Delivery Lead, review: Stakeholder } }\n`);
    phase.apply({ type: 'open', gate: '9.1/entry' });
    phase.say('override', { gate: '9.1/entry', by: 'lee', reason: 'late' });
    phase.amend();
    phase.make(
      planOf(
        `${people}policy: { override: { role: Delivery Lead, review: Stakeholder } }\n`,
        document.replace('- Work of 9.1 done', '- Work of 9.1 shown\n- Budget kept'),
      ),
    );
    const { criteria = [] } = phase.state.gates['9.1/exit']?.gate ?? {};
    assert.deepEqual(
      criteria.map(({ id, reviews }) => [id, reviews?.by]),
      [
        ['9.1/exit/1', undefined],
        ['9.1/exit/2', undefined],
        ['9.1/exit/3', 'lee'],
      ],
    );
  });

  it('has the tasks of the new plan, each as it stood, and drops holds on what is gone', () => {
    const phase = new Phase();
    phase.apply({
      type: 'task',
      task: '9.1/a1',
      state: 'blocked',
      desk: { task: '9.1/a1', title: '', waits: 'blocked', agents: [], since: 1 },
    });
    phase.say('hold', { on: '9.2/b2', by: 'lee', reason: 'later' });
    phase.say('hold', { on: '9.1/a2', by: 'lee', reason: 'later' });
    phase.amend();
    const other = { ...check, letter: 'c' };
    phase.make(
      planOf(
        people,
        smallPlan({
          milestones: [
            { number: '9.1', title: 'One', lanes: [build] },
            { number: '9.2', title: 'Two', lanes: [other] },
          ],
        }),
      ),
    );
    const { tasks, desk, slices } = phase.state;
    assert.deepEqual(
      Object.entries(tasks).map(([ref, { state }]) => [ref, state]),
      [
        ['9.1/a1', 'blocked'],
        ['9.1/a2', 'pending'],
        ['9.2/c1', 'pending'],
        ['9.2/c2', 'pending'],
      ],
    );
    assert.deepEqual([Object.keys(desk), Object.keys(slices['holds'] as object)], [['9.1/a1'], ['9.1/a2']]);
  });

  it('is told in the ledger with both digests, and who sent and approved it', () => {
    const phase = new Phase();
    phase.amend();
    phase.ask(reworded);
    phase.say('approve', { gate: AMENDMENT, by: 'nora' });
    phase.make(reworded);
    const entry = phase.state.ledger.recent.at(-1);
    assert.deepEqual([entry?.what, entry?.by, entry?.basedOn], ['amended', 'lee', { before: 'a', compiled: 'b' }]);
    const [made] = amendmentsOf(phase.state).made;
    assert.deepEqual([made?.by, made?.approvedBy], ['lee', ['nora']]);
    assert.equal(amendmentsOf(phase.state).under, undefined);
  });
});
