import { counted } from '../../src/base/text.ts';
import { Dates } from '../../src/views/page/dates.ts';
import { DAY } from '../../src/views/planned.ts';
import { table } from '../plan/table.ts';
import type { Terminal } from '../plan/terminal.ts';
import type { Account } from './account.ts';
import { waitInWords } from './length-in-words.ts';

/** The account of a rehearsal as people read it. */
export function printed(account: Account, zone: string | undefined, terminal: Terminal): string {
  const dates = new Dates(zone, DAY);
  const at = (instant: string) => dates.instant(Date.parse(instant));
  const { startedAt, endedAt, waits, stuck, milestones, notes } = account;
  const waited = waits.map(({ at: from, who, forWhom, what, ms }) => [at(from), who, forWhom, what, waitInWords(ms)]);
  const ends = milestones.map(({ number, title, plannedEnd, end, inWords: slip }) => [
    `${number} ${title}`,
    at(plannedEnd),
    at(end),
    slip,
  ]);
  const length = counted(Math.ceil((Date.parse(endedAt) - Date.parse(startedAt)) / DAY), 'calendar day');
  return [
    `${account.title}, rehearsed from ${at(startedAt)} to ${at(endedAt)} (${dates.zone}): ${length}, ${account.inWords}`,
    '',
    'Who waits for whom',
    table(['When', 'Who waits', 'For whom', 'For what', 'How long'], waited, terminal),
    '',
    ...stuckLines(account, at),
    '',
    'Milestones',
    table(['Milestone', 'Planned end', 'End', 'Slip'], ends, terminal),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...(stuck.length === 0
      ? []
      : ['', `${counted(stuck.length, 'place')} where people in the playbook have to change.`]),
  ].join('\n');
}

function stuckLines({ stuck }: Account, at: (instant: string) => string): string[] {
  if (stuck.length === 0) return ['There is no gate that nobody can clear.'];
  const lines = stuck.map(({ on, why, wentOn, at: when }) => `  ${on}, ${at(when)}: ${why} → ${wentOn}`);
  return ['What nobody can clear', ...lines];
}
