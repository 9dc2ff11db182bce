import type { WorkflowBundleOption } from '@temporalio/worker';
import { issueView } from '../activities/slices.ts';
import { suitesOf } from '../activities/suite/reduce.ts';
import type { MilestoneStatus, OpenGates, PhaseStatus } from '../contract/answers.ts';
import { DAY_LENGTH, dayLengthMs, type PhaseInput } from '../contract/inputs.ts';
import type { MilestoneStanding, Standing } from '../contract/standing.ts';
import { hashOf } from '../gates/chain.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { Plan } from '../plan/model.ts';
import { lastCompiledIn } from './compiled.ts';
import { endingOf, type Histories, inputOf, nameOf, type RunEvents, startOf } from './history.ts';
import { missingMilestones } from './milestones.ts';
import { RecordError } from './record-error.ts';
import { ledgerOf, replayed } from './replay.ts';
import { taskStandings } from './standing-tasks.ts';
import { type MilestoneTimes, timesIn } from './times.ts';
import { ToldState } from './told-state.ts';
import { writtenLedger } from './written-ledger.ts';

/** What a phase that runs has answered, besides what stands in its history. */
export interface Live {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Absent where no worker has answered. */
  readonly status?: PhaseStatus;
  readonly open?: OpenGates['gates'];
  /** The most recent entries of its ledger. */
  readonly recent?: readonly LedgerEntry[];
  /** Milestones that run. */
  readonly milestones: readonly MilestoneStatus[];
  readonly gaps: readonly string[];
}

/**
 * How a phase stands, or stood at its end, from its histories: of gates, issues and suites it says what the workflow's code makes of them
 * when its last run is replayed, which has taken over the state of those before; of tasks what the milestones' histories say. Nothing more
 * is verified: `npm run verify` does that.
 *
 * @param bundle the workflows' code, as `bundleForReplay` makes it
 * @param live what the phase itself has answered, where it runs
 * @throws RecordError when the histories hold no plan, or are not what the code makes of them
 */
export async function standingOf(histories: Histories, bundle: WorkflowBundleOption, live?: Live): Promise<Standing> {
  const [first = []] = histories.phase;
  const input = (inputOf(first) ?? {}) as PhaseInput;
  const found = await replayed(histories.phase.slice(-1), bundle);
  if ('reason' in found) throw new RecordError(`${found.where}: ${found.reason}; "npm run verify" tells more`);
  const earlier = histories.phase.slice(0, -1).flatMap(writtenLedger);
  const ledger = wholeLedger([...earlier, ...ledgerOf(found)], live?.recent ?? []);
  const broken = brokenLink(ledger);
  if (broken !== undefined) {
    throw new RecordError(
      `entry ${String(broken)} of the ledger does not follow from the one before; "npm run verify" tells more`,
    );
  }
  const plan = planOf(histories, ledger, input);
  const times = timesIn(histories.milestones);
  const told = found.at(-1)?.told ?? new ToldState();
  const gates = gatesIn(told, ledger);
  const last = histories.phase.at(-1) ?? [];
  const [from, to] = [timeOf(first[0]), timeOf(last.at(-1))];
  const ending = endingOf(last);
  const isOpen = ending === 'open' || ending === 'continued';
  const at = live?.at ?? to ?? 0;
  const { slices = {} } = told.state ?? {};
  return {
    workflowId: startOf(first)?.workflowId ?? '',
    plan,
    by: input.by,
    pace: input.pace ?? 'asap',
    dayMs: dayLengthMs(input.dayLength ?? DAY_LENGTH) ?? 0,
    at: isOpen ? at : (to ?? at),
    stage: stageOf(ending, live),
    ...(['completed', 'open', 'continued'].includes(ending) ? {} : { ending }),
    startedAt: ledger[0]?.at ?? from ?? at,
    ...(isOpen || to === undefined ? {} : { endedAt: to }),
    milestones: milestonesOf(plan, { gates, ledger, begun: times.milestones, live }),
    tasks: taskStandings(plan, { ledger, worked: times.tasks, shown: live?.milestones ?? [] }),
    gates,
    ledger,
    ...(isOpen && live?.status === undefined ? {} : { desk: live?.status?.desk ?? [] }),
    open: live?.open ?? [],
    issues: issueView({ slices }),
    suites: suitesOf({ slices }).history,
    gaps: [...(live?.gaps ?? []), ...gapsOf(histories)],
  };
}

/** A run that was continued has the plan in what it was handed. */
function planOf(histories: Histories, ledger: readonly LedgerEntry[], { resume }: PhaseInput): Plan {
  const plan = lastCompiledIn(histories, ledger)?.compiled.plan ?? resume?.plan;
  if (plan === undefined)
    throw new RecordError('the histories hold no plan: the phase has not begun yet, or could not begin');
  return plan;
}

