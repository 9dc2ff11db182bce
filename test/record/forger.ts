import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { type HandoverDocument, handoverText } from '../../src/contract/handover.ts';
import type { Command } from '../../src/contract/replay.ts';
import { GENESIS, hashOf } from '../../src/gates/chain.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { type Histories, readHistory, type RunEvents } from '../../src/record/history.ts';
import { saidBy, saidIn } from '../../src/record/said.ts';
import { replayBundle } from '../support/servers.ts';

export type Value = { [key: string]: unknown };
/** Events of one run, in the form of `temporal workflow show --output json`. */
export type Events = Value[];
type Payload = temporal.api.common.v1.IPayload;

/** The texts of a record's histories. */
export interface Texts {
  readonly phase: readonly string[];
  readonly milestones: readonly string[];
}

/** How often what follows from a change is computed again, at most: phase and milestones follow from each other. */
const PASSES = 40;

/**
 * Somebody who may write every history of a record anew, and lacks only keys. `settle` computes again what follows from a change, as
 * the workflows would have: the ledger with its chain, heads, orders, reports, results, and every digest.
 */
export class Forger {
  readonly phase: Events[];
  readonly milestones: Events[];

  constructor({ phase, milestones }: Texts) {
    this.phase = phase.map(eventsOf);
    this.milestones = milestones.map(eventsOf);
  }

  /** The first run of the phase. */
  get events(): Events {
    return this.phase[0] ?? [];
  }

  get runs(): Events[] {
    return [...this.phase, ...this.milestones];
  }

  histories(): Histories {
    return { phase: this.phase.map(read), milestones: this.milestones.map(read) };
  }

  /** Changes what payloads hold, wherever they stand; `undefined` leaves it. */
  values(change: (value: Value) => Value | undefined, runs: readonly Events[] = this.runs): void {
    for (const run of runs) changeIn(run, change);
  }

  /** Puts one text for another, wherever it stands. */
  replace(from: string, to: string, runs: readonly Events[] = this.runs): void {
    let count = 0;
    this.values((value) => {
      const text = JSON.stringify(value);
      if (!text.includes(from)) return undefined;
      count += 1;
      return JSON.parse(text.replaceAll(from, to)) as Value;
    }, runs);
    if (count === 0) throw new Error(`nothing holds ${from}`);
  }

  /** The event of a message, or of an activity's answer. */
  find(isMeant: (event: Value) => boolean, run = this.events): Value {
    const found = run.find(isMeant);
    if (found === undefined) throw new Error('there is no such event');
    return found;
  }

  message(isMeant: (body: Value, name: string) => boolean, run = this.events): Value {
    return this.find((event) => {
      const name = nameOf(event);
      return name !== undefined && isMeant(firstPayload(event) ?? {}, name);
    }, run);
  }

  /** Answers of an activity, or of a local activity, of that type. */
  answers(type: string, run = this.events): Value[] {
    const scheduled = new Set(
      run.filter((event) => typeOfActivity(event) === type).map(({ eventId }) => String(eventId)),
    );
    return run.filter((event) => {
      const done = event['activityTaskCompletedEventAttributes'] as Value | undefined;
      if (done !== undefined) return scheduled.has(String(done['scheduledEventId']));
      return localTypeOf(event) === type;
    });
  }

  /** Changes the answer that an event holds. */
  answer(event: Value, change: (answer: Value) => Value): void {
    const { details } = (event['markerRecordedEventAttributes'] ?? {}) as { details?: Value };
    changeIn(details?.['result'] ?? event, change);
  }

  /** Sends something else in the place of a message. */
  resend(event: Value, name: string, body: Value): void {
    changeIn(event, () => body);
    rename(event, name);
  }

  /** Takes events out of a run, and numbers the rest anew. */
  drop(isMeant: (event: Value, index: number) => boolean, run = this.events): void {
    const rest = run.filter((event, index) => !isMeant(event, index));
    if (rest.length === run.length) throw new Error('there is no such event');
    run.splice(0, run.length, ...renumbered(rest));
  }

  /** Puts an event into a run, and numbers the rest anew. */
  insert(before: Value, event: Value, run = this.events): void {
    run.splice(run.indexOf(before), 0, event);
    run.splice(0, run.length, ...renumbered(run));
  }

