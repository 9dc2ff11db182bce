import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { digestOf } from '../../src/gates/chain.ts';
import type { HandoverDocument } from '../../src/handover/document.ts';
import { handoverText } from '../../src/handover/files.ts';
import type { DecisionClaims } from '../../src/identity/claims.ts';
import { newKey, readKey } from '../../src/identity/keys.ts';
import { decisionNonce } from '../../src/identity/nonce.ts';
import { signDecision } from '../../src/identity/sign.ts';
import { playbookSchema } from '../../src/plan/playbook.ts';
import { verify, type Verified } from '../../src/record/verify.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { Forger, type Value } from './forger.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const keys = { dana: newKey('EdDSA'), mallory: newKey('EdDSA') };
const oidc = { issuer: 'http://127.0.0.1:1', audience: 'phasegate-app' };
const playbook = `people:
  dana: { roles: [Stakeholder], agents: [Build Agent], keys: [${JSON.stringify(keys.dana.jwk)}], subject: dana-sub }
  omar: { roles: [Guest] }
  lee: { roles: [Delivery Lead] }
oidc: ${JSON.stringify(oidc)}
operators: [Delivery Lead]
gates:
  entry: { policy: { trust: signed }, 1: { approve: Stakeholder } }
  completion: { 1: { approve: Stakeholder } }
milestones:
  '9.1':
    entry: { policy: { early: keep }, 1: { approve: Stakeholder } }
    exit: { 1: { approve: Stakeholder } }
    quality: { 1: { approve: Stakeholder } }
    tasks:
      a2: { gate: { Work of a2 may begin: { approve: Stakeholder } } }
`;

