import { calculateJwkThumbprint } from 'jose';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checks, rounds, sections, steps } from '../../src/activities/registry.ts';
import { newKey } from '../../src/identity/keys.ts';
import { playbookBase } from '../../src/plan/playbook/schema.ts';
import type { Oidc } from '../../src/identity/registry.ts';
import type { Kinds } from '../../src/plan/kinds.ts';
import type { Anchors } from '../../src/record/anchors.ts';
import { readIndex } from '../../src/record/record-index.ts';
import { compileSources } from '../../src/worker/host/sources.ts';
import { keySealer } from '../../src/worker/sealing/sealer.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';
import { claimsOf, signed } from '../support/signed.ts';
import { Provider } from '../identity/provider.ts';
import type { Texts } from './forger.ts';

const lanes = [
  { title: 'Build', agent: 'Build Agent', letter: 'a' },
  { title: 'Deploy', agent: 'Deploy Agent', letter: 'b' },
];
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
export const keys = { dana: newKey('EdDSA'), mallory: newKey('EdDSA') };
const playbookOf = (oidc: Oidc) => `people:
  dana: { roles: [Stakeholder], agents: [Build Agent], keys: [${JSON.stringify(keys.dana.jwk)}], subject: dana-sub }
  omar: { roles: [Guest, Security Lead] }
  lee: { roles: [Delivery Lead] }
oidc: ${JSON.stringify(oidc)}
operators: [Delivery Lead]
gates:
  entry: { policy: { trust: signed }, 1: { approve: Stakeholder } }
  completion: { policy: { trust: signed }, 1: { approve: Stakeholder } }
milestones:
  '9.1':
    entry: { policy: { early: keep }, 1: { approve: Stakeholder } }
    exit: { 1: { check: { met: ready }, approve: Stakeholder } }
    quality: { policy: { override: { role: Delivery Lead, review: Stakeholder } }, 1: { approve: Stakeholder } }
    tasks:
      a2: { gate: { Work of a2 may begin: { approve: Stakeholder } } }
      b1: { act: build }
      b2: { act: deploy }
`;
/** What a phase has left behind that had everything in it that somebody may want to change. */
export interface SignedRecord extends Texts {
  /** The hand-over that it has written. */
  readonly handover: string;
  /** Signed by the same person, for the same gate of another phase. */
  readonly foreign: { readonly jws: string };
  /** What its owner keeps elsewhere, but for the head. */
  readonly anchors: Required<Omit<Anchors, 'head'>>;
}

const recorded = new Map<boolean, Promise<SignedRecord>>();

/** Runs the phase once, whoever asks for its record. Workers have not signed what they have answered. */
export function signedRecord(): Promise<SignedRecord> {
  return once(false);
}

/** The same, with answers that are signed by the worker. */
export function sealedRecord(): Promise<SignedRecord> {
  return once(true);
}

function once(isSealed: boolean): Promise<SignedRecord> {
  const known = recorded.get(isSealed) ?? record(isSealed);
  recorded.set(isSealed, known);
  return known;
}

export const workers = { ours: newKey('EdDSA'), theirs: newKey('EdDSA') };

async function record(isSealed: boolean): Promise<SignedRecord> {
  const bench = new Bench();
  bench.failing.add('deploy');
  const { act, met } = bench;
  const provider = await Provider.start();
  const playbook = playbookOf(provider.oidc);
  const files = { 'plan.md': plan, 'playbook.yaml': playbook };
  try {
    const sealer = isSealed ? keySealer(workers.ours.pem, 'ours') : null;
    return await withWorker({ phases: { small: files }, steps: [act], checks: [met], sealer }, async (harness) => {
      const phase = await harness.start({ phase: 'small', by: 'lee' });
      const other = await harness.start({ phase: 'small', by: 'lee' });
      await other.untilOpen('entry');
      const foreign = await signed(await claimsOf(other, 'dana'), keys.dana.pem);
      await other.workflow.terminate();
      await runToEnd(phase, provider);
      const { where } = (await phase.archive().result()) as { where: string };
      const folder = join(harness.folders.recordsDir, where);
      const handover = await readFile(`${folder}.json`, 'utf8');
      const kinds = { steps: [...steps, act], checks: [...checks, met], sections, rounds };
      return { ...(await textsIn(folder)), handover, foreign, anchors: await anchorsOf(playbook, provider, kinds) };
    });
  } finally {
    await provider.stop();
  }
}