  /** Moves the times of events by so many milliseconds. */
  shift(ms: number, isMeant: (event: Value) => boolean = () => true, runs: readonly Events[] = this.runs): void {
    for (const event of runs.flat().filter(isMeant)) {
      event['eventTime'] = new Date(Date.parse(String(event['eventTime'])) + ms).toISOString();
    }
  }

  /** Changes entries of the ledger, and its chain and heads with them; `undefined` takes an entry out. */
  entries(change: (entry: LedgerEntry) => LedgerEntry | undefined): void {
    const known = new Map<number, LedgerEntry>();
    this.values((value) => {
      for (const entry of ledgerIn(value)) known.set(entry.number, entry);
      return undefined;
    });
    const changed = new Map<number, LedgerEntry>();
    let [number, head] = [0, GENESIS];
    for (const before of [...known.values()].sort((a, b) => a.number - b.number)) {
      const { hash: _, ...after } = change(before) ?? { ...before, number: 0 };
      if (after.number === 0) continue;
      number += 1;
      head = hashOf(head, { ...after, number });
      changed.set(before.number, { ...after, number, hash: head });
    }
    this.values((value) => {
      const entries = ledgerIn(value).flatMap((entry) => changed.get(entry.number) ?? []);
      if (Array.isArray(value['ledger'])) return { ...value, ledger: entries };
      const { ledger } = value as { ledger?: { length?: number; last?: unknown } };
      if (ledger?.last !== undefined) return { ...value, ledger: { length: number, head, last: entries } };
      const told = changed.get(Number(value['length']));
      return typeof value['head'] === 'string' && told ? { length: told.number, head: told.hash } : undefined;
    });
  }

  /**
   * Computes again what follows from the changes, as far as the workflows do the same things in the same order.
   *
   * @param handsOver whether the digest of the hand-over is computed again as well
   */
  async settle({ handsOver = true } = {}): Promise<void> {
    for (let pass = 0; pass < PASSES; pass += 1) {
      const before = JSON.stringify(this.runs);
      await this.#produce();
      if (handsOver) this.#handOver();
      this.#tie();
      if (JSON.stringify(this.runs) === before) return;
    }
  }

  /** Writes into each event what the code produces. */
  async #produce(): Promise<void> {
    let take: (commands: readonly Command[]) => void = () => undefined;
    const histories = function* (runs: readonly Events[]) {
      for (const run of runs) {
        const history = historyFromJSON({ events: run });
        take = writer(run, history);
        yield { history, workflowId: String(startOf(run)['workflowId']) };
      }
    };
    const fn = (_: unknown, commands: Command[]) => take(commands);
    const options = {
      workflowBundle: await replayBundle(),
      sinks: { replay: { produced: { fn, callDuringReplay: true } } },
      taskQueue: (startOf(this.events)['taskQueue'] as { name: string }).name,
    };
    for await (const _ of Worker.runReplayHistories(options, histories(this.runs))) continue;
  }

  #handOver(): void {
    for (const run of this.phase) {
      for (const done of this.answers('writeHandover', run)) {
        const { scheduledEventId } = done['activityTaskCompletedEventAttributes'] as Value;
        const document = firstPayload(run[Number(scheduledEventId) - 1]) as unknown as HandoverDocument;
        const sha256 = createHash('sha256').update(handoverText(document)).digest('hex');
        changeIn(done, (value) => ({ ...value, sha256 }));
      }
    }
  }

  /** Has both ends of what passes between runs hold the same. */
  #tie(): void {
    for (const [index, run] of this.phase.entries()) {
      const next = this.phase[index + 1]?.[0];
      const handed = run.at(-1)?.['workflowExecutionContinuedAsNewEventAttributes'] as Value | undefined;
      if (next !== undefined && handed !== undefined) startIn(next)['input'] = handed['input'];
    }
    for (const milestone of this.milestones) this.#tieMilestone(milestone);
  }

  #tieMilestone(milestone: Events): void {
    const { workflowId, parentWorkflowExecution: parent, originalExecutionRunId: runId } = startOf(milestone);
    const identity = () => (firstPayload(milestone[0]) ?? {})['identity'];
    for (const run of this.phase) {
      for (const event of run) {
        const started = event['childWorkflowExecutionStartedEventAttributes'] as Value | undefined;
        const ended = event['childWorkflowExecutionCompletedEventAttributes'] as Value | undefined;
        const { runId: of } = ((started ?? ended)?.['workflowExecution'] ?? {}) as Value;
        if (of !== runId) continue;
        if (started !== undefined) {
          const initiated = run[Number(started['initiatedEventId']) - 1] ?? {};
          startIn(milestone[0] ?? {})['input'] = structuredClone(attributesOf(initiated)['input']);
        } else if (ended !== undefined) ended['result'] = structuredClone(attributesOf(milestone.at(-1) ?? {})['result']);
      }
    }
    const phase = this.phase.flat();
    tieSignals(phase, String(workflowId), milestone, (body) => body['to'] === identity());
    tieSignals(milestone, String((parent as Value | undefined)?.['workflowId']), phase, (body) => body['from'] === identity());
  }
}

