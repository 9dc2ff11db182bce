import { clip } from '../../base/text.ts';
import { type Block, paragraph, table } from '../page/blocks.ts';
import type { Subject } from './subject.ts';

/** Changes of the plan that are shown, and characters of each. */
const SHOWN = 20;
const CHARACTERS = 1000;

/** Every change of the plan while the phase ran: when, who asked for it and who approved it, and what it changed. */
export function amendments({ standing: { ledger }, dates }: Subject): Block[] {
  const all = ledger.filter(({ what, trust }) => what === 'amended' && trust === 'phase');
  const rows = all.slice(-SHOWN).map(({ at, by = '', reason }) => [dates.instant(at), by, clip(reason, CHARACTERS)]);
  const more = all.length - rows.length;
  return [
    ...table('How the plan was changed while the phase ran', ['When', 'Asked for by', 'What'], rows),
    ...paragraph(more > 0 ? `${String(more)} earlier changes are in the ledger.` : ''),
  ];
}
