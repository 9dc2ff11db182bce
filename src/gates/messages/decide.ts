import type { Criterion, GateId } from '../../plan/gate-model.ts';
import { objectionToWaiver } from '../able.ts';
import type { Verdict } from '../ledger.ts';
import type { DecisionMessage } from '../model.ts';
import { closing } from '../rounds.ts';
import { subjectOf } from '../rules/separation.ts';
import type { Draft } from '../draft.ts';
import { answer } from './answer.ts';
import type { Envelope } from './envelope.ts';
import { approve } from './approve.ts';
import { hasApprover, mayOperate, operatorsInWords, senderOf, unlisted } from './authorise.ts';
import type { Decision, DecisionKind } from './decision.ts';
import { keepEarly } from './early.ts';
import { meant } from './shape.ts';

/** An approval. One that was kept is judged as its gate opens. */
export const approval: DecisionKind = { apply: approve, early: true };

/** Judges a decision: its gate, sender and criterion, then whether it comes in time, and then by its kind. */
export function decide(draft: Draft, kind: DecisionKind, message: DecisionMessage, envelope: Envelope): Verdict {
  const gate = draft.gate(message.gate);
  if (gate === undefined) {
    return answer(
      draft,
      envelope,
      'UNKNOWN',
      `there is no gate ${meant(message.gate, Object.keys(draft.state.gates))}`,
    );
  }
  const known: Envelope = { ...envelope, gate: gate.gate.id };
  const sender = senderOf(draft.state, message.by);
  if (sender === undefined) return answer(draft, known, 'UNKNOWN', unlisted(draft.state, message.by));
  const criterion = findCriterion(gate.gate.criteria, message.criterion);
  if (typeof criterion === 'string') return answer(draft, known, 'UNKNOWN', criterion);
  const about: Envelope = criterion === undefined ? known : { ...known, criterion: criterion.id };
  const decision: Decision = {
    draft,
    envelope: about,
    message,
    gate,
    sender,
    criterion,
  };
  return unsigned(decision, kind) ?? untimely(decision, kind) ?? kind.apply(decision);
}

/** Where the policy asks for signatures, unsigned decisions do not count. */
function unsigned({ draft, envelope, gate }: Decision, kind: DecisionKind): Verdict | undefined {
  const { id, policy } = gate.gate;
  if (policy?.trust !== 'signed' || envelope.trust === 'signed' || kind.unsigned === true) return undefined;
  return answer(
    draft,
    envelope,
    'DENIED',
    `decisions on ${id} must be signed; "npm run approve -- --key FILE" signs and sends`,
  );
}

/** Early, late and stale decisions are recorded and never applied. */
function untimely({ draft, envelope, message, gate }: Decision, kind: DecisionKind): Verdict | undefined {
  const { id } = gate.gate;
  if (gate.state === 'cleared') return answer(draft, envelope, 'LATE', `${id} has been cleared`);
  if (gate.state === 'pending') {
    if (kind.early === true && gate.gate.policy?.early === 'keep') return keepEarly(draft, id, message, envelope);
    return answer(draft, envelope, 'EARLY', `${id} is not open yet; say it again when it is`);
  }
  if (message.round !== undefined && message.round !== gate.round) {
    const { round } = message;
    return answer(
      draft,
      envelope,
      'STALE',
      `meant for round ${String(round)}; ${id} is in round ${String(gate.round)}`,
    );
  }
  if (message.nonce !== undefined && message.nonce !== gate.nonce) {
    return answer(draft, envelope, 'STALE', `meant for another round than the one of ${id} that is open`);
  }
  if (message.subject !== undefined && message.subject !== subjectOf(draft.state, id)) {
    return answer(
      draft,
      envelope,
      'STALE',
      `${id} is no longer what it was decided on: criteria, evidence or work have changed`,
    );
  }
  if (gate.state === 'rejected' && kind.rejected !== true) {
    return answer(
      draft,
      envelope,
      'LATE',
      `${id} was rejected in round ${String(gate.round)}; wait for the next round or resubmit`,
    );
  }
  return undefined;
}