/** Writes what commands say into the events of a run. */
function writer(run: Events, { events }: temporal.api.history.v1.IHistory): (commands: readonly Command[]) => void {
  const instances = new Map<string, string>();
  const queues = new Map<string, Value[]>();
  for (const [index, event] of (events ?? []).entries()) {
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
    if (accepted) instances.set(String(event.eventId), accepted.protocolInstanceId ?? '');
    const key = saidIn(event, (id) => instances.get(id) ?? '')?.key;
    if (key !== undefined) queues.set(key, [...(queues.get(key) ?? []), run[index] ?? {}]);
  }
  return (commands) => {
    for (const command of commands) {
      const event = queues.get(saidBy(command)?.key ?? '')?.shift();
      if (event !== undefined) write(command, event);
    }
  };
}

/** Signals that have arrived hold what was sent, in the same order. */
function tieSignals(from: Events, to: string, hearer: Events, isOf: (body: Value) => boolean): void {
  const delivered = new Set(
    from.map((event) => String((event['externalWorkflowExecutionSignaledEventAttributes'] as Value | undefined)?.['initiatedEventId'])),
  );
  const sent = from.filter((event) => {
    const signal = event['signalExternalWorkflowExecutionInitiatedEventAttributes'] as Value | undefined;
    const { workflowId } = (signal?.['workflowExecution'] ?? {}) as Value;
    return workflowId === to && delivered.has(String(event['eventId'])) && isOf(firstPayload(event) ?? {});
  });
  const names = new Set(sent.map((event) => attributesOf(event)['signalName']));
  const heard = hearer.filter((event) => {
    const signal = event['workflowExecutionSignaledEventAttributes'] as Value | undefined;
    return signal !== undefined && names.has(signal['signalName']) && isOf(firstPayload(event) ?? {});
  });
  if (heard.length !== sent.length) return;
  for (const [index, event] of heard.entries()) {
    attributesOf(event)['input'] = structuredClone(attributesOf(sent[index] ?? {})['input']);
  }
}

function write(command: Command, event: Value): void {
  const attributes = attributesOf(event);
  const { scheduleActivity: activity, scheduleLocalActivity: local, startChildWorkflowExecution: child } = command;
  const { signalExternalWorkflowExecution: signal, updateResponse: update, modifyWorkflowProperties: memo } = command;
  const { completeWorkflowExecution: done, continueAsNewWorkflowExecution: next } = command;
  const { upsertWorkflowSearchAttributes: search } = command;
  if (activity) attributes['input'] = payloadsOf(activity.arguments);
  else if (child) {
    attributes['input'] = payloadsOf(child.input);
    attributes['memo'] = { fields: fieldsOf(child.memo) };
  } else if (signal) attributes['input'] = payloadsOf(signal.args);
  else if (update?.completed) attributes['outcome'] = { success: payloadsOf([update.completed]) };
  else if (memo) attributes['upsertedMemo'] = { fields: fieldsOf(memo.upsertedMemo?.fields) };
  else if (search) attributes['searchAttributes'] = { indexedFields: fieldsOf(search.searchAttributes?.indexedFields) };
  else if (done && 'workflowExecutionCompletedEventAttributes' in event) attributes['result'] = payloadsOf([done.result ?? {}]);
  else if (next && 'workflowExecutionContinuedAsNewEventAttributes' in event) attributes['input'] = payloadsOf(next.arguments);
  else if (local && ['openRound', 'recordLedger'].includes(local.activityType ?? '')) {
    const [request] = (local.arguments ?? []).map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString()) as Value);
    const { details } = attributes as { details?: { result?: unknown } };
    changeIn(details?.result, (result) => ({ ...result, ledger: request?.['ledger'] }));
  }
}

