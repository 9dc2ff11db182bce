import { decodeJwt } from 'jose';
import type { CompiledPhase, PackedLedger, RoundOpening } from '../contract/activities.ts';
import { digestOf } from '../base/digest.ts';
import { carriesProof } from '../gates/messages/signed.ts';
import type { VerifyingKey } from '../identity/registry.ts';
import type { Proof } from '../gates/events.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { HandoverDocument } from '../contract/handover.ts';
import { LEDGER_MEMO } from '../contract/names.ts';
import type { PhaseInput } from '../contract/inputs.ts';
import { unpackLedger } from './packed-ledger.ts';
import { type HistoryEvent, resultOf, valueOf, valuesOf } from './history.ts';

/** A message that stands in a history. */
export interface RecordedMessage {
  readonly event: number;
  /** When the server took it, in epoch milliseconds; absent where the history does not say. */
  readonly time?: number;
  readonly name: string;
  readonly body: unknown;
  /** As the ledger names it. */
  readonly digest: string;
}

/** An entry as the history holds it. */
export interface RecordedEntry {
  readonly where: string;
  /** When the server took it, in epoch milliseconds; absent where the history does not say. */
  readonly time?: number;
  readonly entry: LedgerEntry;
}

/** A head of the ledger that was written down elsewhere than in the ledger. */
export interface RecordedHead {
  readonly where: string;
  readonly length: number;
  readonly head: string;
}

/** The hand-over that a phase wrote, by what its histories say of it. */
export interface WrittenHandover {
  /** As the activity was given it. */
  readonly document: HandoverDocument | undefined;
  /** As the activity answered. */
  readonly sha256: string;
}

/** What the histories of one phase say, all of its runs together. */
export interface Recording {
  /** Empty where the history does not say. */
  readonly workflowId: string;
  /** Id of the first run; empty where the history does not say. */
  readonly firstRun: string;
  /** What the phase answered at its end. */
  readonly result: unknown;
  readonly input: PhaseInput;
  readonly compiled: CompiledPhase | undefined;
  /** As it was given at start; `null` where none was. */
  readonly handover: unknown;
  /** What became of the one that the phase wrote. */
  readonly written: WrittenHandover | undefined;
  readonly messages: readonly RecordedMessage[];
  /** In the order in which they were recorded; an entry may come twice, from a round and from the run's end. */
  readonly entries: readonly RecordedEntry[];
  readonly heads: readonly RecordedHead[];
  /** What was made of each signed message when it came, by the message's digest. */
  readonly proofs: ReadonlyMap<string, RecordedProof>;
  /** How often the phase was reset. */
  readonly resets: number;
  /** What each round began with, by its nonce: who was listed then, and the times that were computed for it. */
  readonly rounds: ReadonlyMap<string, RoundOpening>;
}

/** What the activity answered that verified a signature. */
export type RecordedProof = Proof & { readonly key?: VerifyingKey; readonly method?: 'key' | 'oidc' };

/** Signals between workflows of a phase; everything else is a message. Those that are forged are noted in the ledger as refused. */
const INTERNAL = 'milestoneReport';
const RESET = 'WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW';

/**
 * Reads the runs of a phase, in the order in which they continued as new.
 *
 * @param runs events of each run
 */
export function recordingOf(runs: readonly (readonly HistoryEvent[])[]): Recording {
  const [first] = runs;
  const started = first?.[0]?.workflowExecutionStartedEventAttributes;
  const [input] = valuesOf(started?.input) as [PhaseInput];
  const messages: RecordedMessage[] = [];
  const entries: RecordedEntry[] = [];
  const heads: RecordedHead[] = [];
  const rounds = new Map<string, RoundOpening>();
  const proofs: (RecordedProof | undefined)[] = [];
  let compiled: CompiledPhase | undefined;
  let handover: unknown = null;
  let written: Recording['written'];
  let resets = 0;
  for (const [run, events] of runs.entries()) {
    const scheduled = new Map<number, ActivityScheduled>();
    for (const event of events) {
      const where = `event ${String(event.eventId)}${runs.length === 1 ? '' : ` of run ${String(run + 1)}`}`;
      if (event.workflowTaskFailedEventAttributes?.cause === RESET) resets += 1;
      const message = messageOf(event);
      if (message !== undefined) messages.push(message);
      entries.push(...entriesOf(event).map((entry) => ({ where, ...timeOf(event), entry })));
      heads.push(...headsOf(event).map((head) => ({ where, ...head })));
      const round = localResult<RoundOpening>(event, 'openRound');
      if (round !== undefined) rounds.set(round.nonce, round);
      const proof = localResult<RecordedProof>(event, 'verifyDecision');
      if (proof !== undefined) proofs.push(proof);
      const { activityTaskScheduledEventAttributes: activity, activityTaskCompletedEventAttributes: done } = event;
      if (activity !== undefined) scheduled.set(event.eventId, activity);
      if (done !== undefined) {
        const [result] = valuesOf(done.result);
        const call = scheduled.get(done.scheduledEventId);
        const type = call?.activityType.name;
        if (type === 'compilePhase') compiled = result as CompiledPhase;
        if (type === 'readHandover') handover = result;
        if (type === 'writeHandover') written = writtenBy(call, result);
      }
    }
  }
  const workflowId = started?.workflowId ?? '';
  return {
    workflowId,
    firstRun: started?.firstExecutionRunId ?? '',
    result: resultOf(runs.at(-1) ?? []),
    input,
    compiled,
    handover,
    written,
    messages,
    entries,
    heads,
    resets,
    rounds,
    proofs: byMessage(messages, proofs),
  };
}

