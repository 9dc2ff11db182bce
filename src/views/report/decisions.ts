import type { LedgerEntry } from '../../gates/ledger.ts';
import type { GateId } from '../../plan/gate-model.ts';
import { gatesOf } from '../../plan/walk.ts';
import { counted } from '../../base/text.ts';
import { type Block, paragraph } from '../page/blocks.ts';
import { decided, gateBlocks } from './gate.ts';
import type { Subject } from './subject.ts';

/** Decisions that are shown of one gate, and of all: people read the last ones, and the record has all. */
const OF_ONE = 20;
const OF_ALL = 300;
/** Gates that are shown. */
const GATES = 200;

/** Every gate that was reached: how each criterion was met, and who decided what, when and on which evidence. */
export function decisions(subject: Subject): Block[] {
  const { standing } = subject;
  const planned = gatesOf(standing.plan);
  const reached = planned.filter(({ id }) => standing.gates[id] !== undefined);
  const { said, found } = entriesByGate(subject);
  const total = [...said.values()].reduce((sum, all) => sum + all.length, 0);
  let left = OF_ALL;
  const blocks = reached.slice(0, GATES).flatMap((gate): Block[] => {
    const all = said.get(gate.id) ?? [];
    const last = all.slice(Math.max(0, all.length - Math.min(OF_ONE, left)));
    left -= last.length;
    return gateBlocks(subject, { gate, last, total: all.length, found });
  });
  const waiting = planned.filter(({ id, guards }) => standing.gates[id] === undefined && guards?.what !== 'changes');
  return [
    ...paragraph(counts(total, OF_ALL - left, standing.ledger)),
    ...blocks,
    ...paragraph(reached.length > GATES ? `${String(GATES)} of ${String(reached.length)} gates are shown.` : ''),
    ...paragraph(waiting.length === 0 ? '' : `${counted(waiting.length, 'gate has', 'gates have')} not been reached.`),
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
      : ` ${counted(refused, 'message')} did not count: too early, too late, repeated, or not theirs to decide; the ledger says why.`;
  return `People took ${counted(total, 'decision')} at gates${which}.${others}`;
}

/** Decisions by gate, and what each check has found last. */
function entriesByGate({ standing: { plan, ledger } }: Subject): {
  readonly said: ReadonlyMap<GateId, LedgerEntry[]>;
  readonly found: ReadonlyMap<string, LedgerEntry>;
} {
  const said = new Map<GateId, LedgerEntry[]>();
  const found = new Map<string, LedgerEntry>();
  const ids = new Set(gatesOf(plan).map(({ id }) => id));
  for (const entry of ledger) {
    const { what, trust, code, on = '' } = entry;
    if (code !== 'ACCEPTED') continue;
    if (trust === 'phase' && what === 'check') found.set(on, entry);
    if (trust === 'phase' || decided[what] === undefined) continue;
    const gate = ids.has(on) ? on : on.slice(0, on.lastIndexOf('/'));
    const of = said.get(gate);
    if (of === undefined) said.set(gate, [entry]);
    else of.push(entry);
  }
  return { said, found };
}
