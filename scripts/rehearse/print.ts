import { counted } from '../../src/base/text.ts';
import { Dates } from '../../src/views/page/dates.ts';
import { DAY } from '../../src/views/planned.ts';
import { table } from '../plan/table.ts';
import type { Terminal } from '../plan/terminal.ts';
import type { Account } from './account.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The account of a rehearsal as people read it. */
export function printed(account: Account, zone: string | undefined, terminal: Terminal): string {
  const dates = new Dates(zone, DAY);
  const at = (instant: string) => dates.instant(Date.parse(instant));
  const { startedAt, endedAt, waits, stuck, milestones, notes } = account;
  const waited = waits.map(({ at: from, who, forWhom, what, ms }) => [at(from), who, forWhom, what, inWords(ms)]);
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

/** `at once`, `12 min`, `3 h 20 min`, `2 d 4 h` */
export function inWords(ms: number): string {
  if (ms < MINUTE) return 'at once';
  if (ms < HOUR) return `${String(Math.round(ms / MINUTE))} min`;
  const minutes = Math.round(ms / MINUTE);
  if (ms < DAY)
    return `${String(Math.floor(minutes / 60))} h${minutes % 60 === 0 ? '' : ` ${String(minutes % 60)} min`}`;
  const hours = Math.round(ms / HOUR);
  return `${String(Math.floor(hours / 24))} d${hours % 24 === 0 ? '' : ` ${String(hours % 24)} h`}`;
}
