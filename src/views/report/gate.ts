import { clip } from '../../base/text.ts';
import type { GateStanding } from '../../contract/standing.ts';
import type { LedgerEntry } from '../../gates/ledger.ts';
import type { Gate, GateId } from '../../plan/gate-model.ts';
import { type Block, paragraph, table } from '../page/blocks.ts';
import { evidenceInWords } from '../words.ts';
import { gateInWords, type Subject } from './subject.ts';

const REASON_CHARACTERS = 400;
/** Checks of one gate. */
const CHECKS = 200;

/** What people have said at gates, by the name of the message. */
export const decided: { readonly [what: string]: string } = {
  approve: 'approved',
  'pre-approval': 'approved before it opened',
  reject: 'rejected',
  waive: 'did without a criterion',
  withdraw: 'took the approval back',
  override: 'cleared it in spite of what was missing',
  resubmit: 'had it opened again',
};

export interface ShownGate {
  readonly gate: Gate;
  /** The last decisions. */
  readonly last: readonly LedgerEntry[];
  /** How many there were. */
  readonly total: number;
  /** What each check has found last, by the check's id. */
  readonly found: ReadonlyMap<string, LedgerEntry>;
}

/** One gate: when it opened and cleared, its criteria, and the last decisions. */
export function gateBlocks({ standing, dates }: Subject, { gate, last, total, found }: ShownGate): Block[] {
  const now = standing.gates[gate.id];
  if (now === undefined) return [];
  const title = gateInWords(gate.id);
  const criteria = gate.criteria.map((criterion, index) => [
    `${String(criterion.number)} ${criterion.text}`,
    howInWords(now, index),
  ]);
  const checked = gate.criteria.flatMap(({ number, checks }) =>
    checks.flatMap(({ id, kind }) => {
      const entry = found.get(id);
      if (entry === undefined) return [];
      const { at, reason, evidence } = entry;
      return [
        [`${String(number)} ${kind}`, dates.instant(at), clip(reason, REASON_CHARACTERS), evidenceInWords(evidence)],
      ];
    }),
  );
  const rows = last.map(({ at, by = '', what, reason, evidence, on = '', criteria: of = [] }) => [
    dates.instant(at),
    by,
    `${decided[what] ?? what}${aboutInWords(gate.id, on, of)}`,
    clip(reason, REASON_CHARACTERS),
    evidenceInWords(evidence),
  ]);
  const all = last.length === total ? 'decisions' : `the last ${String(last.length)} of ${String(total)} decisions`;
  return [
    { kind: 'heading', text: title },
    ...paragraph(timesOf(now, (at) => dates.instant(at))),
    ...table(`${title}: criteria`, ['Criterion', 'How it was met'], criteria),
    ...table(`${title}: ${all}`, ['When', 'Who', 'What', 'Remark', 'Evidence'], rows),
    ...looked(title, checked),
  ];
}

function howInWords({ met, beforehand, state }: GateStanding, index: number): string {
  if (beforehand !== undefined) return `before the phase, as ${beforehand} said at its start`;
  const how = met[index];
  if (how !== undefined) return how;
  return state === 'cleared' ? 'not met: the gate was cleared in spite of it' : 'not met yet';
}

/** What the checks of a gate have found, and what they have looked at. */
function looked(title: string, rows: readonly string[][]): Block[] {
  if (rows.length === 0) return [];
  const head = ['Criterion and check', 'When', 'What it found', 'Evidence'];
  const shown = rows.slice(0, CHECKS);
  const caption = shown.length < rows.length ? `${String(CHECKS)} of ${String(rows.length)} checks` : 'checks';
  return [
    {
      kind: 'details',
      summary: `What ${String(rows.length)} ${rows.length === 1 ? 'check' : 'checks'} found`,
      blocks: table(`${title}: ${caption}`, head, shown),
    },
  ];
}

function timesOf(
  { state, openedAt, closedAt, round, overriddenBy, beforehand }: GateStanding,
  instant: (at: number) => string,
): string {
  if (beforehand !== undefined) return `Counted as cleared before the phase, said by ${beforehand}.`;
  const again = round > 1 ? ` for the ${ordinal(round)} time` : '';
  const opened = `Opened${again}${openedAt === undefined ? '' : ` on ${instant(openedAt)}`}`;
  if (state === 'open') return `${opened}, and still open.`;
  const closed = closedAt === undefined ? '' : ` on ${instant(closedAt)}`;
  if (state === 'rejected') return `${opened}, and rejected${closed}.`;
  const by = overriddenBy === undefined ? '' : ` by ${overriddenBy}, although criteria were not met`;
  return `${opened}, and cleared${closed}${by}.`;
}

function ordinal(count: number): string {
  const words = ['', 'first', 'second', 'third', 'fourth', 'fifth'];
  return words[count] ?? `${String(count)}th`;
}

function aboutInWords(gate: GateId, on: string, criteria: readonly string[]): string {
  const ids = criteria.length > 0 ? criteria : on === gate ? [] : [on];
  const numbers = ids.map((id) => id.slice(id.lastIndexOf('/') + 1)).slice(0, 20);
  if (numbers.length === 0) return '';
  return ` (${numbers.length === 1 ? 'criterion' : 'criteria'} ${numbers.join(', ')})`;
}
