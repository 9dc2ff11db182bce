import assert from 'node:assert/strict';
import { signDecision } from '../../src/identity/decision.ts';
import { verifyWithKey } from '../../src/identity/verify.ts';
import { claims, dana, forge, lena, made, now, testKey } from './fixture.ts';

describe('a signed decision, later', () => {
  it('is verified with its key alone, though it has expired', async () => {
    for (const person of [dana, lena]) {
      const said = claims();
      const jws = await signDecision(said, person.key);
      assert.deepEqual(await verifyWithKey(jws, person.jwk), { ok: true, claims: said });
      assert.deepEqual(await verifyWithKey(jws, person.jwk, now), { ok: true, claims: said });
      assert.deepEqual(await verifyWithKey(jws, person.jwk, now + 1e6), {
        ok: false,
        reason: 'the decision has expired',
      });
    }
  });

  it('does not hold with another key, type, audience or shape', async () => {
    const reasons = [
      await verifyWithKey(await signDecision(claims(), dana.key), testKey().jwk),
      await verifyWithKey(await signDecision(claims(), dana.key), lena.jwk),
      await verifyWithKey(await signDecision(claims(), dana.key), { kty: 'RSA', n: 'AQAB', e: 'AQAB' }),
      await verifyWithKey(await forge(claims(), dana, { typ: 'JWT' }), dana.jwk),
      await verifyWithKey(await forge({ ...claims(), aud: 'other' }, dana), dana.jwk),
      await verifyWithKey(await forge({ ...claims(), admin: true }, dana), dana.jwk),
      await verifyWithKey(await forge({ ...claims(), exp: made + 1e6 }, dana), dana.jwk),
      await verifyWithKey('x'.repeat(16_001), dana.jwk),
      await verifyWithKey(7 as unknown as string, null as unknown as typeof dana.jwk),
      await verifyWithKey(await signDecision(claims(), dana.key), null as unknown as typeof dana.jwk),
    ].map((answer) => (answer.ok ? 'holds' : answer.reason));
    assert.deepEqual(reasons, [
      'its signature does not match what it says',
      'the decision is not signed with the algorithm of its key',
      'the decision is not signed with EdDSA or ES256',
      'the token was signed as something else than a decision',
      'the decision is not addressed to phasegate',
      'the decision has claims that no decision has, or is none',
      'the decision counts for longer than 24 hours',
      'the token has more than 16000 characters',
      'the token is neither a signed decision nor an ID token with its decision',
      'the token cannot be read',
    ]);
  });
});
