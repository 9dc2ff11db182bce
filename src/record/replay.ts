import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { type InjectedSinks, type ReplayResult, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { Command, ReplaySinks } from '../contract/replay.ts';
import { type DeniedAnswer, signalNumber } from '../contract/seal.ts';
import { Comparison, type Difference } from './comparison.ts';
import { nameOf, type RunEvents, runIdsOf, type ShapeFault, startOf, valuesOf } from './history.ts';
import { Produced } from './produced.ts';
import { ToldState } from './told-state.ts';

type History = temporal.api.history.v1.IHistory;

/** A run that was replayed, and was found to be what the code makes of what it was told. */
export interface ReplayedRun {
  readonly events: RunEvents;
  readonly produced: Produced;
  /** Of a run of a phase. */
  readonly told: ToldState;
  /** Events whose content was compared with what the code produces. */
  readonly compared: number;
  /** Answers that have not counted, in their order. */
  readonly denied: readonly Denial[];
}

/** An answer that has not counted, as the history has it. */
export interface Denial extends DeniedAnswer {
  /** Event that holds the answer. */
  readonly event: number;
  /** Who gave it, as they have said; absent for a local activity. */
  readonly identity?: string;
}

/**
 * Replays runs with the workflows' own code, one after the other, and compares what the code produces with what the histories hold:
 * the SDK compares which commands there are, and in which order; what they contain is compared here.
 *
 * @param runs whole histories; see `wholeFault`
 * @param bundle the workflows' code, as `bundleForReplay` makes it
 * @returns the runs in their order, or the first thing that is not what the code produces
 */
export async function replayed(
  runs: readonly RunEvents[],
  bundle: WorkflowBundleOption,
): Promise<ReplayedRun[] | ShapeFault> {
  const found: ReplayedRun[] = [];
  // Workflows tell their task queue in words, and one worker has one.
  for (const queue of new Set(runs.map(queueOf))) {
    const replays = runs.filter((events) => queueOf(events) === queue).map((events) => new Replay(events));
    const fault = await replayAll(replays, queue, bundle);
    if (fault !== undefined) return fault;
    found.push(...replays);
  }
  return found.sort((a, b) => runs.indexOf(a.events) - runs.indexOf(b.events));
}

/** The ledger of a phase, as the code has made it, as far as it stands in the histories. */
export function ledgerOf(phase: readonly ReplayedRun[]): LedgerEntry[] {
  const entries = new Map(phase.flatMap(({ produced }) => [...produced.entries]));
  return [...entries.values()].sort((a, b) => a.number - b.number);
}

function queueOf(events: RunEvents): string {
  return startOf(events)?.taskQueue?.name ?? '';
}

/** The replay of one run. */
class Replay implements ReplayedRun {
  readonly events: RunEvents;
  readonly produced = new Produced();
  readonly told = new ToldState();
  readonly denied: Denial[] = [];
  private comparison: Comparison | undefined;
  /** What it could not read. The SDK logs errors of sinks, and goes on. */
  private unread: string | undefined;

  constructor(events: RunEvents) {
    this.events = events;
  }

  get compared(): number {
    return this.comparison?.compared ?? 0;
  }

  /** @throws TypeError when it is no history */
  begin(): { history: History; workflowId: string } {
    const history = historyFromJSON({ events: this.events });
    this.comparison = new Comparison(history.events ?? [], runIdsOf(this.events), (command, event) => {
      this.produced.take(command, event);
    });
    return { history, workflowId: startOf(this.events)?.workflowId ?? '' };
  }

  /** Takes what the workflow's code has produced or changed. */
  take(action: (replay: this) => void): void {
    try {
      action(this);
    } catch (error) {
      this.unread ??= firstSentence(error);
    }
  }

  compare(commands: readonly Command[]): void {
    this.comparison?.take(commands);
  }

  /** Takes an answer that does not count. */
  deny(denied: DeniedAnswer, id: string): void {
    this.denied.push({ ...denied, ...placeOf(this.events, id) });
  }

  /** @param error of the SDK, which compares the commands themselves */
  end(error: ReplayResult['error']): ShapeFault | undefined {
    const told = error === undefined ? undefined : placeIn(error);
    // Where the SDK does not name the event, the first one that the code has not come to is the place.
    if (told === undefined) this.comparison?.end();
    const fault = this.comparison?.difference ?? told;
    const where = `the history of ${nameOf(this.events)}`;
    if (this.unread !== undefined) return { where, reason: `it cannot be replayed (${this.unread})` };
    // The workflow has taken an answer that its code denies: all that differs after it follows from that.
    const isBefore = ({ event }: Denial) => fault === undefined || event <= fault.event;
    const denial = fault === undefined && error === undefined ? undefined : this.denied.findLast(isBefore);
    if (denial !== undefined) return { where: `event ${String(denial.event)} of ${where}`, reason: denial.reason };
    if (fault !== undefined) return { where: `event ${String(fault.event)} of ${where}`, reason: fault.reason };
    if (error === undefined) return undefined;
    const last = String(this.comparison?.last ?? 1);
    return { where, reason: `what comes after event ${last} is not what the workflow does` };
  }
}

async function replayAll(
  replays: readonly Replay[],
  taskQueue: string,
  workflowBundle: WorkflowBundleOption,
): Promise<ShapeFault | undefined> {
  let current: Replay | undefined;
  const sinks: InjectedSinks<ReplaySinks> = {
    replay: {
      produced: {
        fn: (_info, commands) => current?.take((replay) => replay.compare(commands)),
        callDuringReplay: true,
      },
      denied: { fn: (_info, denied, id) => current?.deny(denied, id), callDuringReplay: true },
      changed: { fn: (_info, change) => current?.take(({ told }) => told.take(change)), callDuringReplay: true },
    },
  };
  // Each history is decoded for as long as it is replayed.
  const histories = function* () {
    for (const replay of replays) {
      current = replay;
      yield replay.begin();
    }
  };
  // The type of the options leaves the task queue out, and the SDK makes one up where there is none.
  const options = { workflowBundle, sinks, taskQueue };
  try {
    for await (const { error } of Worker.runReplayHistories(options, histories())) {
      const fault = current?.end(error);
      if (fault !== undefined) return fault;
    }
    return undefined;
  } catch (error) {
    return {
      where: `the history of ${nameOf(current?.events ?? [])}`,
      reason: `it cannot be replayed (${firstSentence(error)})`,
    };
  }
}

/** Where the answer of an activity stands, or a Signal. */
function placeOf(events: RunEvents, id: string): Pick<Denial, 'event' | 'identity'> {
  const number = signalNumber(id);
  const signals = number === undefined ? [] : events.filter((event) => event.workflowExecutionSignaledEventAttributes);
  const signal = signals[(number ?? 0) - 1];
  if (signal !== undefined) {
    const { identity } = signal.workflowExecutionSignaledEventAttributes ?? {};
    return { event: signal.eventId, ...(identity === undefined ? {} : { identity }) };
  }
  const scheduled = events.find(
    ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityId === id,
  )?.eventId;
  for (const event of scheduled === undefined ? [] : events.slice(scheduled)) {
    const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes;
    if (ended?.scheduledEventId !== scheduled) continue;
    return { event: event.eventId, ...(ended?.identity === undefined ? {} : { identity: ended.identity }) };
  }
  const local = events.find(({ markerRecordedEventAttributes: marker }) => {
    const [data] = valuesOf(marker?.details?.['data']) as [{ seq?: unknown }?];
    return marker?.markerName === 'core_local_activity' && String(data?.seq) === id;
  });
  return { event: scheduled ?? local?.eventId ?? 1 };
}

/** The SDK names the event at which the code does something else, in a message for programmers; but not always. */
function placeIn({ message }: NonNullable<ReplayResult['error']>): Difference | undefined {
  const [, event, type] = /HistoryEvent\(id: (\d+), (\w+)\)/.exec(message) ?? [];
  if (event === undefined) return undefined;
  return { event: Number(event), reason: `the workflow does something else there than ${String(type)}` };
}

/** What an error says, in one line. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n', 1);
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