/** Entries by their numbers. What an open phase has not put into its history yet comes from its answer. */
function wholeLedger(entries: readonly LedgerEntry[], recent: readonly LedgerEntry[]): LedgerEntry[] {
  const all = new Map([...entries, ...recent].map((entry) => [entry.number, entry]));
  return [...all.values()].sort((one, other) => one.number - other.number);
}

/** Number of the first entry whose hash does not fit. Where runs are missing, entries are. */
function brokenLink(ledger: readonly LedgerEntry[]): number | undefined {
  const broken = ledger.find(({ hash, ...entry }, index) => {
    const before = ledger[index - 1];
    return before?.number === entry.number - 1 && hashOf(before.hash, entry) !== hash;
  });
  return broken?.number;
}

/** Gates that have been reached. */
function gatesIn(told: ToldState, ledger: readonly LedgerEntry[]): Standing['gates'] {
  const saidAt = new Map(
    ledger.filter(({ what }) => what === 'cleared beforehand').map(({ on = '', at }) => [on, at] as const),
  );
  const reached = Object.entries(told.state?.gates ?? {}).filter(([, { state }]) => state !== 'pending');
  return Object.fromEntries(
    reached.map(([id, { state, round, openedAt, closedAt = saidAt.get(id), beforehand, override }]) => [
      id,
      {
        state,
        round,
        ...(openedAt === undefined ? {} : { openedAt }),
        ...(closedAt === undefined || state === 'open' ? {} : { closedAt }),
        ...(beforehand === undefined ? {} : { beforehand: beforehand.by }),
        ...(override === undefined ? {} : { overriddenBy: override.by }),
        met: beforehand === undefined && state !== 'rejected' ? told.met(id) : [],
      },
    ]),
  );
}

function stageOf(ending: ReturnType<typeof endingOf>, live: Live | undefined): Standing['stage'] {
  switch (ending) {
    case 'completed':
    case 'cancelled':
    case 'failed':
      return ending;
    case 'open':
    case 'continued':
      return live?.status?.state ?? 'running';
    default:
      return 'ended';
  }
}

interface KnownMilestones {
  readonly gates: Standing['gates'];
  readonly ledger: readonly LedgerEntry[];
  readonly begun: MilestoneTimes['milestones'];
  readonly live: Live | undefined;
}

function milestonesOf(plan: Plan, { gates, ledger, begun, live }: KnownMilestones): Standing['milestones'] {
  const of = new Map(live?.status?.milestones.map(({ number, stage }) => [number, stage]));
  const firstCleared = new Map<string, number>();
  for (const { what, on = '', at } of ledger) {
    if (what.startsWith('cleared') && !firstCleared.has(on)) firstCleared.set(on, at);
  }
  return Object.fromEntries(
    plan.milestones.map(({ number }): [string, MilestoneStanding] => {
      const isCleared = (kind: string) => gates[`${number}/${kind}`]?.state === 'cleared';
      const isBeforehand = gates[`${number}/quality`]?.beforehand !== undefined;
      const startedAt = firstCleared.get(`${number}/entry`) ?? begun.get(number)?.startedAt;
      const endedAt = gates[`${number}/quality`]?.closedAt;
      return [
        number,
        {
          stage:
            of.get(number) ??
            (begun.get(number)?.isOpen === true ? 'work' : undefined) ??
            stageByGates((kind) => gates[`${number}/${kind}`] !== undefined, isCleared),
          ...(startedAt === undefined || isBeforehand ? {} : { startedAt }),
          ...(endedAt === undefined || !isCleared('quality') || isBeforehand ? {} : { endedAt }),
        },
      ];
    }),
  );
}

function stageByGates(
  isReached: (kind: string) => boolean,
  isCleared: (kind: string) => boolean,
): MilestoneStanding['stage'] {
  if (isCleared('quality')) return 'done';
  if (isReached('quality')) return 'quality';
  if (isReached('exit')) return 'exit';
  if (isCleared('entry')) return 'work';
  return isReached('entry') ? 'entry' : 'pending';
}

function gapsOf(histories: Histories): string[] {
  const { lacking = [], milestones } = histories;
  const told = new Set(lacking.map(({ runId }) => runId));
  const others = missingMilestones(histories).filter(({ runId }) => !told.has(runId));
  const cut = milestones
    .filter((events) => endingOf(events) === 'terminated')
    .map((events) => `${nameOf(events)} was terminated`);
  return [
    ...lacking.map(({ workflowId, reason }) => `The history of ${workflowId} is missing: ${reason}.`),
    ...others.map(({ workflowId }) => `The history of ${workflowId} is missing.`),
    ...cut.map((one) => `The ${one}.`),
  ];
}

function timeOf(event: RunEvents[number] | undefined): number | undefined {
  return event?.eventTime === undefined ? undefined : Date.parse(event.eventTime);
}
