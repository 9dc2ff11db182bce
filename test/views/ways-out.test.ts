import assert from 'node:assert/strict';
import { waysOut } from '../../src/views/gates.ts';
import type { GatePolicy } from '../../src/plan/gate-model.ts';
import type { People } from '../../src/plan/model.ts';
import { criterion, Talk } from '../gates/fixture.ts';

const people: People = {
  dana: { roles: ['Stakeholder'], agents: [] },
  nora: { roles: ['Stakeholder'], agents: [] },
  lena: { roles: ['Incident Lead'], agents: [] },
};

/** The entry gate asks two Stakeholders, and not who has started the phase. */
function opened(policy: GatePolicy, starter = 'dana'): Talk {
  const asked = criterion('entry', 1, { approvers: [{ roles: ['Stakeholder'], quorum: 2 }] });
  const gates = [
    { id: 'entry', criteria: [asked], policy: { distinct: ['starter'] as const, ...policy } },
    { id: 'completion', criteria: [criterion('completion', 1)] },
  ];
  const talk = new Talk(false, { people, starter, gates });
  talk.state = { ...talk.state, operators: [] };
  talk.open('entry');
  return talk;
}

function ways({ state }: Talk) {
  const current = state.gates['entry'];
  assert.ok(current);
  return waysOut(state, current, 'phase-4');
}

const override = { role: 'Incident Lead', review: 'Stakeholder' };

describe('a gate that no person is left to approve', () => {
  it('names who may override it, with the command', () => {
    const { stuck, override: way } = ways(opened({ override }));
    assert.equal(stuck, 'no person is left who may approve criterion 1; Incident Lead (lena) may override');
    assert.equal(
      way?.command,
      `temporal workflow signal --workflow-id phase-4 --name override --input '{"gate":"entry","by":"lena","reason":"WHY"}'`,
    );
  });

  it('names the signed form where signatures are asked for', () => {
    const { command } = ways(opened({ override, trust: 'signed' })).override ?? {};
    assert.equal(
      command,
      'npm run approve -- --workflow-id phase-4 --gate entry --by lena --key keys/lena.pem --override --reason WHY',
    );
  });

  it('says that people have to change where no person may override', () => {
    assert.match(ways(opened({})).stuck ?? '', /criterion 1: people in the playbook have to change$/);
  });

  it('is none while enough are left, or more are asked at the deadline', () => {
    assert.equal(ways(opened({ override }, 'lena')).stuck, undefined);
    const escalated = { after: 60, then: 'escalate', to: 'Incident Lead' } as const;
    assert.equal(ways(opened({ deadline: escalated })).stuck, undefined);
  });
});

describe('a held gate', () => {
  it('shows how it is released', () => {
    const talk = opened({ override });
    talk.state = { ...talk.state, operators: ['Stakeholder'] };
    assert.equal(ways(talk).release, undefined);
    talk.state = { ...talk.state, slices: { holds: { phase: { by: 'lena', at: 1, reason: 'audit' } } } };
    assert.match(ways(talk).release ?? '', /--name release --input '\{"on":"phase","by":"YOUR-NAME"\}'$/);
    assert.equal(ways(talk).override, undefined, 'an override does not pass over it');
  });

  it('shows no command where no person is an operator', () => {
    const talk = opened({});
    talk.state = { ...talk.state, slices: { holds: { phase: { by: 'lena', at: 1, reason: 'audit' } } } };
    assert.equal(ways(talk).release, undefined);
  });
});

describe('a gate that its deadline has rejected', () => {
  it('says so where no person is left who may open it again', () => {
    const talk = opened({ deadline: { after: 60, then: 'reject' } });
    talk.pass(60_000);
    assert.equal(talk.stateOf('entry'), 'rejected');
    assert.equal(ways(talk).stuck, 'no person is left who may open it again: people in the playbook have to change');
    talk.state = { ...talk.state, operators: ['Stakeholder'] };
    assert.equal(ways(talk).stuck, undefined);
  });
});
