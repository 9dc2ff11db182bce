import assert from 'node:assert/strict';
import { calculateJwkThumbprint, decodeJwt, SignJWT } from 'jose';
import { readKey } from '../../src/identity/keys.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import type { Anchors } from '../../src/record/anchors.ts';
import { signed } from '../support/signed.ts';
import { verify } from '../support/verify.ts';
import { attributesOf, firstPayload, Forger, type Value } from './forger.ts';
import { keys, type SignedRecord, signedRecord } from './signed-record.ts';

/** By what a tampering is found. */
type By = 'history' | 'replay' | 'signature' | 'nonce' | 'digest' | 'exchange' | keyof typeof anchorNames;

/** `settled`: everything that follows from the change was computed again, as the workflows would have. */
type How = 'as it is' | 'settled' | 'settled but for the hand-over';

type Row = readonly [what: string, how: How, by: By, change: (forger: Forger, record: SignedRecord) => unknown];

const anchorNames = { head: true, plan: true, playbook: true, providerKeys: true } as const;

const told: { readonly [by in By]: RegExp } = {
  history: /has not ended|belongs$|has no time|is older than|from after the end|has no end|does not say which run/,
  replay: /than the workflow gives it$|does something else (there )?than|the workflow does not do this|cannot be replayed/,
  signature: /^the signature |what is signed is |the key was not listed|the key in the history|which key has verified/,
  nonce: /the nonce of this round was that of another one/,
  digest: /the digest of the hand-over is not|it is not the document that the phase wrote/,
  exchange: /has not sent this|was delivered, and|is not what the phase gave it|is not the one that the phase got|milestone of another/,
  head: /no entry of this ledger has this hash/,
  plan: /the phase was compiled from|compile to another plan/,
  playbook: /the playbook given does not list the key/,
  providerKeys: /the provider's keys given do not hold/,
};

/** Cuts the history behind the first event of a kind, and has it end there as a server would write it. */
function endAfter(forger: Forger, isLast: (event: Value) => boolean, end: Value): void {
  const { events } = forger;
  const at = events.findIndex(isLast);
  const { eventTime, taskId } = events[at] ?? {};
  events.splice(at + 1, events.length, { eventId: String(at + 2), eventTime, taskId, ...end });
}

const terminated = {
  eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED',
  workflowExecutionTerminatedEventAttributes: { reason: 'by hand' },
};

/** The proof of a signed message, by its place among the signed messages. */
function proofOf(forger: Forger, nth: number): Value {
  const proof = forger.answers('verifyDecision')[nth];
  if (proof === undefined) throw new Error('there is no such proof');
  return proof;
}

function signedMessage(forger: Forger, nth: number): Value {
  const found = forger.events.filter((event) => {
    const { jws, idToken } = firstPayload(event) ?? {};
    return typeof (jws ?? idToken) === 'string';
  });
  const message = found.filter((event) => 'workflowExecutionUpdateAcceptedEventAttributes' in event)[nth];
  if (message === undefined) throw new Error('there is no such message');
  return message;
}

/** Signed messages in the order in which they came; the rejection by an ID token of the provider. */
const [STALE, FOREIGN_KEY, APPROVAL, REJECTION, LAST] = [0, 1, 2, 3, 4];

function claim(forger: Forger, nth: number, change: Value): void {
  forger.answer(proofOf(forger, nth), (proof) => ({ ...proof, claims: { ...(proof['claims'] as Value), ...change } }));
}