/** Does without a criterion, whatever its checks find. */
export function waive({ draft, envelope, message, gate, criterion }: Decision): Verdict {
  if (criterion === undefined) return answer(draft, envelope, 'MALFORMED', '"criterion" is missing');
  const objection = objectionToWaiver(draft.state, gate.gate, criterion, message.by);
  if (objection !== undefined) return answer(draft, envelope, objection.code, objection.reason);
  const state = gate.criteria[criterion.id] ?? { votes: [], checks: {} };
  if (state.waiver !== undefined) return answer(draft, envelope, 'REPEATED', `waived already by ${state.waiver.by}`);
  const { by, reason = '', note } = message;
  draft.setCriterion(gate, criterion.id, {
    ...state,
    waiver: { by, at: draft.at, reason, note },
  });
  const verdict = answer(draft, { ...envelope, criteria: [criterion.id] }, 'ACCEPTED', `waived: ${reason}`);
  return closing(draft, verdict, gate);
}

/** Has the checks of a gate, or of one criterion, look again at once. */
export function recheck({ draft, envelope, gate, sender, criterion }: Decision): Verdict {
  const isApprover = gate.gate.criteria.some((one) => hasApprover(sender, one));
  if (!isApprover && !mayOperate(draft.state, sender)) {
    return answer(
      draft,
      envelope,
      'DENIED',
      `only approvers of this gate and operators recheck: ${operatorsInWords(draft.state)}`,
    );
  }
  const asked = criterion === undefined ? gate.gate.criteria : [criterion];
  if (asked.every(({ checks }) => checks.length === 0)) {
    const subject = criterion === undefined ? gate.gate.id : criterion.id;
    return answer(draft, envelope, 'REFUSED', `${subject} has no checks; people decide it`);
  }
  const { confirming: _startsOver, ...rest } = gate;
  draft.setGate(gate.gate.id, rest);
  draft.effects.push({
    type: 'recheck',
    gate: gate.gate.id,
    criterion: criterion?.id,
  });
  return answer(draft, envelope, 'ACCEPTED', 'its checks look again now');
}

/** By number, id, or unique beginning of the text; a sentence when it is none or several. */
function findCriterion(
  criteria: readonly Criterion[],
  wanted: string | number | undefined,
): Criterion | string | undefined {
  if (wanted === undefined) return undefined;
  const text = String(wanted).trim().toLowerCase();
  const exact = criteria.find(({ id, number }) => id.toLowerCase() === text || String(number) === text);
  if (exact !== undefined) return exact;
  const matches = criteria.filter((criterion) => criterion.text.toLowerCase().startsWith(text));
  if (matches.length === 1 && matches[0] !== undefined) return matches[0];
  if (matches.length > 1)
    return `"${text.slice(0, 100)}" begins ${String(matches.length)} criteria; name one by its number`;
  const numbers = criteria.map(({ number, text: words }) => `${String(number)} (${words})`).join(', ');
  const known = criteria.length === 1 ? `there is only ${numbers}` : `there are ${numbers === '' ? 'none' : numbers}`;
  return `there is no criterion "${text.slice(0, 100)}"; ${known}`;
}

/** As a gate opens, its early approvals count if they are still about the same; each is told, whichever way it goes. */
export function admitEarly(draft: Draft, id: GateId): void {
  const opened = draft.gate(id);
  if (opened?.state !== 'open' || opened.early === undefined) return;
  const { early, ...gate } = opened;
  draft.setGate(id, gate);
  const subject = subjectOf(draft.state, id);
  for (const { message, subject: then, trust } of early) {
    const { by, note, evidence } = message;
    const envelope: Envelope = {
      name: 'pre-approval',
      body: message,
      by,
      gate: id,
      note,
      evidence,
      trust,
    };
    if (then === subject) decide(draft, approval, message, envelope);
    else answer(draft, envelope, 'STALE', 'what it was about has changed since');
  }
}
