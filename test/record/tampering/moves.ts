import assert from 'node:assert/strict';
import { calculateJwkThumbprint, decodeJwt, SignJWT } from 'jose';
import { readKey } from '../../../src/identity/keys.ts';
import type { LedgerEntry } from '../../../src/gates/ledger.ts';
import { signed } from '../../support/signed.ts';
import { firstPayload, type Value } from '../forged-events.ts';
import type { Forger } from '../forger.ts';
import { keys } from '../signed-record.ts';

/** Cuts the history behind the first event of a kind, and has it end there as a server would write it. */
export function endAfter(forger: Forger, isLast: (event: Value) => boolean, end: Value): void {
  const { events } = forger;
  const at = events.findIndex(isLast);
  const { eventTime, taskId } = events[at] ?? {};
  events.splice(at + 1, events.length, { eventId: String(at + 2), eventTime, taskId, ...end });
}

export const terminated = {
  eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED',
  workflowExecutionTerminatedEventAttributes: { reason: 'by hand' },
};

/** The proof of a signed message, by its place among the signed messages. */
export function proofOf(forger: Forger, nth: number): Value {
  const proof = forger.answers('verifyDecision')[nth];
  if (proof === undefined) throw new Error('there is no such proof');
  return proof;
}

export function signedMessage(forger: Forger, nth: number): Value {
  const found = forger.events.filter((event) => {
    const { jws, idToken } = firstPayload(event) ?? {};
    return typeof (jws ?? idToken) === 'string';
  });
  const message = found.filter((event) => 'workflowExecutionUpdateAcceptedEventAttributes' in event)[nth];
  if (message === undefined) throw new Error('there is no such message');
  return message;
}

/** Signed messages in the order in which they came; the rejection by an ID token of the provider. */
export const [STALE, FOREIGN_KEY, APPROVAL, REJECTION, LAST] = [0, 1, 2, 3, 4];

export function claim(forger: Forger, nth: number, change: Value): void {
  forger.answer(proofOf(forger, nth), (proof) => ({ ...proof, claims: { ...(proof['claims'] as Value), ...change } }));
}

/** Changes an entry and its chain. */
export function entry(isMeant: (entry: LedgerEntry) => boolean, change: Partial<LedgerEntry> | undefined) {
  return (forger: Forger) => {
    let count = 0;
    forger.entries((one) => {
      if (!isMeant(one)) return one;
      count += 1;
      return change === undefined ? undefined : { ...one, ...change };
    });
    assert.ok(count > 0, 'there is no such entry');
  };
}

/** Changes the text of the compiled plan. */
export function plan(from: string, to: string) {
  return (forger: Forger) => {
    const [compiled] = forger.answers('compilePhase');
    forger.answer(compiled ?? {}, (answer) => {
      const text = JSON.stringify(answer);
      assert.ok(text.includes(from), `the plan holds no ${from}`);
      return JSON.parse(text.replaceAll(from, to)) as Value;
    });
  };
}

/** Puts the key of another person for Dana's, and signs in her name with it. */
export async function rekey(forger: Forger): Promise<void> {
  const thumbprint = await calculateJwkThumbprint(keys.mallory.jwk);
  const known = await calculateJwkThumbprint(keys.dana.jwk);
  for (const nth of [STALE, APPROVAL, LAST]) {
    const message = signedMessage(forger, nth);
    const { jws } = firstPayload(message) as { jws: string };
    const again = await signed(decodeJwt(jws), keys.mallory.pem);
    forger.replace(jws, again.jws);
  }
  forger.replace(known, thumbprint);
  forger.replace(keys.dana.jwk.x, keys.mallory.jwk.x);
}

/** Puts another key for the provider's, and signs its ID token with it. */
export async function reissue(forger: Forger): Promise<void> {
  const message = signedMessage(forger, REJECTION);
  const { idToken, decision } = firstPayload(message) as { idToken: string; decision: Value };
  const again = await new SignJWT(decodeJwt(idToken))
    .setProtectedHeader({ alg: 'EdDSA' })
    .sign(readKey(keys.mallory.pem));
  forger.resend(message, 'reject', { idToken: again, decision });
  const thumbprint = await calculateJwkThumbprint(keys.mallory.jwk);
  forger.answer(proofOf(forger, REJECTION), (proof) => ({ ...proof, key: keys.mallory.jwk, thumbprint }));
}

/** Says of the message that mallory has signed that the signature held, and that this key was listed; the message stays without effect. */
export async function foreignKey(forger: Forger, listed: object): Promise<void> {
  const thumbprint = await calculateJwkThumbprint(keys.mallory.jwk);
  const claims = decodeJwt((firstPayload(signedMessage(forger, FOREIGN_KEY)) as { jws: string }).jws);
  forger.answer(proofOf(forger, FOREIGN_KEY), ({ at }) => {
    const proof = { ok: true, claims, by: 'dana', method: 'key', key: keys.mallory.jwk, thumbprint };
    return { at, ...proof, listed: { keys: [listed] } };
  });
}

export function turned(body: Value | undefined): Value {
  const jws = String(body?.['jws']);
  const at = jws.lastIndexOf('.') + 10;
  return { jws: `${jws.slice(0, at)}${jws[at] === 'A' ? 'B' : 'A'}${jws.slice(at + 1)}` };
}

export function nonceOf(forger: Forger, gate: string, nth: number): string {
  let nonce = '';
  forger.answer(forger.events.filter(isOpening(gate))[nth] ?? {}, (answer) => {
    nonce = String(answer['nonce']);
    return answer;
  });
  return nonce;
}

export function repeatOrder(forger: Forger): void {
  const order = forger.find(isSignalOf('taskOrders'), milestone(forger));
  forger.insert(order, { ...structuredClone(order), eventId: 'another' }, milestone(forger));
}

export const milestone = (forger: Forger, nth = 0) => forger.milestones[nth] ?? [];
export const isSignalOf = (name: string) => (event: Value) =>
  (event['workflowExecutionSignaledEventAttributes'] as Value | undefined)?.['signalName'] === name;
export const isOpening = (gate: string) => (event: Value) =>
  'markerRecordedEventAttributes' in event &&
  JSON.stringify(event['userMetadata']).includes(
    Buffer.from(JSON.stringify(`${gate} · open round`)).toString('base64'),
  );
export const isKind = (kind: string) => (event: Value) => `${kind}EventAttributes` in event;
export const says = (body: Value) => (found: Value) =>
  Object.entries(body).every(([key, value]) => found[key] === value);
