import { issueView, judgedByFacts, reduce } from '../activities/slices.ts';
import { suitesOf } from '../activities/suite/reduce.ts';
import type { MilestoneStatus, OpenGates, PhaseStatus } from '../contract/answers.ts';
import { DAY_LENGTH, dayLengthMs, type PhaseInput } from '../contract/inputs.ts';
import type { GateStanding, MilestoneStanding, Standing } from '../contract/standing.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { GatesState } from '../gates/model.ts';
import { howMet } from '../gates/rules/criteria.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { Plan } from '../plan/model.ts';
import { Hearing } from './hearing.ts';
import { endingOf, type Histories, nameOf, type RunEvents } from './history.ts';
import { missingMilestones } from './milestones.ts';
import { RecordError } from './record-error.ts';
import { type Recording, recordingOf } from './recording.ts';
import { taskStandings } from './standing-tasks.ts';
import { type MilestoneTimes, timesIn } from './times.ts';
import { Walk } from './walk.ts';

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
 * How a phase stands, or stood at its end, from its histories. Nothing is verified: `npm run verify` does that. Of a gate it says what
 * the ledger says, of tasks what the milestones' histories say.
 *
 * @param live what the phase itself has answered, where it runs
 * @throws RecordError when the histories hold no plan
 */
export function standingOf(histories: Histories, live?: Live): Standing {
  const recording = recordingOf(histories.phase);
  const plan = planOf(recording);
  const ledger = wholeLedger(recording, live?.recent ?? []);
  const times = timesIn(histories.milestones);
  const { state, gates } = walkThrough(plan, recording, ledger, times);
  const last = histories.phase.at(-1) ?? [];
  const [from, to] = [timeOf(histories.phase[0]?.[0]), timeOf(last.at(-1))];
  const ending = endingOf(last);
  const isOpen = ending === 'open' || ending === 'continued';
  const at = live?.at ?? to ?? 0;
  return {
    workflowId: recording.workflowId,
    plan,
    by: recording.input.by,
    pace: recording.input.pace ?? 'asap',
    dayMs: dayLengthMs(recording.input.dayLength ?? DAY_LENGTH) ?? 0,
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
    issues: issueView(state),
    suites: suitesOf(state).history,
    gaps: [...(live?.gaps ?? []), ...gapsOf(histories)],
  };
}

/** A run that was continued has the plan in what it was handed. */
function planOf({ compiled, input }: Recording): Plan {
  const plan = compiled?.plan ?? (input as PhaseInput | undefined)?.resume?.plan;
  if (plan === undefined)
    throw new RecordError('the histories hold no plan: the phase has not begun yet, or could not begin');
  return plan;
}

/** Entries by their numbers. What an open phase has not put into its history yet comes from its answer. */
function wholeLedger({ entries }: Recording, recent: readonly LedgerEntry[]): LedgerEntry[] {
  const all = new Map([...entries.map(({ entry }) => entry), ...recent].map((entry) => [entry.number, entry]));
  return [...all.values()].sort((one, other) => one.number - other.number);
}

/** Goes through the ledger, and through what steps have told meanwhile. */
function walkThrough(
  plan: Plan,
  recording: Recording,
  ledger: readonly LedgerEntry[],
  { facts }: MilestoneTimes,
): { readonly state: GatesState; readonly gates: Standing['gates'] } {
  const walk = new Walk(plan, recording);
  // The walk keeps no ledger of its own: entries count as recorded, so that only the last ones stay.
  walk.state = { ...walk.state, ledger: { ...walk.state.ledger, recorded: Number.MAX_SAFE_INTEGER } };
  const hearing = new Hearing(walk, recording);
  const messages = new Map(recording.messages.map((message) => [message.digest, message]));
  const gates = new Map<GateId, GateStanding>();
  let told = 0;
  const tell = (until: number) => {
    for (let fact = facts[told]; fact !== undefined && fact.at <= until; fact = facts[told]) {
      const { at, ...said } = fact;
      walk.state = reduce(walk.state, { type: 'fact', ...said }, at).state;
      told += 1;
    }
  };
  for (const entry of ledger) {
    tell(entry.at);
    if (entry.code !== 'ACCEPTED') continue;
    if (entry.trust === 'phase') {
      if (entry.what === 'opened' && entry.on !== undefined) walk.open(entry.on, entry);
      else if (entry.on !== undefined) walk.note(entry.on, entry);
    } else if (judgedByFacts.has(entry.what)) {
      const message = messages.get(entry.message ?? '');
      const { name = '', body } = message ?? {};
      if (message !== undefined)
        walk.state = reduce(
          walk.state,
          { type: 'message', name, body, ...proofOf(recording, message) },
          entry.at,
        ).state;
    } else hearing.heed(entry);
    keepGate(walk, gates, entry);
  }
  tell(Infinity);
  for (const [id, gate] of gates) if (gate.state === 'open') gates.set(id, { ...gate, met: metIn(walk, id) });
  return { state: walk.state, gates: Object.fromEntries(gates) };
}

function proofOf({ proofs }: Recording, { digest }: Recording['messages'][number]) {
  const proof = proofs.get(digest);
  return proof === undefined ? {} : { proof };
}

/** Notes when a gate has opened and closed, and how its criteria were met as it cleared. */
function keepGate(walk: Walk, gates: Map<GateId, GateStanding>, { what, on = '', by = '', at }: LedgerEntry): void {
  const id = Object.hasOwn(walk.state.gates, on) ? on : on.slice(0, on.lastIndexOf('/'));
  const known = gates.get(id);
  const round = walk.state.gates[id]?.round ?? 0;
  if (what === 'opened') gates.set(id, { state: 'open', round, openedAt: at, met: [] });
  else if (what === 'cleared') {
    const { override } = walk.state.gates[id] ?? {};
    const met = metIn(walk, id);
    walk.set(id, { state: 'cleared' });
    const overridden = override === undefined ? {} : { overriddenBy: override.by };
    gates.set(id, { ...(known ?? { round }), state: 'cleared', closedAt: at, met, ...overridden });
  } else if (what === 'cleared beforehand') {
    walk.set(id, { state: 'cleared', beforehand: { by, reason: '' } });
    gates.set(id, { state: 'cleared', round: 0, closedAt: at, beforehand: by, met: [] });
  } else if ((what === 'reject' || what === 'rejected') && known !== undefined) {
    gates.set(id, { ...known, state: 'rejected', closedAt: at });
  } else if (what === 'closed') gates.delete(id);
}

function metIn({ state }: Walk, id: GateId): (string | undefined)[] {
  const gate = state.gates[id]?.gate;
  return (gate?.criteria ?? []).map((criterion) => howMet(state, gate as NonNullable<typeof gate>, criterion));
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
