import type { Criterion } from '../../plan/gate-model.ts';
import { answer } from './answer.ts';
import { hasApprover, rolesInWords, type Sender } from './authorise.ts';
import { asAsked, isMet, missingApprovals, validVotes, wouldCount } from '../rules/criteria.ts';
import { closing } from '../rounds.ts';
import type { Decision } from './decision.ts';
import type { Verdict, VerdictCode } from '../ledger.ts';
import type { CriterionState, GateState, Vote } from '../model.ts';
import { excluded } from '../rules/separation.ts';

/** Approves one criterion, or every unmet one of the gate that the sender may approve. */
export function approve(decision: Decision): Verdict {
  return decision.criterion === undefined ? approveMine(decision) : approveOne(decision, decision.criterion);
}

function approveOne(decision: Decision, criterion: Criterion): Verdict {
  const { draft, envelope, gate } = decision;
  const objection = objectionTo(decision, criterion);
  if (objection !== undefined) return answer(draft, envelope, objection.code, objection.reason);
  castVote(decision, gate, criterion);
  const reason = `approved${stillMissing(decision, criterion)}`;
  return closing(draft, answer(draft, { ...envelope, criteria: [criterion.id] }, 'ACCEPTED', reason), gate);
}

function approveMine(decision: Decision): Verdict {
  const { draft, envelope, gate } = decision;
  const objections = gate.gate.criteria.map((criterion) => ({
    criterion,
    objection: objectionTo(decision, criterion),
  }));
  const mine = objections.filter(({ objection }) => objection === undefined).map(({ criterion }) => criterion);
  if (mine.length === 0)
    return noneOfMine(
      decision,
      objections.flatMap(({ criterion, objection }) =>
        objection === undefined
          ? []
          : [{ ...objection, met: isMet(draft.state, gate.gate, asAsked(draft.state, gate.gate, criterion)) }],
      ),
    );
  let changed = gate;
  for (const criterion of mine) changed = castVote(decision, changed, criterion);
  const [first] = mine;
  const missing = mine.length === 1 && first !== undefined ? stillMissing(decision, first) : '';
  const known = { ...envelope, criteria: mine.map(({ id }) => id) };
  return closing(draft, answer(draft, known, 'ACCEPTED', `approved ${inWords(mine)}${missing}`), gate);
}

/** The most telling of the reasons: nothing that a person decides, said already, or not theirs to say. */
function noneOfMine(
  { draft, envelope, message, gate }: Decision,
  objections: readonly (Objection & { readonly met: boolean })[],
): Verdict {
  if (objections.every(({ code }) => code === 'REFUSED')) {
    return answer(draft, envelope, 'REFUSED', 'checks alone decide this gate; an operator may waive');
  }
  const theirs = objections.filter(({ code }) => code === 'DENIED');
  const asked = theirs.filter(({ met }) => !met);
  // A criterion that is met needs no approval. When all are met, the gate waits only for its time, and the sender still has no right to it.
  const denied = (asked.length === 0 ? theirs : asked).map(({ reason }) => reason);
  if (objections.some(({ code }) => code === 'REPEATED')) {
    const reason = `everything of ${gate.gate.id} that ${message.by} may approve is approved or met`;
    return answer(draft, envelope, 'REPEATED', denied.length === 0 ? reason : `${reason}; ${denied.join('; ')}`);
  }
  const early = objections.filter(({ code }) => code === 'EARLY').map(({ reason }) => reason);
  return early.length > 0
    ? answer(draft, envelope, 'EARLY', early.join('; '))
    : answer(draft, envelope, 'DENIED', denied.join('; '));
}

interface Objection {
  readonly code: VerdictCode;
  readonly reason: string;
}

