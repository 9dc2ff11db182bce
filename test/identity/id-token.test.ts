import assert from 'node:assert/strict';
import { calculateJwkThumbprint, SignJWT } from 'jose';
import { type DecisionClaims, decisionNonce } from '../../src/identity/claims.ts';
import type { VerifyingKey } from '../../src/identity/registry.ts';
import {
  verifyDecision,
  verifyIdTokenWithKey,
  type Expected,
  type Refused,
  type Verified,
} from '../../src/identity/verify.ts';
import { claims, compact, expected, made, now, refused } from './fixture.ts';
import { Provider } from './provider.ts';

describe('a decision with an ID token', () => {
  let provider: Provider;

  beforeEach(async () => {
    provider = await Provider.start();
  });
  afterEach(() => provider.stop());

  const verify = (
    idToken: string,
    decision: DecisionClaims,
    more: Partial<Expected> = {},
  ): Promise<Verified | Refused> =>
    verifyDecision({ idToken, decision }, { ...expected, oidc: provider.oidc, ...more });

  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    it(`counts when the provider has signed it with ${alg}, and its key is kept`, async () => {
      const said = claims();
      const idToken = await provider.idToken(said, {}, { alg });
      const answer = await verify(idToken, said);
      assert.ok(answer.ok);
      const {
        use: _,
        alg: __,
        ...jwk
      } = JSON.parse(JSON.stringify(provider.publicJwk(alg))) as VerifyingKey & {
        use: string;
        alg: string;
      };
      const thumbprint = await calculateJwkThumbprint(jwk);
      assert.deepEqual(answer, { ok: true, claims: said, by: 'dana', method: 'oidc', key: jwk, thumbprint });

      const bound = { oidc: provider.oidc, subject: 'dana@idp' };
      const token = { idToken, decision: said };
      assert.deepEqual(await verifyIdTokenWithKey(token, answer.key, bound), { ok: true, claims: said });
      assert.deepEqual(await verifyIdTokenWithKey(token, answer.key, bound, now), { ok: true, claims: said });
    });
  }

  it('asks the provider once for many', async () => {
    for (let count = 0; count < 3; count += 1) {
      const said = claims();
      assert.ok((await verify(await provider.idToken(said), said)).ok);
    }
    assert.deepEqual(provider.asked, ['/.well-known/openid-configuration', '/jwks']);
  });

  it('takes the keys from where it is told', async () => {
    const said = claims();
    provider.serves['/elsewhere'] = provider.serves['/jwks'];
    const oidc = { ...provider.oidc, jwks: `${provider.oidc.issuer}/elsewhere` };
    assert.ok((await verify(await provider.idToken(said), said, { oidc })).ok);
    assert.deepEqual(provider.asked, ['/elsewhere']);
  });

  it('goes by the claim that the playbook names', async () => {
    const oidc = { ...provider.oidc, claim: 'email' };
    const people = { dana: { keys: [], subject: 'dana@example.com' } };
    const said = claims();
    const email = 'dana@example.com';
    const answers = [
      await verify(await provider.idToken(said, { sub: '7', email, email_verified: true }), said, { oidc, people }),
      await verify(await provider.idToken(said, { sub: '7', email, email_verified: 'true' }), said, { oidc, people }),
      await verify(await provider.idToken(said, { sub: '7', email, email_verified: false }), said, { oidc, people }),
      await verify(await provider.idToken(said, { sub: '7', email }), said, { oidc, people }),
      await verify(await provider.idToken(said, { sub: email }), said, { oidc, people }),
    ];
    const unverified = 'the provider has not verified the e-mail address in the ID token';
    assert.deepEqual(
      answers.map((answer) => (answer.ok ? 'counts' : answer.reason)),
      ['counts', 'counts', unverified, unverified, 'the ID token is for a person whom the decision does not name'],
    );
  });

  it('may be for several applications when it was issued to this one', async () => {
    const said = claims();
    const aud = ['client-1', 'client-2'];
    assert.ok((await verify(await provider.idToken(said, { aud, azp: 'client-1' }), said)).ok);
    assert.deepEqual(
      await verify(await provider.idToken(said, { aud, azp: 'client-2' }), said),
      refused('the ID token is for another application'),
    );
  });

  describe('does not count', () => {
    const elsewhere = 'the ID token is for another application';
    const unverifiable = "the ID token cannot be verified with its provider's keys";
    const asked = 'the ID token was not asked for this decision';
    const somebodyElse = 'the ID token is for a person whom the decision does not name';

    const tokens: readonly (readonly [string, (said: DecisionClaims) => Promise<string> | string, string])[] = [
      [
        'of another provider',
        (said) => provider.idToken(said, { iss: 'https://x' }),
        'the ID token is of another provider',
      ],
      ['for another application', (said) => provider.idToken(said, { aud: 'client-2' }), elsewhere],
      ['for no application', (said) => provider.idToken(said, { aud: undefined }), elsewhere],
      ['that has expired', (said) => provider.idToken(said, { exp: made - 60 }), 'the ID token has expired'],
      [
        'without an end',
        (said) => provider.idToken(said, { exp: undefined }),
        'the ID token does not say when it expires',
      ],
      ['of tomorrow', (said) => provider.idToken(said, { nbf: made + 86_400 }), 'the ID token does not count yet'],
      ['for another decision', (said) => provider.idToken({ ...said, verdict: 'waive' }), asked],
      ['for any decision', (said) => provider.idToken(said, { nonce: undefined }), asked],
      ['of somebody else', (said) => provider.idToken(said, { sub: 'lena@idp' }), somebodyElse],
      ['of nobody', (said) => provider.idToken(said, { sub: undefined }), somebodyElse],
      ['of a list of persons', (said) => provider.idToken(said, { sub: ['dana@idp'] }), somebodyElse],
      ['signed with a key that the provider lacks', (said) => provider.idToken(said, {}, { kid: 'x' }), unverifiable],
      [
        'signed with another key of the provider’s than it says',
        (said) => provider.idToken(said, {}, { alg: 'EdDSA', kid: provider.keys['RS256']!.kid }),
        unverifiable,
      ],
      [
        'that is not signed',
        (said) => compact({ alg: 'none' }, { nonce: decisionNonce(said) }),
        'the ID token is not signed with RS256, ES256 or EdDSA',
      ],
      [
        'signed with the public key as a secret',
        (said) =>
          new SignJWT({ nonce: decisionNonce(said) })
            .setProtectedHeader({ alg: 'HS256', kid: provider.keys['RS256']!.kid })
            .sign(Buffer.from(JSON.stringify(provider.publicJwk('RS256')))),
        'the ID token is not signed with RS256, ES256 or EdDSA',
      ],
      ['that is none', () => 'a.b.c', unverifiable],
      ['that is too long', () => 'x'.repeat(16_001), 'the token has more than 16000 characters'],
    ];
    for (const [what, make, reason] of tokens) {
      it(`with an ID token ${what}`, async () => {
        const said = claims();
        assert.deepEqual(await verify(await make(said), said), refused(reason));
      });
    }

    it('with a forged signature', async () => {
      const said = claims();
      const other = await Provider.start();
      try {
        const { issuer: iss } = provider.oidc;
        const forged = await other.idToken(said, { iss });
        assert.deepEqual(await verify(forged, said), refused('its signature does not match what it says'));
      } finally {
        await other.stop();
      }
    });

    const decisions: readonly (readonly [string, object, string])[] = [
      ['for another phase', { phase: 'phase-5' }, 'the decision is for another phase'],
      ['for another run', { run: 'run-0' }, 'the decision is for another run of this phase'],
      ['for another audience', { aud: 'other' }, 'the decision is not addressed to phasegate'],
      ['that has expired', { iat: made - 600, exp: made - 300 }, 'the decision has expired'],
      ['of tomorrow', { iat: made + 60 }, 'the decision says that it was made in the future'],
      ['for longer than 24 hours', { exp: made + 86_401 }, 'the decision counts for longer than 24 hours'],
      ['with a claim of its own', { admin: true }, 'the decision has claims that no decision has, or is none'],
    ];
    for (const [what, more, reason] of decisions) {
      it(`${what}, though the ID token does`, async () => {
        const said = { ...claims(), ...more } as DecisionClaims;
        assert.deepEqual(await verify(await provider.idToken(said), said), refused(reason));
      });
    }

    it('of a person without a subject, and asks nobody', async () => {
      const said = claims({ sub: 'lena' });
      const reason = 'the person that the decision names has no subject at the provider';
      assert.deepEqual(await verify(await provider.idToken(said), said), refused(reason, 'lena'));
      assert.deepEqual(provider.asked, []);
    });

    const hopeless: readonly (readonly [string, (said: DecisionClaims) => Promise<string>, Partial<DecisionClaims>])[] =
      [
        ['is for another phase', (said) => provider.idToken(said), { phase: 'phase-5' }],
        ['is for another run', (said) => provider.idToken(said), { run: 'run-0' }],
        ['has expired', (said) => provider.idToken(said), { iat: made - 600, exp: made - 300 }],
        ['comes with the ID token of another provider', (said) => provider.idToken(said, { iss: 'https://x' }), {}],
        ['comes with an ID token for another application', (said) => provider.idToken(said, { aud: 'client-2' }), {}],
        ['comes with an ID token that has expired', (said) => provider.idToken(said, { exp: made - 60 }), {}],
        ['comes with an ID token for another decision', (said) => provider.idToken({ ...said, round: 2 }), {}],
        ['comes with the ID token of somebody else', (said) => provider.idToken(said, { sub: 'lena@idp' }), {}],
      ];
    for (const [what, make, more] of hopeless) {
      it(`where it ${what}, and nobody is asked for keys`, async () => {
        const said = claims(more);
        assert.equal((await verify(await make(said), said)).ok, false);
        assert.deepEqual(provider.asked, []);
      });
    }

    it('without a provider in the playbook', async () => {
      const said = claims();
      assert.deepEqual(
        await verifyDecision({ idToken: await provider.idToken(said), decision: said }, expected),
        refused('the playbook names no provider whose ID tokens count'),
      );
    });

    it('later with another key, person or decision', async () => {
      const said = claims();
      const idToken = await provider.idToken(said);
      const key = provider.publicJwk('RS256') as VerifyingKey;
      provider.rotate('2');
      const bound = { oidc: provider.oidc, subject: 'dana@idp' };
      const again = { idToken, decision: said };
      assert.ok((await verifyIdTokenWithKey(again, key, bound)).ok);
      const reasons = [
        await verifyIdTokenWithKey(again, provider.publicJwk('RS256') as VerifyingKey, bound),
        await verifyIdTokenWithKey(again, key, { ...bound, subject: 'lena@idp' }),
        await verifyIdTokenWithKey({ idToken, decision: { ...said, round: 2 } }, key, bound),
        await verifyIdTokenWithKey(again, key, bound, now + 400_000),
        await verifyIdTokenWithKey({ idToken, decision: null }, key, bound),
      ].map((answer) => (answer.ok ? 'holds' : answer.reason));
      assert.deepEqual(reasons, [
        'its signature does not match what it says',
        somebodyElse,
        asked,
        'the ID token has expired',
        'the decision has claims that no decision has, or is none',
      ]);
    });
  });
});
