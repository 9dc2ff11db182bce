import type { GateStanding } from '../../contract/standing.ts';
import type { Evidence, LedgerEntry } from '../../gates/ledger.ts';
import type { GateId } from '../../plan/gate-model.ts';
import { gatesOf } from '../../plan/walk.ts';
import { clip, counted } from '../../base/text.ts';
import { type Block, paragraph, table } from '../page/blocks.ts';
import { gateInWords, type Subject } from './subject.ts';

/** Decisions that are shown of one gate, and of all: people read the last ones, and the record has all. */
const OF_ONE = 20;
const OF_ALL = 300;
/** Gates that are shown. */
const GATES = 200;
const REASON_CHARACTERS = 400;

/** What people have said at gates, and what the gates made of it. */
const decided: { readonly [what: string]: string } = {
  approve: 'approved',
  'pre-approval': 'approved before it opened',
  reject: 'rejected',
  waive: 'did without a criterion',
  withdraw: 'took the approval back',
  override: 'cleared it in spite of what was missing',
  resubmit: 'had it opened again',
};

/** Every gate that was reached: how each criterion was met, and who decided what, when and on which evidence. */
export function decisions(subject: Subject): Block[] {
  const { standing } = subject;
  const gates = gatesOf(standing.plan).filter(({ id }) => standing.gates[id] !== undefined);
  const said = decisionsByGate(subject, standing.ledger);
  const total = [...said.values()].reduce((sum, all) => sum + all.length, 0);
  let left = OF_ALL;
  let shown = 0;
  const blocks = gates.slice(0, GATES).flatMap(({ id }): Block[] => {
    const all = said.get(id) ?? [];
    const last = all.slice(-Math.min(OF_ONE, left)).slice(left === 0 ? all.length : 0);
    left -= last.length;
    shown += last.length;
    return gateBlocks(subject, id, last, all.length);
  });
  const waiting = gatesOf(standing.plan).filter(
    ({ id, guards }) => standing.gates[id] === undefined && guards?.what !== 'changes',
  ).length;
  return [
    ...paragraph(counts(total, shown, standing.ledger)),
    ...blocks,
    ...paragraph(gates.length > GATES ? `${String(GATES)} of ${String(gates.length)} gates are shown.` : ''),
    ...paragraph(waiting === 0 ? '' : `${counted(waiting, 'gate has', 'gates have')} not been reached.`),
  ];
}

function counts(total: number, shown: number, ledger: readonly LedgerEntry[]): string {
  const refused = ledger.filter(
    ({ trust, code }) => trust !== 'phase' && code !== 'ACCEPTED' && code !== 'PRE_APPROVED',
  ).length;
  const which =
    shown < total
      ? `, of which the last ${String(shown)} are shown here; the ledger in the record of the phase has all of them`
      : '';
  const others =
    refused === 0
      ? ''
      : ` ${counted(refused, 'message')} did not count: too early, too late, repeated, or not theirs to decide; the ledger tells which.`;
  return `People took ${counted(total, 'decision')} at gates${which}.${others}`;
}

function decisionsByGate({ standing }: Subject, ledger: readonly LedgerEntry[]): ReadonlyMap<GateId, LedgerEntry[]> {
  const found = new Map<GateId, LedgerEntry[]>();
  const ids = new Set(gatesOf(standing.plan).map(({ id }) => id));
  for (const entry of ledger) {
    if (entry.code !== 'ACCEPTED' || entry.trust === 'phase' || decided[entry.what] === undefined) continue;
    const { on = '' } = entry;
    const gate = ids.has(on) ? on : on.slice(0, on.lastIndexOf('/'));
    const of = found.get(gate);
    if (of === undefined) found.set(gate, [entry]);
    else of.push(entry);
  }
  return found;
}

function gateBlocks(subject: Subject, id: GateId, last: readonly LedgerEntry[], all: number): Block[] {
  const { standing, dates } = subject;
  const gate = standing.gates[id];
  const planned = gatesOf(standing.plan).find((one) => one.id === id);
  if (gate === undefined || planned === undefined) return [];
  const title = gateInWords(id);
  const criteria = planned.criteria.map(({ number, text }, index) => [
    `${String(number)} ${text}`,
    howInWords(gate, index),
  ]);
  const rows = last.map(({ at, by = '', what, reason, evidence, on = '', criteria: of = [] }) => [
    dates.instant(at),
    by,
    `${decided[what] ?? what}${aboutInWords(id, on, of)}`,
    clip(reason, REASON_CHARACTERS),
    evidenceInWords(evidence),
  ]);
  const caption =
    last.length < all ? `${title}: the last ${String(last.length)} of ${String(all)} decisions` : `${title}: decisions`;
  return [
    { kind: 'heading', text: title },
    ...paragraph(timesOf(gate, subject)),
    ...table(`${title}: criteria`, ['Criterion', 'How it was met'], criteria),
    ...table(caption, ['When', 'Who', 'What', 'In the ledger', 'Evidence'], rows),
  ];
}

function howInWords({ met, beforehand, state }: GateStanding, index: number): string {
  if (beforehand !== undefined) return `before the phase, as ${beforehand} said at its start`;
  const how = met[index];
  if (how !== undefined) return how;
  return state === 'cleared' ? 'not met: the gate was cleared in spite of it' : 'not met yet';
}

function timesOf(
  { state, openedAt, closedAt, round, overriddenBy, beforehand }: GateStanding,
  { dates }: Subject,
): string {
  if (beforehand !== undefined) return `Counted as cleared before the phase, said by ${beforehand}.`;
  const again = round > 1 ? ` for the ${ordinal(round)} time` : '';
  const opened = openedAt === undefined ? '' : `Opened${again} on ${dates.instant(openedAt)}`;
  if (state === 'open') return `${opened}, and open still.`;
  const closed = closedAt === undefined ? '' : ` on ${dates.instant(closedAt)}`;
  if (state === 'rejected') return `${opened}, and rejected${closed}.`;
  const by = overriddenBy === undefined ? '' : ` by ${overriddenBy}, although criteria were not met`;
  return `${opened}, and cleared${closed}${by}.`;
}

function ordinal(count: number): string {
  const words = ['', 'first', 'second', 'third', 'fourth', 'fifth'];
  return words[count] ?? `${String(count)}th`;
}

function aboutInWords(gate: GateId, on: string, criteria: readonly string[]): string {
  const numbers = (criteria.length > 0 ? criteria : on === gate ? [] : [on]).map((id) =>
    id.slice(id.lastIndexOf('/') + 1),
  );
  return numbers.length === 0
    ? ''
    : ` (${numbers.length === 1 ? 'criterion' : 'criteria'} ${numbers.slice(0, 20).join(', ')})`;
}

function evidenceInWords(evidence: Evidence | undefined): string {
  if (evidence === undefined) return '';
  if (typeof evidence === 'string') return clip(evidence, REASON_CHARACTERS);
  const { where, sha256 } = evidence;
  return `${clip(where, REASON_CHARACTERS)}${sha256 === undefined ? '' : ` (SHA-256 ${sha256.slice(0, 12)}…)`}`;
}
