import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type DecisionClaims, decisionNonce } from '../../src/identity/claims.ts';
import { playbookBase } from '../../src/plan/playbook/schema.ts';
import type { Verified } from '../../src/record/verify.ts';
import { Forger, type Value } from './forger.ts';
import { signed } from '../support/signed.ts';
import { isAccepted as by, isVote, keys, oidc, signedRecord } from './signed-record.ts';
import { verify } from '../support/verify.ts';

describe('a record that was written anew with other keys', function () {
  this.timeout(90_000);
  let text: string;
  let phaseId: string;

  before(async () => {
    ({ text, phaseId } = await signedRecord());
  });

  it('shows beside a playbook from elsewhere, and names the key without one', async () => {
    const claims = ownClaims();
    const jws = (await signed(claims, keys.mallory.pem)).jws;
    const thumbprint = await calculateJwkThumbprint(keys.mallory.jwk);
    const change = (forger: Forger): void => {
      forger.dropMessage((body) => isStale(body));
      forger.drop(forger.entry(({ code, trust }) => code === 'STALE' && trust === 'signed'));
      forger.replace(keys.dana.jwk.x, keys.mallory.jwk.x);
      forger.exchange(forger.entry(isVote), 'approve', { jws }, { id: claims.jti, key: thumbprint });
      forger.proofs((proof) => ({ ...proof, claims, thumbprint, key: keys.mallory.jwk }));
    };
    const alone = await verify(forge(change));
    assert.ok('keys' in alone, JSON.stringify(alone));
    assert.deepEqual(alone.keys, [{ by: 'dana', thumbprint, method: 'key' }]);
    const found = await verify(forge(change), { anchors: { playbook: trusted() } });
    assert.ok('reason' in found, 'nothing was found');
    assert.match(found.reason, /the playbook given does not list the key .* for dana/);
  });

  it('shows, where a provider is said to have vouched, beside the provider’s keys', async () => {
    const claims = ownClaims();
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = await exportJWK(publicKey);
    const thumbprint = await calculateJwkThumbprint(key);
    const idToken = await new SignJWT({ nonce: decisionNonce(claims) })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(oidc.issuer)
      .setAudience(oidc.audience)
      .setSubject('dana-sub')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
    const change = (forger: Forger): void => {
      forger.dropMessage((body) => isStale(body));
      forger.drop(forger.entry(({ code, trust }) => code === 'STALE' && trust === 'signed'));
      const body = { idToken, decision: claims };
      forger.exchange(forger.entry(isVote), 'approve', body, { id: claims.jti, key: thumbprint });
      forger.proofs((proof) => ({ ...proof, claims, thumbprint, key, method: 'oidc' }));
    };
    const alone = await verify(forge(change));
    assert.ok('keys' in alone, JSON.stringify(alone));
    assert.deepEqual(alone.keys, [{ by: 'dana', thumbprint, method: 'oidc' }]);
    const providerKeys = new Set([await calculateJwkThumbprint(keys.mallory.jwk)]);
    const found = await verify(forge(change), { anchors: { providerKeys, playbook: trusted() } });
    assert.ok('reason' in found, 'nothing was found');
    assert.match(found.reason, /the provider's keys given do not hold/);
  });

  it('has another head than the one that was kept', async () => {
    const untouched = (await verify(forge(() => undefined))) as Verified;
    const change = (forger: Forger): void =>
      forger.exchange(
        forger.entry(by('complete', '9.1/a1')),
        'complete',
        { task: '9.1/a1', by: 'dana', note: 'with words of others' },
        { reason: 'completed' },
      );
    assert.ok(
      'head' in (await verify(forge(change))),
      'who recomputes a whole chain of unsigned messages is not found',
    );
    const found = await verify(forge(change), { anchors: { head: untouched.head } });
    assert.deepEqual(found, { where: 'the head given', reason: 'no entry of this ledger has this hash' });
    const held = await verify(
      forge(() => undefined),
      { anchors: { head: untouched.head } },
    );
    assert.ok('anchored' in held && held.anchored === untouched.entries);
  });

  function forge(change: (forger: Forger) => void): ReturnType<Forger['runs']> {
    const forger = new Forger(text);
    change(forger);
    return forger.runs();
  }

  /** Claims of the vote that counted. */
  function ownClaims(): DecisionClaims {
    let found: unknown;
    const forger = new Forger(text);
    forger.proofs((proof) => {
      const claims = proof['claims'] as DecisionClaims;
      if (claims.nonce !== 'another') found = claims;
      return proof;
    });
    return { ...(found as DecisionClaims), phase: phaseId, jti: randomUUID() };
  }
});

function isStale({ jws }: Value): boolean {
  return typeof jws === 'string' && decodeJwt(jws)['nonce'] === 'another';
}

function trusted() {
  return playbookBase.pick({ people: true, oidc: true }).parse({
    people: { dana: { roles: ['Stakeholder'], keys: [keys.dana.jwk], subject: 'dana-sub' } },
    oidc,
  });
}