type ActivityScheduled = NonNullable<HistoryEvent['activityTaskScheduledEventAttributes']>;

function writtenBy(call: ActivityScheduled | undefined, result: unknown): WrittenHandover {
  const [document] = valuesOf(call?.input) as [HandoverDocument?];
  const { sha256 = '' } = (result ?? {}) as { sha256?: string };
  return { document, sha256 };
}

/** Claims name the token's own id, so a proof finds its message; what was refused needs none. */
function byMessage(
  messages: readonly RecordedMessage[],
  proofs: readonly (RecordedProof | undefined)[],
): Map<string, RecordedProof> {
  const found = new Map<string, RecordedProof>();
  for (const { body, digest } of messages) {
    if (!carriesProof(body)) continue;
    const jti = claimedId(body);
    const proof = proofs.find((one) => one?.ok === true && one.claims.jti === jti);
    if (proof !== undefined) found.set(digest, proof);
  }
  return found;
}

function claimedId(body: unknown): string | undefined {
  const { jws, decision } = body as { jws?: unknown; decision?: { jti?: string } };
  if (typeof jws !== 'string') return decision?.jti;
  try {
    return decodeJwt(jws).jti;
  } catch {
    return undefined;
  }
}

function messageOf(event: HistoryEvent): RecordedMessage | undefined {
  const signal = event.workflowExecutionSignaledEventAttributes;
  const admitted = event.workflowExecutionUpdateAdmittedEventAttributes?.request;
  const accepted = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
  const update = (admitted ?? accepted)?.input;
  const name = signal?.signalName ?? update?.name;
  if (name === undefined || name === INTERNAL) return undefined;
  const args = valuesOf(signal === undefined ? update?.args : signal.input);
  const body = args.length > 1 ? args : args[0];
  return { event: event.eventId, ...timeOf(event), name, body, digest: digestOf([name, body]) };
}

function timeOf({ eventTime }: HistoryEvent): { time?: number } {
  return eventTime === undefined ? {} : { time: Date.parse(eventTime) };
}

/** The ledger stands in what local activities answer, its last entries in the phase's result. */
function entriesOf(event: HistoryEvent): readonly LedgerEntry[] {
  const recorded = localResult<PackedLedger>(event, 'openRound') ?? localResult<PackedLedger>(event, 'recordLedger');
  if (recorded !== undefined) return entriesIn(unpackLedger(recorded));
  const [result] = valuesOf(event.workflowExecutionCompletedEventAttributes?.result) as [
    { ledger?: { last?: unknown } }?,
  ];
  return entriesIn(result?.ledger?.last);
}

/** What is no entry is missed where the ledger is put together. */
function entriesIn(value: unknown): LedgerEntry[] {
  return Array.isArray(value) ? value.filter(isEntry) : [];
}

function isEntry(value: unknown): value is LedgerEntry {
  const { number, hash } = (value ?? {}) as { number?: unknown; hash?: unknown };
  return Number.isSafeInteger(number) && typeof hash === 'string';
}

function headsOf(event: HistoryEvent): { length: number; head: string }[] {
  const memo = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields[LEDGER_MEMO];
  const activity = event.activityTaskScheduledEventAttributes;
  const completed = event.workflowExecutionCompletedEventAttributes;
  const found: unknown[] = [
    ...(memo === undefined ? [] : [valueOf(memo)]),
    ...(activity?.activityType.name === 'writeHandover'
      ? valuesOf(activity.input).map((one) => (one as HandoverDocument).ledger)
      : []),
    ...valuesOf(completed?.result).map((result) => (result as { ledger?: unknown } | null)?.ledger),
  ];
  return found.filter((one): one is { length: number; head: string } => {
    const { length, head } = (one ?? {}) as { length?: unknown; head?: unknown };
    return typeof length === 'number' && typeof head === 'string';
  });
}

/** What a local activity of that type answered; its marker is written by the SDK's core. */
function localResult<T>({ markerRecordedEventAttributes: marker }: HistoryEvent, type: string): T | undefined {
  if (marker?.markerName !== 'core_local_activity') return undefined;
  const [data] = valuesOf(marker.details?.['data']) as [{ activity_type?: string }?];
  if (data?.activity_type !== type) return undefined;
  return valuesOf(marker.details?.['result'])[0] as T | undefined;
}
