import type { temporal } from '@temporalio/proto';
import type { Command } from '../../src/contract/replay.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { sealedIn } from '../../src/contract/seal.ts';
import { readHistory, type RunEvents } from '../../src/record/history.ts';
import { saidBy, saidIn } from '../../src/record/said.ts';

export type Value = { [key: string]: unknown };
/** Events of one run, in the form of `temporal workflow show --output json`. */
export type Events = Value[];
type Payload = temporal.api.common.v1.IPayload;

/** Writes what commands say into the events of a run. */
export function writer(
  run: Events,
  { events }: temporal.api.history.v1.IHistory,
): (commands: readonly Command[]) => void {
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
export function tieSignals(from: Events, to: string, hearer: Events, isOf: (body: Value) => boolean): void {
  const delivered = new Set(
    from.map((event) =>
      String((event['externalWorkflowExecutionSignaledEventAttributes'] as Value | undefined)?.['initiatedEventId']),
    ),
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

export function write(command: Command, event: Value): void {
  const attributes = attributesOf(event);
  const { scheduleActivity: activity, scheduleLocalActivity: local, startChildWorkflowExecution: child } = command;
  const { signalExternalWorkflowExecution: signal, updateResponse: update, modifyWorkflowProperties: memo } = command;
  const { completeWorkflowExecution: done, continueAsNewWorkflowExecution: next } = command;
  const { upsertWorkflowSearchAttributes: search } = command;
  if (activity) attributes['input'] = payloadsOf(activity.arguments);
  else if (child) {
    attributes['input'] = payloadsOf(child.input);
    attributes['memo'] = { fields: fieldsOf(child.memo) };
  } else if (signal) attributes['input'] = withSealsOf(attributes['input'], payloadsOf(signal.args));
  else if (update?.completed) attributes['outcome'] = { success: payloadsOf([update.completed]) };
  else if (memo) attributes['upsertedMemo'] = { fields: fieldsOf(memo.upsertedMemo?.fields) };
  else if (search) attributes['searchAttributes'] = { indexedFields: fieldsOf(search.searchAttributes?.indexedFields) };
  else if (done && 'workflowExecutionCompletedEventAttributes' in event)
    attributes['result'] = payloadsOf([done.result ?? {}]);
  else if (next && 'workflowExecutionContinuedAsNewEventAttributes' in event)
    attributes['input'] = payloadsOf(next.arguments);
  else if (local && ['openRound', 'recordLedger'].includes(local.activityType ?? '')) {
    const [request] = (local.arguments ?? []).map(
      ({ data }) => JSON.parse(Buffer.from(data ?? []).toString()) as Value,
    );
    const { details } = attributes as { details?: { result?: unknown } };
    changeIn(details?.result, (result) => ({ ...result, ledger: request?.['ledger'] }));
  }
}

/** The worker has put a seal on what the code has produced. */
function withSealsOf(before: unknown, after: { payloads: Value[] }): { payloads: Value[] } {
  const sealed = (before as typeof after | undefined)?.payloads ?? [];
  for (const [index, payload] of after.payloads.entries()) {
    payload['metadata'] = { ...(sealed[index]?.['metadata'] as Value | undefined), ...(payload['metadata'] as Value) };
  }
  return after;
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

export function eventsOf(text: string): Events {
  return (JSON.parse(text) as { events: Events }).events;
}

export function read(events: Events): RunEvents {
  const found = readHistory(JSON.stringify({ events }));
  if ('problem' in found) throw new Error(found.problem);
  return found.events;
}

/** In what a local activity has recorded, or in the phase's result. */
export function ledgerIn({ ledger }: Value): LedgerEntry[] {
  if (Array.isArray(ledger)) return ledger as LedgerEntry[];
  return ((ledger ?? {}) as { last?: LedgerEntry[] }).last ?? [];
}

/** What an event says, by whatever name. */
export function attributesOf(event: Value): Value {
  const key = Object.keys(event).find((one) => one.endsWith('EventAttributes'));
  return (event[key ?? ''] ?? {}) as Value;
}

export function startIn(event: Value): Value {
  return event['workflowExecutionStartedEventAttributes'] as Value;
}

export function startOf(run: Events): Value {
  return startIn(run[0] ?? {});
}

export function typeOfActivity(event: Value): unknown {
  const scheduled = event['activityTaskScheduledEventAttributes'] as { activityType: { name: string } } | undefined;
  return scheduled?.activityType.name;
}

export function localTypeOf(event: Value): unknown {
  const { details } = (event['markerRecordedEventAttributes'] ?? {}) as { details?: Value };
  let type: unknown;
  changeIn(details?.['data'], (data) => {
    type = data['activity_type'];
    return undefined;
  });
  return type;
}

export function nameOf(event: Value): string | undefined {
  const signal = event['workflowExecutionSignaledEventAttributes'] as { signalName: string } | undefined;
  return signal?.signalName ?? updateIn(event)?.name;
}

export function rename(event: Value, name: string): void {
  const signal = event['workflowExecutionSignaledEventAttributes'] as Value | undefined;
  const update = updateIn(event);
  if (signal !== undefined) signal['signalName'] = name;
  else if (update !== undefined) update.name = name;
}

function updateIn(event: Value): { name: string } | undefined {
  const accepted = event['workflowExecutionUpdateAcceptedEventAttributes'] as
    { acceptedRequest?: { input: { name: string } } } | undefined;
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

/** Changes what payloads hold. Of an answer that a worker has signed, the seal stays as it is. */
export function changeIn(node: unknown, change: (value: Value) => Value | undefined): void {
  if (typeof node !== 'object' || node === null) return;
  const { data, metadata } = node as Value;
  if (typeof data !== 'string' || metadata === undefined) {
    for (const inner of Object.values(node)) changeIn(inner, change);
    return;
  }
  const text = Buffer.from(data, 'base64').toString();
  if (!text.startsWith('{')) return;
  const value = JSON.parse(text) as Value;
  const sealed = sealedIn(value);
  const changed = change(sealed === undefined ? value : ((sealed.result ?? {}) as Value));
  if (changed === undefined) return;
  const written = sealed === undefined ? changed : { ...sealed, result: changed };
  (node as Value)['data'] = Buffer.from(JSON.stringify(written)).toString('base64');
}

/** Events are counted from 1, and name each other by their numbers. */
export function renumbered(events: readonly Value[]): Value[] {
  const numbers = new Map(events.map(({ eventId }, index) => [String(eventId), String(index + 1)]));
  const isName = (key: string) => key === 'eventId' || key.endsWith('EventId');
  return JSON.parse(
    JSON.stringify(events, (key, value: unknown) => (isName(key) ? (numbers.get(String(value)) ?? value) : value)),
  ) as Value[];
}
