import type { Criterion, GateId } from '../../plan/gate-model.ts';
import { objectionToWaiver } from '../able.ts';
import type { Verdict } from '../ledger.ts';
import type { DecisionMessage, DecisionName } from '../model.ts';
import { closing } from '../rounds.ts';
import { subjectOf } from '../rules/separation.ts';
import type { Turn } from '../turn.ts';
import { answer, type Letter } from './answer.ts';
import { approve, withdraw } from './approve.ts';
import { hasApprover, mayOperate, operatorsInWords, senderOf, unlisted } from './authorise.ts';
import type { Decision } from './decision.ts';
import { keepEarly } from './early.ts';
import { override } from './override.ts';
import { reject, resubmit } from './reject.ts';
import { meant } from './shape.ts';

/** Judges a decision: what it is about, whether it comes in time, and then by its name. */
export function decide(turn: Turn, name: DecisionName, message: DecisionMessage, letter: Letter): Verdict {
  const gate = turn.gate(message.gate);
  if (gate === undefined) {
    return answer(turn, letter, 'UNKNOWN', `there is no gate ${meant(message.gate, Object.keys(turn.state.gates))}`);
  }
  const known: Letter = { ...letter, gate: gate.gate.id };
  const sender = senderOf(turn.state, message.by);
  if (sender === undefined) return answer(turn, known, 'UNKNOWN', unlisted(turn.state, message.by));
  const criterion = findCriterion(gate.gate.criteria, message.criterion);
  if (typeof criterion === 'string') return answer(turn, known, 'UNKNOWN', criterion);
  const about: Letter = criterion === undefined ? known : { ...known, criterion: criterion.id };
  const decision: Decision = {
    turn,
    letter: about,
    message,
    gate,
    sender,
    ...(criterion === undefined ? {} : { criterion }),
  };
  return unsigned(decision, name) ?? untimely(decision, name) ?? byName[name](decision);
}

const byName: { readonly [name in DecisionName]: (decision: Decision) => Verdict } = {
  approve,
  withdraw,
  reject,
  resubmit,
  waive,
  recheck,
  override,
};

/** They ask the gate again, and bring no criterion nearer to being met. */
const asking: readonly DecisionName[] = ['resubmit', 'recheck'];

/** Where signatures are asked for, nothing else counts. */
function unsigned({ turn, letter, gate }: Decision, name: DecisionName): Verdict | undefined {
  const { id, policy } = gate.gate;
  if (policy?.trust !== 'signed' || letter.trust === 'signed' || asking.includes(name)) return undefined;
  return answer(
    turn,
    letter,
    'DENIED',
    `decisions on ${id} must be signed; "npm run approve -- --key FILE" signs and sends`,
  );
}

/** Early, late and stale decisions are recorded and never applied. */
function untimely({ turn, letter, message, gate }: Decision, name: DecisionName): Verdict | undefined {
  const { id } = gate.gate;
  if (gate.state === 'cleared') return answer(turn, letter, 'LATE', `${id} has been cleared`);
  if (gate.state === 'pending') {
    if (name === 'approve' && gate.gate.policy?.early === 'keep') return keepEarly(turn, id, message, letter);
    return answer(turn, letter, 'EARLY', `${id} is not open yet; say it again when it is`);
  }
  if (message.round !== undefined && message.round !== gate.round) {
    const { round } = message;
    return answer(turn, letter, 'STALE', `meant for round ${String(round)}; ${id} is in round ${String(gate.round)}`);
  }
  if (message.nonce !== undefined && message.nonce !== gate.nonce) {
    return answer(turn, letter, 'STALE', `meant for another round than the one of ${id} that is open`);
  }
  if (message.subject !== undefined && message.subject !== subjectOf(turn.state, id)) {
    return answer(
      turn,
      letter,
      'STALE',
      `${id} is no longer what it was decided on: criteria, evidence or work have changed`,
    );
  }
  if (gate.state === 'rejected' && name !== 'resubmit') {
    return answer(
      turn,
      letter,
      'LATE',
      `${id} was rejected in round ${String(gate.round)}; wait for the next round or resubmit`,
    );
  }
  return undefined;
}

function waive({ turn, letter, message, gate, criterion }: Decision): Verdict {
  if (criterion === undefined) return answer(turn, letter, 'MALFORMED', '"criterion" is missing');
  const objection = objectionToWaiver(turn.state, gate.gate, criterion, message.by);
  if (objection !== undefined) return answer(turn, letter, objection.code, objection.reason);
  const state = gate.criteria[criterion.id] ?? { votes: [], checks: {} };
  if (state.waiver !== undefined) return answer(turn, letter, 'REPEATED', `waived already by ${state.waiver.by}`);
  const { by, reason = '', note } = message;
  turn.setCriterion(gate, criterion.id, {
    ...state,
    waiver: { by, at: turn.at, reason, ...(note === undefined ? {} : { note }) },
  });
  const verdict = answer(turn, { ...letter, criteria: [criterion.id] }, 'ACCEPTED', `waived: ${reason}`);
  return closing(turn, verdict, gate);
}

function recheck({ turn, letter, gate, sender, criterion }: Decision): Verdict {
  const isApprover = gate.gate.criteria.some((one) => hasApprover(sender, one));
  if (!isApprover && !mayOperate(turn.state, sender)) {
    return answer(
      turn,
      letter,
      'DENIED',
      `only approvers of this gate and operators recheck: ${operatorsInWords(turn.state)}`,
    );
  }
  const { confirming: _startsOver, ...rest } = gate;
  turn.setGate(gate.gate.id, rest);
  turn.effects.push({
    type: 'recheck',
    gate: gate.gate.id,
    ...(criterion === undefined ? {} : { criterion: criterion.id }),
  });
  return answer(turn, letter, 'ACCEPTED', 'its checks look again now');
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
export function admitEarly(turn: Turn, id: GateId): void {
  const opened = turn.gate(id);
  if (opened?.state !== 'open' || opened.early === undefined) return;
  const { early, ...gate } = opened;
  turn.setGate(id, gate);
  const subject = subjectOf(turn.state, id);
  for (const { message, subject: then, trust } of early) {
    const { by, note, evidence } = message;
    const letter: Letter = {
      name: 'pre-approval',
      body: message,
      by,
      gate: id,
      ...(note === undefined ? {} : { note }),
      ...(evidence === undefined ? {} : { evidence }),
      ...(trust === undefined ? {} : { trust }),
    };
    if (then === subject) decide(turn, 'approve', message, letter);
    else answer(turn, letter, 'STALE', 'what it was about has changed since');
  }
}
