import { plainLine } from '../../src/base/text.ts';
import { UserError } from '../command-line.ts';
import { table } from '../plan/table.ts';
import { terminal, type Terminal } from '../plan/terminal.ts';
import { connectClient } from '../temporal-client.ts';
import { datesOf, type PhaseDates } from './dates.ts';
import { type ListedPhase, type Listing, listPhases } from './phases.ts';
import { type Waiting, waitingFor } from './waiting.ts';

/** The options of `npm run status`, as commander reads them. */
export interface StatusOptions {
  readonly by?: string;
  readonly dates?: boolean;
  readonly all?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

/** More would take minutes to ask. */
const MOST = 1000;

/** Prints the phases, or what waits for a person. */
export async function showStatus({
  by,
  dates = false,
  all = false,
  limit,
  json = false,
}: StatusOptions): Promise<number> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new UserError(`--limit takes a whole number from 1 to ${String(MOST)}.`);
  }
  const connected = await connectClient();
  try {
    const listing = await listPhases(connected, limit, all && by === undefined);
    const waiting = by === undefined ? undefined : waitingFor(listing.phases, by);
    const known = dates && by === undefined ? await datesOf(connected, listing.phases) : undefined;
    if (json) console.log(JSON.stringify(asJson(listing, waiting, known), null, 2));
    else {
      const place = terminal(process.stdout, process.env);
      console.log(waiting === undefined ? phaseTable(listing.phases, known, place) : waitingList(waiting, by ?? ''));
      for (const line of remarks(listing)) console.log(line);
    }
    return 0;
  } finally {
    await connected.connection.close();
  }
}

function asJson({ phases, hasMore }: Listing, waiting: readonly Waiting[] | undefined, dates: Dates): object {
  const unanswered = phases.flatMap(({ workflowId, problem }) =>
    problem === undefined ? [] : [{ workflowId, problem }],
  );
  if (waiting !== undefined) return { waiting, unanswered, more: hasMore };
  const rows = phases.map(({ gates: _gates, ...phase }) => ({ ...phase, ...scheduleOf(phase, dates) }));
  return { phases: rows, more: hasMore };
}

type Dates = ReadonlyMap<string, PhaseDates | string> | undefined;

function scheduleOf({ workflowId }: ListedPhase, dates: Dates): { schedule?: PhaseDates } {
  const found = dates?.get(workflowId);
  return found === undefined || typeof found === 'string' ? {} : { schedule: found };
}

function phaseTable(phases: readonly ListedPhase[], dates: Dates, place: Terminal): string {
  if (phases.length === 0) return 'No phase runs here.';
  const head = ['Phase', 'Title', 'State', 'Milestones', 'Waits for', 'Blocked', 'Issues', 'Started'];
  if (dates === undefined) return table(head, phases.map(rowOf), place);
  const rows = phases.map((phase) => [...rowOf(phase), ...dateCells(dates.get(phase.workflowId))]);
  return table([...head, 'Done', 'Planned end', 'Expected or real end', 'Difference'], rows, place);
}

function dateCells(found: PhaseDates | string | undefined): string[] {
  if (found === undefined || typeof found === 'string') return ['', '', '', plainLine(found ?? '', 80)];
  return [`${String(found.done)} %`, minute(found.plannedEnd), minute(found.end), found.difference];
}

function rowOf(phase: ListedPhase): string[] {
  const { workflowId, title, state, status, waiting, blocked, openIssues, startedAt, problem, endedAt } = phase;
  const milestones = status?.milestones ?? [];
  const done = milestones.filter(({ stage }) => stage === 'done').length;
  const now = milestones.filter(({ stage }) => stage !== 'done' && stage !== 'pending').map(({ number }) => number);
  const stopped = (status?.desk ?? []).filter(({ waits }) => waits === 'blocked').map(({ task }) => task);
  const open = (phase.gates ?? []).filter((gate) => gate.state === 'open').length;
  const tasks = (status?.desk ?? []).length - stopped.length;
  const asked = [
    ...(open === 0 ? [] : [`${String(open)} gate${open === 1 ? '' : 's'}`]),
    ...(tasks === 0 ? [] : [`${String(tasks)} task${tasks === 1 ? '' : 's'}`]),
  ];
  const isAnswered = status !== undefined;
  return [
    workflowId,
    plainLine(title, 60),
    problem === undefined ? state : `${state} (no answer)`,
    isAnswered
      ? `${String(done)} of ${String(milestones.length)}${now.length === 0 ? '' : `, now ${now.join(', ')}`}`
      : '',
    isAnswered ? asked.join(', ') : plainLine(waiting.join(', '), 60),
    plainLine((isAnswered ? stopped : blocked).join(', '), 60),
    openIssues === 0 ? '' : String(openIssues),
    `${startedAt.slice(0, 16).replace('T', ' ')}${endedAt === undefined ? '' : ` to ${endedAt.slice(0, 16).replace('T', ' ')}`}`,
  ];
}

function waitingList(waiting: readonly Waiting[], by: string): string {
  if (waiting.length === 0) return `Nothing waits for ${plainLine(by, 100)}.`;
  return waiting
    .map(({ workflowId, on, title, what, since, due, overdue, command }) => {
      const times = [
        ...(since === undefined ? [] : [`since ${minute(since)}`]),
        ...(due === undefined ? [] : [`${overdue === true ? 'overdue since' : 'due'} ${minute(due)}`]),
      ];
      return [
        `${workflowId}  ${on}  ${plainLine(title, 100)}${times.length === 0 ? '' : `  (${times.join(', ')})`}`,
        `  ${plainLine(what, 1000)}`,
        ...(command === undefined ? [] : [`  ${command}`]),
        '',
      ].join('\n');
    })
    .join('\n')
    .trimEnd();
}

function minute(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}

/** What the list leaves out. */
function remarks({ phases, hasMore }: Listing): string[] {
  const silent = phases.filter(({ problem }) => problem !== undefined);
  return [
    ...silent.map(({ workflowId, problem }) => `${workflowId}: ${String(problem)}`),
    ...(hasMore ? [`There are more than ${String(phases.length)} phases; --limit shows more.`] : []),
  ];
}