describe('a record that was written anew without a key', function () {
  this.timeout(90_000);
  let text: string;
  let foreign: { readonly jws: string };
  let phaseId: string;

  before(async () => {
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small', by: 'lee' });
      const other = await harness.start({ phase: 'small', by: 'lee' });
      phaseId = phase.id;
      await other.untilOpen('entry');
      foreign = await signed(await claimsOf(other), keys.dana.pem);
      await other.workflow.terminate();
      await runToEnd(phase);
      text = await historyOf(phase);
    });
  });

  it('verifies where nothing was changed', async () => {
    const found = await verify(forge(() => undefined));
    assert.ok('signed' in found, JSON.stringify(found));
    assert.equal(found.signed, 2);
    assert.deepEqual(found.milestones, { seen: 0, missing: 1 });
  });

  const isVote = ({ what, code, trust }: { what: string; code: string; trust: string }) =>
    what === 'approve' && code === 'ACCEPTED' && trust === 'signed';
  const by =
    (what: string, on: string, code = 'ACCEPTED') =>
    (entry: { what: string; on?: string; code: string }) =>
      entry.what === what && entry.on === on && entry.code === code;
  const unsigned = { key: undefined, id: undefined, rests: undefined, trust: 'asserted' } as const;

  const forgeries: readonly (readonly [string, (forger: Forger) => void, RegExp])[] = [
    [
      'an unsigned vote on a signed gate',
      (forger) => forger.exchange(forger.entry(isVote), 'approve', { gate: 'entry', by: 'dana' }, unsigned),
      /was DENIED: decisions on entry must be signed/,
    ],
    [
      'an unsigned waiver on a signed gate',
      (forger) => {
        const body = { gate: 'entry', criterion: 1, by: 'lee', reason: 'no need' };
        forger.exchange(forger.entry(isVote), 'waive', body, { ...unsigned, by: 'lee', on: 'entry/1' });
      },
      /was DENIED: decisions on entry must be signed/,
    ],
    [
      'a pre-approval that nobody gave',
      (forger) => {
        const vote = forger.entry(isVote);
        forger.dropMessage((body) => digestOf(['approve', body]) === vote.message);
        forger.change(vote, { ...unsigned, what: 'pre-approval', trust: 'signed', message: undefined });
      },
      /nobody has pre-approved entry/,
    ],
    [
      'a signature from another phase',
      (forger) => {
        const claims = decodeJwt(foreign.jws);
        const vote = forger.entry(isVote);
        forger.exchange(vote, 'approve', foreign, { id: String(claims.jti) });
        forger.proofs((proof) => ((proof['claims'] as Value)['jti'] === vote.id ? { ...proof, claims } : proof));
      },
      /what is signed is about another phase/,
    ],
    [
      'a signature that goes by another id',
      (forger) => forger.change(forger.entry(isVote), { id: 'another' }),
      /what is signed goes by/,
    ],
    [
      'a signature for another round, entered as counted',
      (forger) => {
        const stale = forger.entry(({ code, trust }) => code === 'STALE' && trust === 'signed');
        forger.change(stale, { code: 'ACCEPTED', criteria: ['entry/1'] });
      },
      /entered as ACCEPTED, and was STALE/,
    ],
    [
      'a signature that had expired',
      (forger) => forger.change(forger.entry(isVote), { at: Date.now() + 3_600_000 }),
      /the decision has expired/,
    ],
    [
      'a waiver by somebody who is no operator',
      (forger) => {
        const body = { gate: 'completion', criterion: 1, by: 'omar', reason: 'no need' };
        const vote = forger.entry(by('approve', 'completion'));
        forger.exchange(vote, 'waive', body, { by: 'omar', on: 'completion/1', criteria: ['completion/1'] });
      },
      /was DENIED: only operators waive/,
    ],
    [
      'a vote of somebody whose roles have no say',
      (forger) => {
        const vote = forger.entry(by('approve', 'completion'));
        forger.exchange(vote, 'approve', { gate: 'completion', by: 'omar' }, { by: 'omar' });
      },
      /by omar is entered as ACCEPTED, and was DENIED/,
    ],
    [
      'a vote for criteria that it was not for',
      (forger) => forger.change(forger.entry(by('approve', '9.1/exit')), { criteria: ['9.1/exit/1', 'completion/1'] }),
      /entered with criteria/,
    ],
    [
      'a gate that cleared while it was held',
      (forger) => {
        forger.drop(forger.entry(by('release', '9.1/exit')));
        forger.dropMessage((body) => body['on'] === '9.1/exit' && body['reason'] === undefined);
      },
      /9\.1\/exit cleared while it was held by lee/,
    ],
    [
      'a rejection that is said to have been denied',
      (forger) => forger.change(forger.entry(by('reject', 'completion')), { code: 'DENIED' }),
      /entered as DENIED, and was ACCEPTED/,
    ],
    [
      'a rejected gate that cleared in the same round',
      (forger) => {
        const second = forger.entry(({ what, on, round }) => what === 'opened' && on === 'completion' && round === 2);
        forger.drop(second);
      },
      /approve by dana is entered as ACCEPTED, and was LATE/,
    ],
    [
      'a task that was done before its gate had cleared',
      (forger) => {
        const ofGate = forger.entries.filter(({ on, trust }) => on === '9.1/a2/entry' && trust === 'phase');
        forger.drop(...ofGate, forger.entry(by('approve', '9.1/a2/entry')));
        forger.dropMessage((body) => body['gate'] === '9.1/a2/entry');
      },
      /9\.1\/a2 was completed although its gate 9\.1\/a2\/entry had not cleared/,
    ],
    [
      'a hand-over that the ledger does not name',
      (forger) => {
        const [before, after] = ['approved by dana', 'approved by omar'];
        let sha256 = '';
        forger.values((value) => {
          if (value['provides'] === undefined) return undefined;
          const changed = JSON.parse(JSON.stringify(value).replaceAll(before, after)) as HandoverDocument;
          sha256 = createHash('sha256').update(handoverText(changed)).digest('hex');
          return { ...changed };
        });
        forger.nameHandover(sha256);
        forger.tiesHandover = false;
      },
      /the hand-over in the history is not the one that it names/,
    ],
    [
      'a phase that was started with a ledger of its own',
      (forger) =>
        forger.values((value) =>
          value['phase'] === 'small' && value['by'] === 'lee' && !('state' in value)
            ? { ...value, resume: {} }
            : undefined,
        ),
      /started with a state that somebody has given it/,
    ],
  ];
  for (const [name, change, told] of forgeries) {
    it(`shows ${name}`, async () => {
      const found = await verify(forge(change));
      assert.ok('reason' in found, 'nothing was found');
      assert.match(`${found.where}: ${found.reason}`, told);
    });
  }

  it('with another key for a person shows beside a playbook from elsewhere, and names the key without one', async () => {
    const claims = await ownClaims();
    const jws = (await signed(claims, keys.mallory.pem)).jws;
    const thumbprint = await calculateJwkThumbprint(keys.mallory.jwk);
    const change = (forger: Forger): void => {
      forger.dropMessage((body) => isStale(body));
      forger.drop(forger.entry(({ code, trust }) => code === 'STALE' && trust === 'signed'));
      forger.replace(String(keys.dana.jwk.x), String(keys.mallory.jwk.x));
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

  it('with an ID token by a key that no provider has shows beside the provider’s keys', async () => {
    const claims = await ownClaims();
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
  async function ownClaims(): Promise<DecisionClaims> {
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
  return playbookSchema.pick({ people: true, oidc: true }).parse({
    people: { dana: { roles: ['Stakeholder'], keys: [keys.dana.jwk], subject: 'dana-sub' } },
    oidc,
  });
}

async function runToEnd(phase: PhaseHandle): Promise<void> {
  await phase.untilOpen('entry');
  const claims = await claimsOf(phase);
  await phase.hear('approve', await signed({ ...claims, nonce: 'another', jti: randomUUID() }, keys.dana.pem));
  await phase.say('approve', { gate: '9.1/entry', by: 'dana' });
  await phase.hear('approve', await signed(claims, keys.dana.pem));
  await phase.hear('hold', { on: '9.1/exit', by: 'lee', reason: 'audit' });
  await phase.complete('9.1/a1', 'dana');
  await phase.approve('9.1/a2/entry', 'dana');
  await phase.complete('9.1/a2', 'dana');
  await phase.approve('9.1/exit', 'dana');
  await phase.hear('release', { on: '9.1/exit', by: 'lee' });
  await phase.approve('9.1/quality', 'dana');
  await phase.untilOpen('completion');
  await phase.say('reject', { gate: 'completion', by: 'dana', reason: 'not yet' });
  await phase.say('resubmit', { gate: 'completion', by: 'dana' });
  await phase.approve('completion', 'dana');
  await phase.workflow.result();
}

async function historyOf({ workflow }: PhaseHandle): Promise<string> {
  return historyToJSON(await workflow.fetchHistory());
}

async function claimsOf(phase: PhaseHandle): Promise<DecisionClaims> {
  const { run, gates } = await phase.gates();
  const gate = gates.find((one) => one.gate === 'entry');
  const now = Math.floor(Date.now() / 1000);
  return {
    aud: 'phasegate',
    sub: 'dana',
    phase: phase.id,
    run,
    gate: 'entry',
    round: 1,
    nonce: gate?.nonce ?? 'none',
    subject: gate?.subject ?? '',
    verdict: 'approve',
    iat: now,
    exp: now + 300,
    jti: randomUUID(),
  };
}

async function signed(claims: DecisionClaims, pem: string): Promise<{ jws: string }> {
  return { jws: await signDecision(claims, readKey(pem)) };
}