async function anchorsOf(playbook: string, provider: Provider, kinds: Kinds): Promise<SignedRecord['anchors']> {
  const sources = {
    plan: { file: 'plan.md', text: plan },
    playbook: { file: 'playbook.yaml', text: playbook },
    templates: {},
  };
  const compiled = compileSources('small', sources, kinds).plan;
  if (compiled === undefined) throw new Error('it does not compile');
  const people = { dana: { roles: ['Stakeholder'], keys: [keys.dana.jwk], subject: 'dana-sub' } };
  const trusted = playbookBase.pick({ people: true, oidc: true }).parse({ people, oidc: provider.oidc });
  const providerKeys = new Set([await calculateJwkThumbprint(provider.publicJwk('RS256'))]);
  const workerKeys = new Set([workers.ours.jwk.x]);
  return { plan: compiled, playbook: trusted, providerKeys, workerKeys };
}

/** The histories that a record holds, as they are written there. */
export async function textsIn(folder: string): Promise<Texts> {
  const path = join(folder, 'index.json');
  const { histories } = readIndex(path, await readFile(path, 'utf8'));
  const of = (wanted: string) =>
    Promise.all(
      histories.filter(({ type }) => type === wanted).map(({ file }) => readFile(join(folder, file), 'utf8')),
    );
  return { phase: await of('phase'), milestones: await of('milestone') };
}

async function runToEnd(phase: PhaseHandle, provider: Provider): Promise<void> {
  await phase.untilOpen('entry');
  const claims = await claimsOf(phase, 'dana');
  await phase.hear('approve', await signed({ ...claims, nonce: 'another', jti: randomUUID() }, keys.dana.pem));
  await phase.hear('approve', await signed({ ...claims, nonce: 'another', jti: randomUUID() }, keys.mallory.pem));
  await phase.say('approve', { gate: '9.1/entry', by: 'dana' });
  await phase.hear('approve', await signed(claims, keys.dana.pem));
  await phase.hear('hold', { on: '9.1/exit', by: 'lee', reason: 'audit' });
  await phase.untilOnDesk('9.1/b2', 'blocked');
  await phase.say('retry', { task: '9.1/b2', by: 'lee' });
  await phase.complete('9.1/a1', 'dana');
  await phase.approve('9.1/a2/entry', 'dana');
  await phase.complete('9.1/a2', 'dana');
  await phase.untilOpen('9.1/exit');
  await phase.say('reject', { gate: '9.1/exit', by: 'dana', reason: 'not built', rework: ['9.1/b1'] });
  await phase.until('the work was done again', async () =>
    (await phase.gates()).gates.some(({ round }) => round === 2),
  );
  await phase.approve('9.1/exit', 'dana');
  await phase.hear('release', { on: '9.1/exit', by: 'lee' });
  await phase.untilOpen('9.1/quality');
  await phase.hear('override', { gate: '9.1/quality', by: 'lee', reason: 'outage' });
  await phase.untilOpen('completion');
  const decision = await claimsOf(phase, 'dana', { gate: 'completion', verdict: 'reject', reason: 'not yet' });
  const { iat, exp } = decision;
  await phase.hear('reject', { idToken: await provider.idToken(decision, { sub: 'dana-sub', iat, exp }), decision });
  await phase.say('resubmit', { gate: 'completion', by: 'lee' });
  await phase.untilOpen('completion');
  const last = await claimsOf(phase, 'dana', { gate: 'completion', round: 2 });
  await phase.hear('approve', await signed(last, keys.dana.pem));
  await phase.workflow.result();
}