/** Changes an entry and its chain. */
function entry(isMeant: (entry: LedgerEntry) => boolean, change: Partial<LedgerEntry> | undefined) {
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
function plan(from: string, to: string) {
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
async function rekey(forger: Forger): Promise<void> {
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
async function reissue(forger: Forger): Promise<void> {
  const message = signedMessage(forger, REJECTION);
  const { idToken, decision } = firstPayload(message) as { idToken: string; decision: Value };
  const again = await new SignJWT(decodeJwt(idToken)).setProtectedHeader({ alg: 'EdDSA' }).sign(readKey(keys.mallory.pem));
  forger.resend(message, 'reject', { idToken: again, decision });
  const thumbprint = await calculateJwkThumbprint(keys.mallory.jwk);
  forger.answer(proofOf(forger, REJECTION), (proof) => ({ ...proof, key: keys.mallory.jwk, thumbprint }));
}

/** Says of the message that mallory has signed that the signature held, and that this key was listed; the message stays without effect. */
async function foreignKey(forger: Forger, listed: object): Promise<void> {
  const thumbprint = await calculateJwkThumbprint(keys.mallory.jwk);
  const claims = decodeJwt((firstPayload(signedMessage(forger, FOREIGN_KEY)) as { jws: string }).jws);
  forger.answer(proofOf(forger, FOREIGN_KEY), ({ at }) => {
    const proof = { ok: true, claims, by: 'dana', method: 'key', key: keys.mallory.jwk, thumbprint };
    return { at, ...proof, listed: { keys: [listed] } };
  });
}

function turned(body: Value | undefined): Value {
  const jws = String(body?.['jws']);
  const at = jws.lastIndexOf('.') + 10;
  return { jws: `${jws.slice(0, at)}${jws[at] === 'A' ? 'B' : 'A'}${jws.slice(at + 1)}` };
}

function nonceOf(forger: Forger, gate: string, nth: number): string {
  let nonce = '';
  forger.answer(forger.events.filter(isOpening(gate))[nth] ?? {}, (answer) => {
    nonce = String(answer['nonce']);
    return answer;
  });
  return nonce;
}

function repeatOrder(forger: Forger): void {
  const order = forger.find(isSignalOf('taskOrders'), milestone(forger));
  forger.insert(order, { ...structuredClone(order), eventId: 'another' }, milestone(forger));
}

const milestone = (forger: Forger, nth = 0) => forger.milestones[nth] ?? [];
const isSignalOf = (name: string) => (event: Value) =>
  (event['workflowExecutionSignaledEventAttributes'] as Value | undefined)?.['signalName'] === name;
const isOpening = (gate: string) => (event: Value) =>
  'markerRecordedEventAttributes' in event &&
  JSON.stringify(event['userMetadata']).includes(Buffer.from(JSON.stringify(`${gate} · open round`)).toString('base64'));
const isKind = (kind: string) => (event: Value) => `${kind}EventAttributes` in event;
const says = (body: Value) => (found: Value) => Object.entries(body).every(([key, value]) => found[key] === value);

const rows: readonly Row[] = [
  // A history that no server has written.
  ['the end of the phase taken off', 'as it is', 'history', (f) => f.events.pop()],
  ['the second half of the phase taken off', 'as it is', 'history', (f) => f.events.splice(80)],
  ['an event taken out', 'as it is', 'history', (f) => f.events.splice(30, 1)],
  ['an event twice', 'as it is', 'history', (f) => f.events.splice(30, 0, structuredClone(f.events[30] ?? {}))],
  ['the time of an event taken off', 'as it is', 'history', (f) => delete f.events[20]?.['eventTime']],
  ['an event of an hour before', 'as it is', 'history', (f) => f.shift(-3_600_000, isKind('upsertWorkflowSearchAttributes'))],
  ['an event from after the end', 'as it is', 'history', (f) => f.shift(86_400_000, isSignalOf('milestoneReport'))],
  ['a workflow task without its end', 'as it is', 'history', (f) => f.drop((event) => event === f.find(isKind('workflowTaskCompleted')))],
  ['the run id taken off', 'as it is', 'history', (f) => delete attributesOf(f.events[0] ?? {})['originalExecutionRunId']],
  ['the end of a milestone taken off', 'as it is', 'history', (f) => milestone(f).pop()],

  // The ledger, with its chain, heads and digests to match.
  ['an entry re-attributed', 'as it is', 'replay', entry(({ what, on }) => what === 'complete' && on === '9.1/a1', { by: 'omar' })],
  ['an entry taken out', 'as it is', 'replay', entry(({ what }) => what === 'hold', undefined)],
  ['a rejection entered as DUPLICATE', 'as it is', 'replay', entry(({ what }) => what === 'reject', { code: 'DUPLICATE' })],
  ['a signed rejection entered as STALE', 'as it is', 'replay', entry(({ what, trust }) => what === 'reject' && trust === 'signed', { code: 'STALE' })],
  ['a stale signature entered as counted', 'as it is', 'replay', entry(({ code }) => code === 'STALE', { code: 'ACCEPTED', criteria: ['entry/1'] })],
  ['a foreign key entered as counted', 'as it is', 'replay', entry(({ code }) => code === 'UNVERIFIED', { code: 'ACCEPTED', by: 'dana', trust: 'signed' })],
  ['an asserted approval entered as signed', 'as it is', 'replay', entry(({ what, on }) => what === 'approve' && on === '9.1/exit', { trust: 'signed' })],
  ['a vote for a criterion that it was not for', 'as it is', 'replay', entry(({ what, on }) => what === 'approve' && on === '9.1/exit', { criteria: ['9.1/exit/1', 'completion/1'] })],
  ['a clearing taken out', 'as it is', 'replay', entry(({ what, on }) => what === 'cleared' && on === 'entry', undefined)],
  ['an override entered as an approval', 'as it is', 'replay', entry(({ what }) => what === 'override', { what: 'approve' })],
  ['a check entered with another result', 'as it is', 'replay', entry(({ what }) => what === 'check', { reason: 'failed: ready does not hold' })],
  ['an entry moved in time', 'as it is', 'replay', entry(({ what }) => what === 'opened', { at: Date.now() + 60_000 })],
  ['a hold entered with another reason', 'as it is', 'replay', entry(({ what }) => what === 'hold', { reason: 'held: holidays' })],
  ['another start in the first entry', 'as it is', 'replay', entry(({ what }) => what === 'started', { by: 'mia' })],

  // What else the workflows have written.
  ['a head in the memo', 'as it is', 'replay', (f) => f.values((v) => (Object.keys(v).join() === 'length,head' ? { ...v, head: '0'.repeat(64) } : undefined))],
  ['the result of the phase', 'as it is', 'replay', (f) => f.answer(f.events.at(-1) ?? {}, (v) => ({ ...v, milestones: [] }))],
  ['the hand-over', 'as it is', 'replay', (f) => f.answer(f.find((event) => firstPayload(event)?.['provides'] !== undefined), (v) => ({ ...v, provides: [] }))],
  ['a verdict that an Update answers', 'as it is', 'replay', (f) => f.answer(f.find(isKind('workflowExecutionUpdateCompleted')), (v) => ({ ...v, code: 'ACCEPTED' }))],
  ['search attributes', 'as it is', 'replay', (f) => (attributesOf(f.find(isKind('upsertWorkflowSearchAttributes')))['searchAttributes'] = { indexedFields: {} })],
  ['what a check was asked', 'as it is', 'replay', (f) => f.answer(f.find((event) => firstPayload(event)?.['check'] !== undefined), (v) => ({ ...v, input: { name: 'easy' } }))],
  ['the kind of a check', 'as it is', 'replay', (f) => (attributesOf(f.find((event) => firstPayload(event)?.['check'] !== undefined))['activityType'] = { name: 'check.easy' })],
  ['what a step was asked, under another identity', 'as it is', 'replay', (f) => f.answer(f.find((event) => firstPayload(event)?.['step'] !== undefined, milestone(f)), (v) => ({ ...v, identity: 'other' }))],
  ['the queue of a step', 'as it is', 'replay', (f) => (attributesOf(f.find((event) => firstPayload(event)?.['step'] !== undefined, milestone(f)))['taskQueue'] = { name: 'mine' })],
  ['an order to a milestone', 'as it is', 'replay', (f) => f.answer(f.find(isKind('signalExternalWorkflowExecutionInitiated')), (v) => ({ ...v, tasks: {} }))],
  ['a report to the phase', 'as it is', 'replay', (f) => f.answer(f.find(isKind('signalExternalWorkflowExecutionInitiated'), milestone(f)), (v) => ({ ...v, tasks: {} }))],
  ['what a milestone is started with', 'as it is', 'replay', (f) => f.answer(f.find((event) => firstPayload(event)?.['milestone'] !== undefined), (v) => ({ ...v, pace: 'planned' }))],
  ['the length of a timer', 'as it is', 'replay', (f) => (attributesOf(f.find(isKind('timerStarted'), milestone(f)))['startToFireTimeout'] = '1s')],
  ['the result of a milestone, at both ends', 'as it is', 'replay', (f) => f.replace('"by":"dana"},"9.1/a2"', '"by":"omar"},"9.1/a2"')],
  ['the verdict of a whole phase: cancelled', 'as it is', 'replay', (f) => f.events.splice(-1, 1, { ...f.events.at(-1), eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED', workflowExecutionCompletedEventAttributes: undefined, workflowExecutionCanceledEventAttributes: {} })],

  // What the workflows were told, and everything that follows from it computed again: another course of things.
  ['a signed gate taken out', 'settled', 'replay', (f) => f.drop(isOpening('entry'))],
  ['all signed gates taken out', 'settled', 'replay', (f) => f.drop((event) => isOpening('entry')(event) || isOpening('completion')(event))],
  ['an approval taken out', 'settled', 'replay', (f) => f.drop((event) => event === f.message(says({ gate: '9.1/a2/entry' })))],
  ['a signed approval taken out', 'settled', 'replay', (f) => f.drop((event) => event === signedMessage(f, APPROVAL))],
  ['an approval of somebody without the role', 'settled', 'replay', (f) => f.resend(f.message(says({ gate: '9.1/a2/entry' })), 'approve', { gate: '9.1/a2/entry', by: 'omar' })],
  ['an unsigned approval of a signed gate', 'settled', 'replay', (f) => f.resend(signedMessage(f, LAST), 'approve', { gate: 'completion', by: 'dana' })],
  ['an unsigned waiver on a signed gate', 'settled', 'replay', (f) => f.resend(signedMessage(f, APPROVAL), 'waive', { gate: 'entry', criterion: 1, by: 'lee', reason: 'no need' })],
  ['an override by somebody without the role', 'settled', 'replay', (f) => f.resend(f.message((_, name) => name === 'override'), 'override', { gate: '9.1/quality', by: 'omar', reason: 'outage' })],
  ['a release taken out', 'settled', 'replay', (f) => f.drop((event) => event === f.message((_, name) => name === 'release'))],
  ['a rejection turned into an approval', 'settled', 'replay', (f) => f.resend(f.message(says({ gate: '9.1/exit', reason: 'not built' })), 'approve', { gate: '9.1/exit', by: 'dana' })],
  ['a signed approval said not to hold', 'settled', 'replay', (f) => f.answer(proofOf(f, APPROVAL), ({ at }) => ({ at, ok: false, reason: 'no' }))],
  ['a check that failed, and counted', 'settled', 'replay', (f) => f.answer(f.answers('check.met').at(-1) ?? {}, () => ({ state: 'failed', reason: 'ready does not hold' }))],
  ['a step that failed, and counted', 'settled', 'replay', (f) => f.drop((event) => event === f.answers('step.act', milestone(f))[0], milestone(f))],
  ['a task completed without a message', 'settled', 'replay', (f) => f.drop((event) => event === f.message(says({ task: '9.1/a1' })))],
  ['a task begun before its gate', 'settled', 'replay', (f) => f.drop(isOpening('9.1/a2/entry'))],
  ['a sharper policy than what was done: two votes', 'settled', 'replay', plan('"quorum":1', '"quorum":2')],
  ['a sharper policy than what was done: an hour open', 'settled', 'replay', plan('"policy":{"trust":"signed"', '"policy":{"wait":3600,"trust":"signed"')],
  ['a sharper policy than what was done: signed', 'settled', 'replay', plan('"policy":{"early":"keep"', '"policy":{"trust":"signed","early":"keep"')],
  ['a weaker policy of a gate whose subject somebody has signed', 'settled', 'replay', plan('"trust":"signed"', '"trust":"asserted"')],
  ['another text of a criterion that somebody has signed', 'settled', 'replay', plan('Everything is done', 'Something is done')],
  ['a start from a later milestone', 'settled', 'replay', (f) => f.answer(f.events[0] ?? {}, (v) => ({ ...v, from: '9.7' }))],
  ['a start with a state of its own', 'settled', 'replay', (f) => f.answer(f.events[0] ?? {}, (v) => ({ ...v, resume: {} }))],
  ['a milestone of first and last event', 'settled', 'replay', (f) => f.drop((_, index) => index > 0 && index < milestone(f).length - 1, milestone(f))],
  ['a milestone without an order', 'settled', 'replay', (f) => f.drop((event) => event === f.find(isSignalOf('taskOrders'), milestone(f)), milestone(f))],
  ['a phase that is said to have failed at its start', 'settled', 'replay', (f) => endAfter(f, isOpening('entry'), { eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED', workflowExecutionFailedEventAttributes: { failure: { message: 'no plan' } } })],

  // The same, where only a signature tells.
  ['a signed approval of another gate', 'settled', 'signature', (f) => f.resend(signedMessage(f, APPROVAL), 'approve', firstPayload(signedMessage(f, LAST)) ?? {})],
  ['a signed approval of another round', 'settled', 'signature', (f) => f.resend(signedMessage(f, APPROVAL), 'approve', firstPayload(signedMessage(f, STALE)) ?? {})],
  ['a signed approval of another phase', 'settled', 'signature', (f, { foreign }) => f.resend(signedMessage(f, APPROVAL), 'approve', { ...foreign })],
  ['a signature with one bit turned', 'settled', 'signature', (f) => f.resend(signedMessage(f, LAST), 'approve', turned(firstPayload(signedMessage(f, LAST))))],
  ['a signed note that says something else', 'settled', 'signature', (f) => claim(f, LAST, { note: 'on condition' })],
  ['a signed reason that says something else', 'settled', 'signature', (f) => claim(f, REJECTION, { reason: 'for fun' })],
  ['a signed decision under another id', 'settled', 'signature', (f) => claim(f, LAST, { jti: 'another' })],
  ['a signed decision in another name', 'settled', 'signature', (f) => f.answer(proofOf(f, REJECTION), (v) => ({ ...v, by: 'lee', claims: { ...(v['claims'] as Value), sub: 'lee' } }))],
  ['a signature by a key that was not listed', 'settled', 'signature', (f) => f.answer(proofOf(f, LAST), (v) => ({ ...v, listed: { keys: [keys.mallory.jwk] } }))],
  ['a signature without its key', 'settled', 'signature', (f) => f.answer(proofOf(f, LAST), ({ key: _, ...v }) => v)],
  ['a signature that is stale, said to have expired', 'settled', 'signature', (f) => f.answer(proofOf(f, STALE), ({ at }) => ({ at, ok: false, reason: 'the decision has expired', by: 'dana', gate: 'entry' }))],
  ['a foreign key said to be listed elsewhere', 'settled', 'signature', (f) => foreignKey(f, keys.dana.jwk)],
  ['an ID token of a provider whom nothing names', 'settled', 'signature', (f) => f.answer(proofOf(f, REJECTION), (v) => ({ ...v, listed: { subject: 'dana-sub' } }))],
  ['an ID token for a person of another subject', 'settled', 'signature', (f) => f.answer(proofOf(f, REJECTION), (v) => ({ ...v, listed: { ...(v['listed'] as Value), subject: 'lee-sub' } }))],
  ['a phase two hours later, in which signatures have expired', 'settled', 'signature', (f) => f.shift(7_200_000)],

  // Nonces, digests, and what phase and milestones hold of each other.
  ['two rounds of one nonce', 'settled', 'nonce', (f) => f.replace(nonceOf(f, '9.1/exit', 1), nonceOf(f, '9.1/exit', 0))],
  ['a hand-over under another digest', 'settled but for the hand-over', 'digest', (f) => f.answer(f.answers('writeHandover')[0] ?? {}, (v) => ({ ...v, sha256: 'f'.repeat(64) }))],
  ['a report that the milestone has not sent', 'as it is', 'exchange', (f) => f.answer(f.events.findLast(isSignalOf('milestoneReport')) ?? {}, (v) => ({ ...v, kept: 0 }))],
  ['an order that came twice', 'as it is', 'exchange', repeatOrder],
  ['the start of a milestone, in its own history', 'as it is', 'exchange', (f) => f.answer(milestone(f)[0] ?? {}, (v) => ({ ...v, readAnew: ['9.1/c1'] }))],

  // What determinism and signatures leave to a forger who writes everything anew: found by what is kept elsewhere.
  ['a note changed', 'settled', 'head', (f) => f.resend(f.message(says({ on: '9.1/exit', reason: 'audit' })), 'hold', { on: '9.1/exit', by: 'lee', reason: 'holidays' })],
  ['a completion in the name of another', 'settled', 'head', (f) => f.resend(f.message(says({ task: '9.1/a1' })), 'complete', { task: '9.1/a1', by: 'dana', note: 'by my deputy' })],
  ['a check that gives another reason', 'settled', 'head', (f) => f.answer(f.answers('check.met')[0] ?? {}, () => ({ state: 'passed', reason: 'somebody said so' }))],
  ['a step that has brought something else', 'settled', 'head', (f) => f.answer(f.answers('step.act', milestone(f, 1))[0] ?? {}, () => ({ outputs: { Result: 'result of others' } }))],
  ['another starter', 'settled', 'head', (f) => f.answer(f.events[0] ?? {}, (v) => ({ ...v, by: 'mia' }))],
  ['a phase a minute later', 'settled', 'head', (f) => f.shift(60_000)],
  ['a phase that is said to have been terminated before a rejection', 'settled', 'head', (f) => endAfter(f, isOpening('9.1/exit'), terminated)],
  ['people of a round, to whom one was added', 'settled', 'head', (f) => f.replace('"people":{"dana"', '"people":{"eve":{"roles":["Stakeholder"],"agents":[]},"dana"')],
  ['another policy of a gate that nobody has signed', 'settled', 'plan', plan('"policy":{"early":"keep"', '"policy":{"early":"keep","beforehand":"allow"')],
  ['another text of a criterion that nobody has signed', 'settled', 'plan', plan('Quality of 9.1 seen', 'Quality of 9.1 guessed')],
  ['another key for Dana, and her signatures by it', 'settled', 'playbook', rekey],
  ['another key for the provider, and its ID token by it', 'settled', 'providerKeys', reissue],
  ['a foreign key said to be listed', 'settled', 'playbook', (f) => foreignKey(f, keys.mallory.jwk)],
];

describe('a record that somebody has written anew, without a key', function () {
  this.timeout(120_000);
  let record: SignedRecord;
  let anchors: Required<Anchors>;

  before(async () => {
    record = await signedRecord();
    const found = await verify(new Forger(record).histories());
    assert.ok('head' in found, JSON.stringify(found));
    anchors = { ...record.anchors, head: found.head };
  });

  it('holds where nothing was changed, also beside what is kept elsewhere', async () => {
    const found = await verify(new Forger(record).histories(), { anchors, handover: record.handover });
    assert.ok('head' in found, JSON.stringify(found));
    assert.deepEqual([found.signed, found.anchored, found.milestones], [4, found.entries, { seen: 2, missing: [] }]);
  });

  it('holds where everything that follows is computed again, and nothing was changed', async () => {
    const forger = new Forger(record);
    await forger.settle();
    const found = await verify(forger.histories(), { anchors });
    assert.ok('head' in found, JSON.stringify(found));
  });

  for (const [what, how, by, change] of rows) {
    it(`shows ${what}, by ${by in anchorNames ? 'what is kept elsewhere: ' : ''}${by}`, async () => {
      const forger = new Forger(record);
      const before = JSON.stringify(forger.runs);
      await change(forger, record);
      assert.notEqual(JSON.stringify(forger.runs), before, 'nothing was changed');
      if (how !== 'as it is') await forger.settle({ handsOver: how === 'settled' });
      const alone = await verify(forger.histories());
      if (by in anchorNames) assert.ok('head' in alone, `found already: ${JSON.stringify(alone)}`);
      const one = by as keyof typeof anchors;
      const found = by in anchorNames ? await verify(forger.histories(), { anchors: { [one]: anchors[one] } }) : alone;
      assert.ok('reason' in found, 'nothing was found');
      assert.match(found.reason, told[by]);
    });
  }

  it('shows a hand-over beside it that says something else, by its digest', async () => {
    const handover = record.handover.replace('approved by dana', 'approved by omar');
    assert.notEqual(handover, record.handover);
    const found = await verify(new Forger(record).histories(), { handover });
    assert.ok('reason' in found && told.digest.test(found.reason), JSON.stringify(found));
  });
});
