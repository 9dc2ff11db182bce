import type { GateStanding } from '../../contract/standing.ts';
import type { LedgerEntry } from '../../gates/ledger.ts';
import type { Gate, GateId } from '../../plan/gate-model.ts';
import { gatesOf } from '../../plan/walk.ts';
import { type Block, paragraph, table } from '../page/blocks.ts';
import { decided } from '../report/gate.ts';
import { gateInWords, type Subject } from '../report/subject.ts';

/** Entries that are shown of all gates together; the ledger in the record has all. */
const ENTRIES = 5_000;

/** Each gate that was reached: how each criterion was met, and every entry of the ledger about it that counts. */
export function gateAudits(subject: Subject): Block[] {
  const { standing } = subject;
  const byGate = entriesByGate(standing.ledger, gatesOf(standing.plan));
  let left = ENTRIES;
  const blocks = gatesOf(standing.plan).flatMap((gate): Block[] => {
    const now = standing.gates[gate.id];
    if (now === undefined) return [];
    const entries = (byGate.get(gate.id) ?? []).slice(0, left);
    left -= entries.length;
    return gateAudit(subject, gate, now, entries);
  });
  const rest = left > 0 ? '' : `${String(ENTRIES)} entries are shown; the ledger in the record has all of them.`;
  return [...blocks, ...paragraph(rest)];
}

function gateAudit({ dates }: Subject, gate: Gate, now: GateStanding, entries: readonly LedgerEntry[]): Block[] {
  const closed = now.closedAt === undefined ? '' : `, ${now.state} ${dates.instant(now.closedAt)}`;
  const criteria = gate.criteria.map(({ number, text }, index) => [
    `${String(number)} ${text}`,
    now.met[index] ?? (now.overriddenBy === undefined ? 'not met' : `not met; overridden by ${now.overriddenBy}`),
  ]);
  const rows = entries.map((entry) => [
    String(entry.number),
    dates.instant(entry.at),
    entry.by ?? (entry.trust === 'phase' ? 'the phase' : ''),
    `${decided[entry.what] ?? entry.what}${entry.on === gate.id ? '' : ` ${entry.on ?? ''}`}`,
    vouchedBy(entry),
    basisOf(entry),
    entry.reason,
  ]);
  return [
    { kind: 'heading', text: `${gateInWords(gate.id)} (${gate.id}): ${now.state}` },
    ...paragraph(
      now.beforehand === undefined
        ? `Round ${String(now.round)}${now.openedAt === undefined ? '' : `, opened ${dates.instant(now.openedAt)}`}${closed}.`
        : `It counted as cleared before the phase, as ${now.beforehand} said at the start.`,
    ),
    ...table('Criteria', ['Criterion', 'Met by'], criteria),
    ...table('Entries of the ledger', ['Entry', 'When', 'Who', 'What', 'Vouched for by', 'On', 'Reason'], rows),
  ];
}

/** What stands for the name of the sender. */
function vouchedBy({ trust, key }: LedgerEntry): string {
  if (trust === 'signed') return key === undefined ? 'a signature' : `a signature, key ${key}`;
  if (trust === 'phase') return 'the workflow';
  return trust === 'open' ? 'nothing: no people are listed' : 'nothing: the name stands in the message';
}

/** Digests that the entry is about, and its evidence. */
function basisOf({ basedOn = {}, evidence, message, nonce }: LedgerEntry): string {
  const given = evidence === undefined ? undefined : typeof evidence === 'string' ? { where: evidence } : evidence;
  return [
    ...Object.entries(basedOn).map(([what, digest]) => `${what} ${digest}`),
    ...(given === undefined ? [] : [`${given.where}${given.sha256 === undefined ? '' : ` SHA-256 ${given.sha256}`}`]),
    ...(message === undefined ? [] : [`message ${message}`]),
    ...(nonce === undefined ? [] : [`nonce ${nonce}`]),
  ].join('; ');
}

/** Entries that count, by the gate that they are about. */
function entriesByGate(
  ledger: readonly LedgerEntry[],
  gates: readonly Pick<Gate, 'id'>[],
): ReadonlyMap<GateId, LedgerEntry[]> {
  const ids = new Set(gates.map(({ id }) => id));
  const found = new Map<GateId, LedgerEntry[]>();
  for (const entry of ledger) {
    if (entry.code !== 'ACCEPTED' && entry.code !== 'PRE_APPROVED') continue;
    const gate = gateOf(entry.on ?? '', ids);
    if (gate === undefined) continue;
    const of = found.get(gate);
    if (of === undefined) found.set(gate, [entry]);
    else of.push(entry);
  }
  return found;
}

/** `4.1/exit/2/stacks` is about `4.1/exit`. */
function gateOf(on: string, ids: ReadonlySet<GateId>): GateId | undefined {
  for (let id = on; id !== ''; id = id.slice(0, Math.max(0, id.lastIndexOf('/')))) if (ids.has(id)) return id;
  return undefined;
}
