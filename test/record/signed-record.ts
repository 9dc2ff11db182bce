import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { randomUUID } from 'node:crypto';
import { newKey } from '../../src/identity/keys.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { claimsOf, signed } from '../support/signed.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
export const keys = { dana: newKey('EdDSA'), mallory: newKey('EdDSA') };
export const oidc = { issuer: 'http://127.0.0.1:1', audience: 'phasegate-app' };
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

/** What a phase has left behind that had everything in it that somebody may want to change. */
export interface SignedRecord {
  /** Its history, as JSON. */
  readonly text: string;
  readonly phaseId: string;
  /** Signed by the same person, for the same gate of another phase. */
  readonly foreign: { readonly jws: string };
}

let recorded: Promise<SignedRecord> | undefined;

/** Runs the phase once, whoever asks for its record. */
export function signedRecord(): Promise<SignedRecord> {
  recorded ??= withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
    const phase = await harness.start({ phase: 'small', by: 'lee' });
    const other = await harness.start({ phase: 'small', by: 'lee' });
    await other.untilOpen('entry');
    const foreign = await signed(await claimsOf(other, 'dana'), keys.dana.pem);
    await other.workflow.terminate();
    await runToEnd(phase);
    return { text: await historyOf(phase), phaseId: phase.id, foreign };
  });
  return recorded;
}

interface Named {
  readonly what: string;
  readonly on?: string;
  readonly code: string;
  readonly trust: string;
}

/** The signed vote that counted. */
export function isVote({ what, code, trust }: Named): boolean {
  return what === 'approve' && code === 'ACCEPTED' && trust === 'signed';
}

export function isAccepted(what: string, on: string): (entry: Named) => boolean {
  return (entry) => entry.what === what && entry.on === on && entry.code === 'ACCEPTED';
}

async function runToEnd(phase: PhaseHandle): Promise<void> {
  await phase.untilOpen('entry');
  const claims = await claimsOf(phase, 'dana');
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
