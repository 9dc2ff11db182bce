import assert from 'node:assert/strict';
import type { Proof } from '../../src/gates/events.ts';
import type { Verdict } from '../../src/gates/ledger.ts';
import { criterion, Talk } from './fixture.ts';

const people = {
  dana: { roles: ['Stakeholder'], agents: [] },
  omar: { roles: ['Security Lead'], agents: ['Build Agent'] },
};
const gates = [
  {
    id: 'entry',
    policy: { trust: 'signed' as const },
    criteria: [
      criterion('entry', 1, { approvers: [{ roles: ['Stakeholder'], quorum: 1 }] }),
      criterion('entry', 2, { approvers: [{ roles: ['Security Lead'], quorum: 1 }] }),
    ],
  },
];

function signed(talk: Talk, by: string, verdict: string, jti: string): Verdict {
  const claims = {
    ...{ aud: 'phasegate' as const, sub: by, phase: 'p', run: 'r', gate: 'entry', round: 1, nonce: 'nonce of entry' },
    ...{ subject: talk.subjectOf('entry'), verdict, iat: 1, exp: 2, jti },
  };
  const proof: Proof = { ok: true, claims, by, thumbprint: 't' };
  const told = talk.apply({ type: 'message', name: verdict, body: { jws: jti }, proof });
  assert.ok(told);
  return told;
}

describe('a signed message', () => {
  it('that is no decision is refused, whoever has signed it', () => {
    const talk = new Talk(false, { people, gates }).open('entry');
    assert.equal(signed(talk, 'dana', 'bless', 'j1').code, 'UNKNOWN');
    assert.equal(signed(talk, 'dana', 'complete', 'j2').code, 'MALFORMED');
  });

  it('counts once in its round, however much is said in between', () => {
    const talk = new Talk(false, { people, gates }).open('entry');
    assert.equal(signed(talk, 'dana', 'approve', 'j1').code, 'ACCEPTED');
    assert.equal(signed(talk, 'dana', 'withdraw', 'j2').code, 'ACCEPTED');
    for (let index = 0; index < 1001; index += 1) {
      talk.say('progress', { task: '4.1/a1', by: 'omar', note: 'x', id: `f${String(index)}` });
    }
    assert.equal(signed(talk, 'dana', 'approve', 'j1').code, 'DUPLICATE');
    signed(talk, 'omar', 'approve', 'j3');
    assert.equal(talk.stateOf('entry'), 'open', 'dana has withdrawn');
  });
});
