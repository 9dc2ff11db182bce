import type { LedgerEntry } from '../../gates/ledger.ts';
import { gatesOf } from '../../plan/walk.ts';
import { type Block, paragraph, table } from '../page/blocks.ts';
import { decided } from '../report/gate.ts';
import type { Subject } from '../report/subject.ts';

/** People that are shown. */
const PEOPLE = 500;
/** Gates and tasks that are named of one person. */
const NAMED = 30;

/** Who has started, worked and decided, side by side; and which gates keep them apart. */
export function duties({ standing: { by: starter, plan, tasks, ledger } }: Subject): Block[] {
  const accepted = ledger.filter(({ code, trust }) => code === 'ACCEPTED' && trust !== 'phase');
  const people = [...new Set([starter, ...accepted.flatMap(({ by }) => by ?? [])])];
  const rows = people.slice(0, PEOPLE).map((person) => {
    const worked = Object.entries(tasks).flatMap(([task, { by }]) => (by === person ? [task] : []));
    const said = accepted.filter((one) => one.by === person);
    const at = (wanted: (entry: LedgerEntry) => boolean) => [
      ...new Set(said.filter(wanted).flatMap(({ on }) => on ?? [])),
    ];
    return [
      person,
      person === starter ? 'yes' : 'no',
      named(worked),
      named(at(({ what }) => decided[what] !== undefined && what !== 'override')),
      named(at(({ what }) => what === 'override')),
    ];
  });
  const rules = gatesOf(plan).flatMap(({ id, policy }): [string, string][] => {
    const { distinct = [], distinctFrom = [], trust } = policy ?? {};
    const apart = [
      ...distinct.map((one) => apartFrom[one]),
      ...distinctFrom.map((gate) => `those who approved ${gate}`),
    ];
    return apart.length === 0 && trust !== 'signed'
      ? []
      : [
          [
            id,
            `${apart.length === 0 ? 'anybody whom it names' : `nobody of: ${apart.join(', ')}`}${trust === 'signed' ? '; signed' : ''}`,
          ],
        ];
  });
  return [
    ...table('Who did what', ['Person', 'Started the phase', 'Tasks done or skipped', 'Decided at', 'Overrode'], rows),
    ...paragraph(people.length > PEOPLE ? `${String(PEOPLE)} of ${String(people.length)} people are shown.` : ''),
    ...table('Gates that keep people apart', ['Gate', 'Who may decide'], rules),
    ...paragraph(rules.length === 0 ? 'No gate of the plan asks for separate people or signatures.' : ''),
  ];
}

const apartFrom = {
  starter: 'who started the phase',
  completers: 'who did the tasks before it',
  sender: 'who sent the amendment',
} as const;

function named(all: readonly string[]): string {
  const rest = all.length - NAMED;
  return `${all.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}
