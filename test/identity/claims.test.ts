import assert from 'node:assert/strict';
import { decisionClaims, decisionNonce } from '../../src/identity/claims.ts';
import { claims } from './fixture.ts';

describe('the claims of a decision', () => {
  it('may say all that a decision can', () => {
    const full = claims({
      verdict: 'reject',
      criterion: 2,
      reason: 'Too slow',
      rework: ['4.1/b1'],
      note: 'x'.repeat(2000),
      evidence: { where: 's3://bucket/report', sha256: 'a'.repeat(64) },
    });
    assert.deepEqual(decisionClaims.parse(full), full);
    assert.ok(decisionClaims.safeParse(claims({ criterion: 'Networking', evidence: 'ticket 7' })).success);
  });

  const wrong: { readonly [what: string]: object } = {
    'another audience': { aud: 'other' },
    'several audiences': { aud: ['phasegate'] },
    'an empty person': { sub: '' },
    'a long name': { gate: 'g'.repeat(201) },
    'a long text': { note: 'n'.repeat(2001) },
    'a negative round': { round: -1 },
    'half a round': { round: 1.5 },
    'a subject that is no digest': { subject: 'A'.repeat(64) },
    'too much to do again': { rework: Array.from({ length: 201 }, () => '4.1/b1') },
    'a key of its own': { admin: true },
    'evidence with a key of its own': { evidence: { where: 'here', admin: true } },
  };
  for (const [what, more] of Object.entries(wrong)) {
    it(`are refused with ${what}`, () => {
      assert.equal(decisionClaims.safeParse({ ...claims(), ...more }).success, false);
    });
  }

  it('have a nonce that does not depend on the order of their keys, but on every value', () => {
    const some = claims();
    const turned = Object.fromEntries(Object.entries(some).reverse()) as typeof some;
    assert.equal(decisionNonce(turned), decisionNonce(some));
    assert.match(decisionNonce(some), /^[\w-]{43}$/);
    assert.notEqual(decisionNonce({ ...some, round: 2 }), decisionNonce(some));
  });
});
