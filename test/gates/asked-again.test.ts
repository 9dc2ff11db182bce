import assert from 'node:assert/strict';
import { initialState, reduce } from '../../src/activities/slices.ts';
import type { GatesState } from '../../src/gates/model.ts';
import { whoMayClear } from '../../src/gates/rules/criteria.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import type { Plan } from '../../src/plan/model.ts';
import { bound, criterionOf } from '../plan/bind-fixture.ts';

const people = `people:
  dana: { roles: [Stakeholder] }
  ines: { roles: [Builder], agents: [Infra Agent, Server Agent, Trial Agent] }
  lee: { roles: [Delivery Lead] }
operators: [Delivery Lead]
`;

/** 9.1/entry/1 is the same as entry/1; 9.1/entry/2 is its own. */
const asking = (rule: string, policy = '') => bound(`${people}${policy}gates: { entry: { 1: ${rule} } }\n`);

/** A phase whose entry gate dana has cleared, in the second round of 9.1/entry. */
function inSecondRound(plan: Plan): Talk {
  const talk = new Talk(plan);
  talk.say('open', 'entry');
  talk.say('approve', 'entry', 'dana');
  talk.say('open', '9.1/entry');
  talk.say('reject', '9.1/entry', 'lee');
  talk.say('open', '9.1/entry');
  return talk;
}

class Talk {
  state: GatesState;
  private at = 1000;

  constructor(plan: Plan) {
    this.state = initialState({
      gates: gatesOf(plan),
      tasks: {},
      ...(plan.people === undefined ? {} : { people: plan.people }),
      ...(plan.operators === undefined ? {} : { operators: plan.operators }),
    });
  }

  say(name: 'open' | 'approve' | 'reject', gate: string, by = '', criterion?: number): string | undefined {
    this.at += 1;
    const body = { gate, by, ...(criterion === undefined ? {} : { criterion }), reason: 'not yet' };
    const event = name === 'open' ? ({ type: 'open', gate } as const) : ({ type: 'message', name, body } as const);
    const { state, verdict } = reduce(this.state, event, this.at);
    this.state = state;
    return verdict === undefined ? undefined : `${verdict.code} ${verdict.reason}`;
  }

  who(id: string): readonly string[] {
    const { gate } = this.state.gates['9.1/entry'] ?? {};
    const criterion = gate?.criteria.find((one) => one.id === id);
    assert.ok(gate !== undefined && criterion !== undefined);
    return whoMayClear(this.state, gate, criterion).people;
  }
}

describe('a criterion that was the same as that of an earlier gate', () => {
  it('is for the same approvers in every later round', () => {
    const talk = inSecondRound(asking('{ approve: Stakeholder }'));
    assert.match(talk.say('approve', '9.1/entry', 'ines', 1) ?? '', /^DENIED criterion 1 is for Stakeholder/);
    assert.deepEqual(talk.who('9.1/entry/1'), ['dana']);
    assert.match(talk.say('approve', '9.1/entry', 'dana', 1) ?? '', /^ACCEPTED/);
  });

  it('is for whoever holds a role where the earlier gate asked anybody', () => {
    const talk = inSecondRound(bound(people));
    assert.deepEqual(talk.who('9.1/entry/1'), ['dana', 'ines', 'lee']);
  });

  it('is met by the same checks, under names of its own, where those decided', () => {
    const plan = asking(
      '{ check: { command: [make] }, approve: [Stakeholder, Delivery Lead], ordered: true, every: 10m }',
    );
    const {
      id: _id,
      number: _number,
      text: _text,
      source: _source,
      sameAs,
      line: _line,
      ...means
    } = criterionOf(plan, '9.1/entry/1');
    const source = criterionOf(plan, 'entry/1');
    assert.equal(sameAs, 'entry/1');
    assert.deepEqual(means, {
      checks: source.checks.map((check) => ({ ...check, id: '9.1/entry/1/command' })),
      approval: 'and',
      approvers: source.approvers,
      ordered: true,
    });
  });

  it('is for the same approvers where another policy has it asked again at once', () => {
    const plan = asking(
      '{ approve: Stakeholder }',
      "milestones: { '9.1': { entry: { policy: { distinct: [completers] } } } }\n",
    );
    const { sameAs, approvers } = criterionOf(plan, '9.1/entry/1');
    assert.deepEqual([sameAs, approvers], [undefined, [{ roles: ['Stakeholder'], quorum: 1 }]]);
  });
});
