import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint, decodeProtectedHeader, SignJWT } from 'jose';
import { signDecision } from '../../src/identity/decision.ts';
import {
  verifyDecision,
  type DecisionToken,
  type Expected,
  type Refused,
  type Verified,
} from '../../src/identity/verify.ts';
import { claims, compact, dana, expected, forge, lena, made, now, refused, testKey } from './fixture.ts';

const verify = (jws: string, more: Partial<Expected> = {}): Promise<Verified | Refused> =>
  verifyDecision({ jws }, { ...expected, ...more });

describe('a signed decision', () => {
  for (const [by, person] of Object.entries({ dana, lena })) {
    it(`counts when ${by} has signed it with a ${person.jwk.crv} key`, async () => {
      const said = claims({ sub: by, criterion: 1, note: 'naïve ✓' });
      const jws = await signDecision(said, person.key);
      const thumbprint = await calculateJwkThumbprint(person.jwk);
      assert.deepEqual(await verify(jws), { ok: true, claims: said, by, method: 'key', key: person.jwk, thumbprint });
      assert.deepEqual(decodeProtectedHeader(jws), {
        alg: by === 'dana' ? 'EdDSA' : 'ES256',
        typ: 'phasegate-decision+jwt',
        kid: thumbprint,
      });
    });
  }

  it('counts with any key of the person', async () => {
    const second = testKey('ES256');
    const people = { dana: { keys: [dana.jwk, second.jwk] } };
    for (const { key } of [dana, second]) {
      assert.ok((await verify(await signDecision(claims(), key), { people })).ok);
    }
  });

  it('counts while clocks differ by less than half a minute', async () => {
    const jws = await signDecision(claims(), dana.key);
    for (const at of [made - 29, made + 600 + 29]) assert.ok((await verify(jws, { now: at * 1000 })).ok, `${at}`);
    for (const at of [made - 31, made + 600 + 31]) assert.ok(!(await verify(jws, { now: at * 1000 })).ok, `${at}`);
  });

  it('counts for 24 hours at most', async () => {
    assert.ok((await verify(await signDecision(claims({ exp: made + 86_400 }), dana.key))).ok);
  });

  describe('does not count', () => {
    const signature = 'its signature does not match what it says';
    const unsigned = 'the decision is not signed with EdDSA or ES256';
    const token = 'the token is no signed decision';
    const header = async (alg: string) => ({
      alg,
      typ: 'phasegate-decision+jwt',
      kid: await calculateJwkThumbprint(dana.jwk),
    });

    const cases: readonly (readonly [string, () => Promise<string>, string, Partial<Expected>?])[] = [
      ['after it has expired', () => signDecision(claims(), dana.key), 'the decision has expired', { now: now + 1e6 }],
      [
        'before it was made',
        () => signDecision(claims({ iat: made + 60 }), dana.key),
        'the decision says that it was made in the future',
      ],
      [
        'for longer than 24 hours',
        () => signDecision(claims({ exp: made + 86_401 }), dana.key),
        'the decision counts for longer than 24 hours',
      ],
      [
        'when it expires before it was made',
        () => signDecision(claims({ iat: made + 20, exp: made + 15 }), dana.key),
        'the decision expires before it was made',
      ],
      [
        'for another audience',
        () => forge({ ...claims(), aud: 'other' }, dana),
        'the decision is not addressed to phasegate',
      ],
      [
        'for several audiences',
        () => forge({ ...claims(), aud: ['phasegate', 'other'] }, dana),
        'the decision is not addressed to phasegate',
      ],
      [
        'for another phase',
        () => signDecision(claims({ phase: 'phase-5' }), dana.key),
        'the decision is for another phase',
      ],
      [
        'for another run',
        () => signDecision(claims({ run: 'run-0' }), dana.key),
        'the decision is for another run of this phase',
      ],
      [
        'as a token of another type',
        () => forge(claims(), dana, { typ: 'JWT' }),
        'the token was signed as something else than a decision',
      ],
      [
        'as a token without a type',
        () => forge(claims(), dana, { typ: undefined }),
        'the token was signed as something else than a decision',
      ],
      [
        'with an unknown key',
        () => signDecision(claims(), testKey().key),
        'the decision is signed with a key that is not registered',
      ],
      [
        'without the name of its key',
        () => forge(claims(), dana, { kid: undefined }),
        'the decision is signed with a key that is not registered',
      ],
      [
        'with an unknown key that it brings along',
        () => {
          const own = testKey();
          return forge(claims(), own, { jwk: own.jwk });
        },
        'the decision is signed with a key that is not registered',
      ],
      [
        'with the key of somebody else',
        () => signDecision(claims(), lena.key),
        'the decision is signed with the key of a person whom it does not name',
      ],
      [
        'with an unknown key under the name of a known one',
        async () => forge(claims(), testKey(), { kid: await calculateJwkThumbprint(dana.jwk) }),
        signature,
      ],
      [
        'with an algorithm that is not its key’s',
        async () => forge(claims(), lena, { kid: await calculateJwkThumbprint(dana.jwk) }),
        'the decision is not signed with the algorithm of its key',
      ],
      ['without a signature', async () => compact(await header('none'), claims()), unsigned],
      ['without a signature, as if with one', async () => compact(await header('EdDSA'), claims()), signature],
      [
        'with the public key as a secret',
        async () => {
          const pem = createPublicKey(dana.key).export({ type: 'spki', format: 'pem' });
          return new SignJWT(claims()).setProtectedHeader(await header('HS256')).sign(Buffer.from(pem));
        },
        unsigned,
      ],
      [
        'with RSA',
        async () => {
          const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
          return new SignJWT(claims()).setProtectedHeader(await header('RS256')).sign(privateKey);
        },
        unsigned,
      ],
      [
        'with a rule that must be understood',
        async () => {
          const critical = { ...(await header('EdDSA')), crit: ['urn:x'], 'urn:x': true };
          return new SignJWT(claims()).setProtectedHeader(critical).sign(dana.key, { crit: { 'urn:x': true } });
        },
        token,
      ],
      [
        'without a round',
        () => forge({ ...claims(), round: undefined }, dana),
        'the claim "round" of the decision is missing or wrong',
      ],
      [
        'without an end',
        () => forge({ ...claims(), exp: undefined }, dana),
        'the claim "exp" of the decision is missing or wrong',
      ],
      [
        'with a claim of its own',
        () => forge({ ...claims(), admin: true }, dana),
        'the decision has claims that no decision has, or is none',
      ],
    ];
    for (const [what, make, reason, more] of cases) {
      it(what, async () => assert.deepEqual(await verify(await make(), more), refused(reason)));
    }

    it('when a single character of what it says is another', async () => {
      const [head = '', payload = '', sign = ''] = (await signDecision(claims(), dana.key)).split('.');
      const said = Buffer.from(payload, 'base64url').toString().replace('"round":1', '"round":2');
      const changed = Buffer.from(said).toString('base64url');
      assert.deepEqual(await verify(`${head}.${changed}.${sign}`), refused(signature));
    });

    it('when any byte of it is another', async () => {
      for (const person of [dana, lena]) {
        const parts = (await signDecision(claims({ sub: person === dana ? 'dana' : 'lena' }), person.key)).split('.');
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 0, max: 2 }),
            fc.nat(),
            fc.integer({ min: 1, max: 255 }),
            async (part, place, flip) => {
              const bytes = Buffer.from(parts[part]!, 'base64url');
              bytes[place % bytes.length]! ^= flip;
              const changed = parts.with(part, bytes.toString('base64url')).join('.');
              assert.equal((await verify(changed)).ok, false);
            },
          ),
        );
      }
    });

    it('when it names nobody known, be it a property of every object', async () => {
      for (const sub of ['nobody', 'constructor', '__proto__']) {
        const reason = 'the decision is signed with the key of a person whom it does not name';
        assert.deepEqual(await verify(await forge(claims({ sub }), dana)), refused(reason, sub));
      }
    });

    it('when it is too long', async () => {
      const long = await forge({ ...claims(), note: 'n'.repeat(16_000) }, dana);
      assert.deepEqual(await verify(long), refused('the token has more than 16000 characters', null));
    });

    it('and the name it gives is clipped', async () => {
      const answer = await verify(await forge({ ...claims(), sub: 'x'.repeat(5000) }, dana));
      assert.equal(!answer.ok && answer.by?.length, 200);
    });
  });

  it('is refused without an exception, whatever it is', async () => {
    const segment = fc.oneof(
      fc.base64String().map((text) => text.replace(/=+$/, '')),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    const anything = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
      fc.record({ jws: fc.oneof(fc.anything(), fc.string({ unit: 'binary' })) }),
      fc.record({ jws: fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')) }),
      fc
        .tuple(fc.record({ alg: fc.anything(), kid: fc.anything(), typ: fc.anything() }), fc.jsonValue())
        .map(([head, body]) => ({ jws: compact({ ...head, alg: 'EdDSA' }, body, 'AAAA') })),
      fc.record({ idToken: fc.oneof(fc.anything(), fc.string()), decision: fc.anything() }),
    );
    const withProvider: Expected = {
      ...expected,
      oidc: { issuer: 'http://127.0.0.1:9', audience: 'phasegate', claim: 'sub' },
    };
    await fc.assert(
      fc.asyncProperty(anything.filter(isPlain), async (token) => {
        const answer = await verifyDecision(token as DecisionToken, withProvider);
        assert.equal(answer.ok, false);
        assert.match(answer.reason, /^[a-z][^\n]+$/);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when it is built to make its reader fail', async () => {
    const hostile: unknown = {
      get jws() {
        throw new Error('SECRET');
      },
    };
    const deep = Buffer.from('['.repeat(11_000)).toString('base64url');
    for (const token of [hostile, null, undefined, 7, { jws: `${deep}.${deep}.x` }, { jws: deep }]) {
      const answer = await verifyDecision(token as DecisionToken, expected);
      assert.ok(!answer.ok && !answer.reason.includes('SECRET'));
    }
  });

  it('is refused, not failed on, when the registered key is no point of its curve', async () => {
    const broken = { ...lena.jwk, y: `${'A'.repeat(42)}A` } as typeof lena.jwk;
    const jws = await forge(claims({ sub: 'lena' }), { key: lena.key, jwk: broken });
    const answer = await verify(jws, { people: { lena: { keys: [broken] } } });
    assert.deepEqual(answer, refused('the token is no signed decision', 'lena'));
  });
});

/** What a message can hold: it has been JSON. */
function isPlain(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
