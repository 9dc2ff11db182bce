import { clip, counted, line } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { GatesEvent } from '../../gates/events.ts';
import type { GatesState } from '../../gates/model.ts';
import { second } from '../../gates/rules/waits.ts';
import type { BoardSection, Slice } from '../../gates/slice.ts';
import { AMENDMENT } from '../../plan/amendments.ts';
import { changeInWords } from '../../plan/changes.ts';
import { amend } from './message.ts';
import { type Amendment, AMENDMENTS, amendmentsOf, CHANGE_CHARACTERS, CHANGES, KEPT, NO_AMENDMENTS } from './model.ts';

/**
 * Amendments of the running phase: one at a time is decided on, at a gate of its own. At most 20 that were made, with 20 changes of 200
 * characters each, and the texts of one that has come with its message and was not compiled yet (400,000 characters).
 */
export const amendments: Slice = {
  name: AMENDMENTS,
  messages: { amend },
  initial: NO_AMENDMENTS,
  reduce: (draft, event) => {
    if (event.type === 'amendmentAsked') ask(draft, event);
    else if (event.type === 'amendmentRefused') refuse(draft, event.number, event.reason);
    else if (event.type === 'amended') note(draft, event);
    dropLate(draft);
  },
  board,
  handover: (state) => {
    const { made } = amendmentsOf(state);
    if (made.length === 0) return undefined;
    return { made: made.map((one) => ({ ...one, approvedBy: [...one.approvedBy], changes: [...one.changes] })) };
  },
};

/** Lines of the criterion that names the changes. The board and the ledger have more of them. */
const ASKED = 10;
const TEXT_CHARACTERS = 1000;

/** Puts an amendment before those who approve it: the gate gets its one criterion, and is ready for its next round. */
function ask(draft: Draft, { number, gate, changes, basedOn }: GatesEvent & { type: 'amendmentAsked' }): void {
  const { under, ...known } = amendmentsOf(draft.state);
  if (under?.number !== number) return;
  const { given: _compiled, ...rest } = under;
  const told = changes.map((change) => clip(change, CHANGE_CHARACTERS));
  draft.setSlice(AMENDMENTS, { ...known, under: { ...rest, changes: told.slice(0, CHANGES) } });
  const more = told.length > ASKED ? `; and ${String(told.length - ASKED)} more` : '';
  const words = `Amendment ${String(number)} by ${under.by}: ${under.reason}: ${told.slice(0, ASKED).join('; ')}${more}`;
  const criterion = {
    id: `${gate.id}/1`,
    number: 1,
    text: clip(words, TEXT_CHARACTERS),
    checks: [],
    approval: 'only' as const,
    ...gate.asks,
    amends: { number, by: under.by, sha256: basedOn.compiled },
    line: gate.line,
  };
  const round = draft.gate(AMENDMENT)?.round ?? 0;
  draft.setGate(AMENDMENT, { gate: { ...gate, criteria: [criterion] }, state: 'pending', round, criteria: {} });
  draft.record({
    what: 'amendment asked',
    trust: 'phase',
    on: AMENDMENT,
    code: 'ACCEPTED',
    reason: clip(
      `amendment ${String(number)} makes ${counted(told.length, 'change')}: ${told.join('; ')}`,
      4 * TEXT_CHARACTERS,
    ),
    basedOn,
  });
}

function refuse(draft: Draft, number: number, reason: string): void {
  const { under, ...known } = amendmentsOf(draft.state);
  if (under?.number !== number) return;
  draft.setSlice(AMENDMENTS, known);
  const gate = draft.gate(AMENDMENT);
  // Its round is over, and it waits for the next amendment.
  if (gate !== undefined)
    draft.setGate(AMENDMENT, { gate: gate.gate, round: gate.round, state: 'pending', criteria: {} });
  draft.record({
    what: 'amendment refused',
    trust: 'phase',
    on: AMENDMENT,
    code: 'REFUSED',
    reason: `amendment ${String(number)}: ${reason}`,
  });
}

function note(draft: Draft, { number, changes, reason, basedOn }: GatesEvent & { type: 'amended' }): void {
  const { under, ...known } = amendmentsOf(draft.state);
  if (under === undefined) return;
  const votes = Object.values(draft.gate(AMENDMENT)?.criteria ?? {}).flatMap((criterion) => criterion.votes);
  const told = changes.map((change) => clip(changeInWords(change), CHANGE_CHARACTERS));
  const approvedBy = votes.map(({ by }) => by);
  const amendment: Amendment = {
    number,
    by: under.by,
    approvedBy,
    at: draft.at,
    reason: under.reason,
    ...basedOn,
    changes: told.slice(0, CHANGES),
    more: Math.max(0, told.length - CHANGES),
  };
  draft.setSlice(AMENDMENTS, { ...known, made: [...known.made, amendment].slice(-KEPT) });
  draft.record({
    what: 'amended',
    trust: 'phase',
    by: under.by,
    on: AMENDMENT,
    code: 'ACCEPTED',
    reason: clip(
      `amendment ${String(number)}, approved by ${approvedBy.join(' and ')}: ${reason}`,
      4 * TEXT_CHARACTERS,
    ),
    basedOn,
  });
}

/** Nothing is left to amend once the completion gate has cleared. */
function dropLate(draft: Draft): void {
  const { under } = amendmentsOf(draft.state);
  if (under === undefined || draft.gate('completion')?.state !== 'cleared') return;
  refuse(draft, under.number, 'the completion gate has cleared before it was approved');
}

function board(state: GatesState): BoardSection[] {
  const { under, made } = amendmentsOf(state);
  const waiting =
    under === undefined
      ? []
      : [
          {
            text: `**${String(under.number)}** by ${line(under.by)}: ${line(under.reason)} · ${under.changes === undefined ? 'is being compiled' : `waits at \`${AMENDMENT}\`: ${line(under.changes.join('; '))}`}`,
          },
        ];
  const items = made.toReversed().map(({ number, by, approvedBy, at, reason, changes, more }) => ({
    text: `**${String(number)}** made ${second(new Date(at).toISOString())} · by ${line(by)}, approved by ${line(approvedBy.join(', '))} · ${line(reason)} · ${counted(changes.length + more, 'change')}`,
  }));
  const all = [...waiting, ...items];
  return all.length === 0 ? [] : [{ title: 'Amendments', items: all, query: 'slices' }];
}