/** Why an approval of a criterion by this sender would not count. */
function objectionTo(decision: Decision, planned: Criterion): Objection | undefined {
  const { draft, message, gate, sender } = decision;
  const criterion = asAsked(draft.state, gate.gate, planned);
  if (criterion.approval === 'no') {
    return { code: 'REFUSED', reason: 'only its check decides this criterion; an operator may waive it' };
  }
  const number = String(criterion.number);
  if (!hasApprover(sender, criterion)) {
    return { code: 'DENIED', reason: `criterion ${number} is for ${rolesInWords(draft.state, criterion)}` };
  }
  const why = excluded(draft.state, gate.gate, message.by, criterion);
  if (why !== undefined)
    return { code: 'DENIED', reason: `${message.by} ${why}, so criterion ${number} is for others` };
  const votes = validVotes(draft.state, gate.gate, criterion);
  if (votes.some(({ by }) => by === message.by)) return { code: 'REPEATED', reason: 'approved already by you' };
  if (isMet(draft.state, gate.gate, criterion)) {
    const others = votes.map(({ by }) => by).join(' and ');
    return {
      code: 'REPEATED',
      reason: others === '' ? 'this criterion is met already' : `approved already by ${others}`,
    };
  }
  if (wouldCount(draft.state, gate.gate, criterion, identity(message.by, sender))) return undefined;
  const missing = missingApprovals(draft.state, gate.gate, criterion);
  if (missing === '') {
    return { code: 'REPEATED', reason: `approved already by ${votes.map(({ by }) => by).join(' and ')}` };
  }
  return criterion.ordered === true
    ? { code: 'EARLY', reason: `criterion ${number} waits for ${missing} first; say it again then` }
    : { code: 'REPEATED', reason: `that part of criterion ${number} is approved already; missing: ${missing}` };
}

/** Takes back the sender's own approval or waiver, of one criterion or of all. */
export function withdraw({ draft, envelope, message, gate, criterion }: Decision): Verdict {
  const isMine = ({ by }: Vote): boolean => by === message.by;
  const mine = (criterion === undefined ? gate.gate.criteria : [criterion]).filter((one) => {
    const { votes, waiver } = stateOf(gate, one);
    return votes.some(isMine) || waiver?.by === message.by;
  });
  if (mine.length === 0) return answer(draft, envelope, 'REFUSED', `${message.by} has nothing to withdraw here`);
  let changed = gate;
  for (const one of mine) {
    const { votes, waiver, ...rest } = stateOf(changed, one);
    changed = draft.setCriterion(changed, one.id, {
      ...rest,
      votes: votes.filter((vote) => !isMine(vote)),
      ...(waiver === undefined || isMine(waiver) ? {} : { waiver }),
    });
  }
  const known = { ...envelope, criteria: mine.map(({ id }) => id) };
  return closing(draft, answer(draft, known, 'ACCEPTED', `withdrawn from ${inWords(mine)}`), gate);
}

/** `criterion 2`, `criteria 1, 3` */
function inWords(criteria: readonly Criterion[]): string {
  const numbers = criteria.map(({ number }) => String(number)).join(', ');
  return `${criteria.length === 1 ? 'criterion' : 'criteria'} ${numbers}`;
}

function castVote(decision: Decision, gate: GateState, criterion: Criterion): GateState {
  const state = stateOf(gate, criterion);
  // An earlier vote of the same person may have stopped counting; there is one of each person at most.
  const others = state.votes.filter(({ by }) => by !== decision.message.by);
  return decision.draft.setCriterion(gate, criterion.id, { ...state, votes: [...others, vote(decision)] });
}

function vote({ draft, message, sender }: Decision): Vote {
  const { by, note, evidence } = message;
  return {
    ...identity(by, sender),
    at: draft.at,
    note,
    evidence,
  };
}

function identity(by: string, sender: Sender): { by: string; roles?: readonly string[] } {
  return sender.kind === 'anyone' ? { by } : { by, roles: sender.person.roles };
}

function stillMissing({ draft, gate }: Decision, criterion: Criterion): string {
  const missing = missingApprovals(draft.state, gate.gate, criterion);
  return missing === '' ? '' : `; still missing: ${missing}`;
}

function stateOf(gate: GateState, { id }: Criterion): CriterionState {
  return gate.criteria[id] ?? { votes: [], checks: {} };
}