function payloadsOf(payloads: readonly Payload[] | null | undefined): { payloads: Value[] } {
  return { payloads: (payloads ?? []).map(payloadOf) };
}

function fieldsOf(fields: { readonly [key: string]: Payload } | null | undefined): Value {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, payload]) => [name, payloadOf(payload)]));
}

function payloadOf({ metadata, data }: Payload): Value {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const encoded = Object.entries(metadata ?? {}).map(([key, value]) => [key, text(value)]);
  return { metadata: Object.fromEntries(encoded) as Value, data: text(data ?? new Uint8Array()) };
}

function eventsOf(text: string): Events {
  return (JSON.parse(text) as { events: Events }).events;
}

function read(events: Events): RunEvents {
  const found = readHistory(JSON.stringify({ events }));
  if ('problem' in found) throw new Error(found.problem);
  return found.events;
}

/** In what a local activity has recorded, or in the phase's result. */
function ledgerIn({ ledger }: Value): LedgerEntry[] {
  if (Array.isArray(ledger)) return ledger as LedgerEntry[];
  return ((ledger ?? {}) as { last?: LedgerEntry[] }).last ?? [];
}

/** What an event says, by whatever name. */
export function attributesOf(event: Value): Value {
  const key = Object.keys(event).find((one) => one.endsWith('EventAttributes'));
  return (event[key ?? ''] ?? {}) as Value;
}

function startIn(event: Value): Value {
  return event['workflowExecutionStartedEventAttributes'] as Value;
}

function startOf(run: Events): Value {
  return startIn(run[0] ?? {});
}

function typeOfActivity(event: Value): unknown {
  const scheduled = event['activityTaskScheduledEventAttributes'] as { activityType: { name: string } } | undefined;
  return scheduled?.activityType.name;
}

function localTypeOf(event: Value): unknown {
  const { details } = (event['markerRecordedEventAttributes'] ?? {}) as { details?: Value };
  let type: unknown;
  changeIn(details?.['data'], (data) => {
    type = data['activity_type'];
    return undefined;
  });
  return type;
}

function nameOf(event: Value): string | undefined {
  const signal = event['workflowExecutionSignaledEventAttributes'] as { signalName: string } | undefined;
  return signal?.signalName ?? updateIn(event)?.name;
}

function rename(event: Value, name: string): void {
  const signal = event['workflowExecutionSignaledEventAttributes'] as Value | undefined;
  const update = updateIn(event);
  if (signal !== undefined) signal['signalName'] = name;
  else if (update !== undefined) update.name = name;
}

function updateIn(event: Value): { name: string } | undefined {
  const accepted = event['workflowExecutionUpdateAcceptedEventAttributes'] as
    | { acceptedRequest?: { input: { name: string } } }
    | undefined;
  return accepted?.acceptedRequest?.input;
}

/** The first value that an event holds. */
export function firstPayload(event: Value | undefined): Value | undefined {
  let found: Value | undefined;
  changeIn(event, (value) => {
    found ??= value;
    return undefined;
  });
  return found;
}

function changeIn(node: unknown, change: (value: Value) => Value | undefined): void {
  if (typeof node !== 'object' || node === null) return;
  const { data, metadata } = node as Value;
  if (typeof data !== 'string' || metadata === undefined) {
    for (const inner of Object.values(node)) changeIn(inner, change);
    return;
  }
  const text = Buffer.from(data, 'base64').toString();
  if (!text.startsWith('{')) return;
  const changed = change(JSON.parse(text) as Value);
  if (changed !== undefined) (node as Value)['data'] = Buffer.from(JSON.stringify(changed)).toString('base64');
}

/** Events are counted from 1, and name each other by their numbers. */
function renumbered(events: readonly Value[]): Value[] {
  const numbers = new Map(events.map(({ eventId }, index) => [String(eventId), String(index + 1)]));
  const isName = (key: string) => key === 'eventId' || key.endsWith('EventId');
  return JSON.parse(
    JSON.stringify(events, (key, value: unknown) => (isName(key) ? (numbers.get(String(value)) ?? value) : value)),
  ) as Value[];
}
