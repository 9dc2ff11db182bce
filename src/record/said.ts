import type { temporal } from '@temporalio/proto';
import { digestOf } from '../base/digest.ts';
import type { Command } from '../contract/replay.ts';
import { unsealed } from '../contract/seal.ts';
import { unpackLedger } from './packed-ledger.ts';
import { payloadConverter } from '../contract/payload-converter.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Payload = temporal.api.common.v1.IPayload;
type Fields = { readonly [name: string]: Payload } | null | undefined;
type Parts = { readonly [part: string]: string | undefined };

/** What a command asks for, or what its event says of it: the same words for both. */
export interface Said {
  /** Tells which command and which event belong together; of several with the same key, the first with the first. */
  readonly key: string;
  /** For people: `the activity writeHandover`. */
  readonly name: string;
  /** Texts by the name of the part. A part that one side does not have is not compared. */
  readonly parts: Parts;
}

/** Local activities that put entries of the ledger into the history, and answer with them. */
export const RECORDING: readonly string[] = ['openRound', 'recordLedger'];

/** Says nothing of commands that leave no event with content: cancellations, queries, patches. */
export function saidBy({ userMetadata, ...command }: Command): Said | undefined {
  const {
    scheduleActivity: activity,
    scheduleLocalActivity: local,
    startTimer: timer,
    updateResponse: update,
  } = command;
  const { startChildWorkflowExecution: child, signalExternalWorkflowExecution: signal } = command;
  const summary = optionalTextOf(userMetadata?.summary);
  if (activity) {
    const { activityId, activityType, taskQueue } = activity;
    const parts = { type: textOr(activityType), queue: textOr(taskQueue), input: textsOf(activity.arguments), summary };
    return activitySaid(textOr(activityId), parts);
  }
  if (local) return localSaid(Number(local.seq), textOr(local.activityType), ledgerGiven(local));
  if (timer) return timerSaid(String(timer.seq), timer.startToFireTimeout, summary);
  if (child) {
    const { workflowId, workflowType, memo, searchAttributes } = child;
    const input = textsOf(child.input);
    return childSaid({ workflowId, type: workflowType, input, memo, fields: searchAttributes?.indexedFields, summary });
  }
  if (signal) {
    const { workflowExecution: to, childWorkflowId, signalName } = signal;
    return signalSaid(textOr(to?.workflowId ?? childWorkflowId), textOr(signalName), textsOf(signal.args));
  }
  if (update) {
    const { protocolInstanceId, completed } = update;
    return completed ? updateSaid(textOr(protocolInstanceId), textOf(completed)) : undefined;
  }
  return endSaid(command) ?? changeSaid(command);
}

function endSaid(command: Command): Said | undefined {
  const { completeWorkflowExecution: done, failWorkflowExecution: failed } = command;
  const { continueAsNewWorkflowExecution: next, cancelWorkflowExecution: cancelled } = command;
  if (done) return end('completed', { result: done.result ? textOf(done.result) : '' });
  if (failed) return end('failed', { reason: textOr(failed.failure?.message) });
  if (cancelled) return end('cancelled', {});
  return next ? end('continued', { type: textOr(next.workflowType), input: textsOf(next.arguments) }) : undefined;
}

function changeSaid(command: Command): Said | undefined {
  const { modifyWorkflowProperties: memo, upsertWorkflowSearchAttributes: attributes } = command;
  if (memo) return memoSaid(memo.upsertedMemo?.fields);
  return attributes ? attributesSaid(attributes.searchAttributes?.indexedFields) : undefined;
}

/**
 * What an event says of the command that it follows from; nothing of other events.
 *
 * @param instanceOf the id by which the workflow knows the Update that this event has accepted
 */
export function saidIn(event: Event, instanceOf: (accepted: string) => string): Said | undefined {
  const { activityTaskScheduledEventAttributes: activity, markerRecordedEventAttributes: marker } = event;
  const { timerStartedEventAttributes: timer, workflowExecutionUpdateCompletedEventAttributes: update } = event;
  const { startChildWorkflowExecutionInitiatedEventAttributes: child } = event;
  const { signalExternalWorkflowExecutionInitiatedEventAttributes: signal } = event;
  const summary = optionalTextOf(event.userMetadata?.summary);
  if (activity) {
    const { activityId, activityType, taskQueue, input } = activity;
    const type = textOr(activityType?.name);
    return activitySaid(textOr(activityId), { type, queue: textOr(taskQueue?.name), input: inputText(input), summary });
  }
  if (marker) return markerSaid(marker);
  if (timer) return timerSaid(textOr(timer.timerId), timer.startToFireTimeout, summary);
  if (child) {
    const { workflowId, workflowType, memo, searchAttributes } = child;
    const fields = searchAttributes?.indexedFields;
    const input = inputText(child.input);
    return childSaid({ workflowId, type: workflowType?.name, input, memo: memo?.fields, fields, summary });
  }
  if (signal) {
    const { workflowExecution: to, signalName, input } = signal;
    return signalSaid(textOr(to?.workflowId), textOr(signalName), inputText(input));
  }
  if (update) {
    const success = update.outcome?.success;
    return updateSaid(instanceOf(String(update.acceptedEventId)), success ? inputText(success) : '');
  }
  return endIn(event) ?? changeIn(event);
}

function endIn(event: Event): Said | undefined {
  const { workflowExecutionCompletedEventAttributes: done, workflowExecutionFailedEventAttributes: failed } = event;
  const { workflowExecutionContinuedAsNewEventAttributes: next } = event;
  if (done) return end('completed', { result: inputText(done.result) });
  if (failed) return end('failed', { reason: textOr(failed.failure?.message) });
  if (event.workflowExecutionCanceledEventAttributes) return end('cancelled', {});
  if (next) return end('continued', { type: textOr(next.workflowType?.name), input: inputText(next.input) });
  return undefined;
}

function changeIn(event: Event): Said | undefined {
  const { workflowPropertiesModifiedEventAttributes: memo, upsertWorkflowSearchAttributesEventAttributes: attributes } =
    event;
  if (memo) return memoSaid(memo.upsertedMemo?.fields);
  const fields = attributes?.searchAttributes?.indexedFields;
  // The SDK writes this one for a patch; the workflow has no command of it.
  return attributes && !Object.hasOwn(fields ?? {}, 'TemporalChangeVersion') ? attributesSaid(fields) : undefined;
}

function markerSaid({ markerName, details }: temporal.api.history.v1.IMarkerRecordedEventAttributes): Said | undefined {
  if (markerName !== 'core_local_activity') return undefined;
  const { seq, activity_type: type } = (valueIn(details?.['data']) ?? {}) as { seq?: unknown; activity_type?: unknown };
  const answer = details?.['result'] === undefined ? undefined : unsealed(valueIn(details['result']));
  const isRecording = answer !== undefined && RECORDING.includes(String(type));
  const ledger = isRecording ? unpackLedger((answer ?? {}) as Parameters<typeof unpackLedger>[0]) : undefined;
  return localSaid(Number(seq), String(type), ledger);
}

function activitySaid(id: string, parts: Parts & { readonly type: string }): Said {
  return { key: `activity ${id}`, name: `the activity ${parts.type}`, parts };
}

function localSaid(seq: number, type: string, ledger: unknown): Said {
  const entries = ledger === undefined ? undefined : JSON.stringify(ledger);
  return { key: `local ${String(seq)}`, name: `the local activity ${type}`, parts: { type, ledger: entries } };
}

function timerSaid(id: string, length: Instant | null | undefined, summary: string | undefined): Said {
  return { key: `timer ${id}`, name: 'the timer', parts: { length: String(millisecondsOf(length)), summary } };
}

type Instant = Pick<NonNullable<Event['eventTime']>, 'seconds' | 'nanos'>;

/** Of a time or a length, whose seconds are a number where they come from JSON, and a `Long` where they come from the workflow. */
export function millisecondsOf(instant: Instant | null | undefined): number {
  const { seconds, nanos } = instant ?? {};
  const { low = 0, high = 0 } = typeof seconds === 'object' && seconds !== null ? seconds : {};
  const whole = typeof seconds === 'number' ? seconds : (low >>> 0) + high * 2 ** 32;
  return whole * 1000 + Math.floor((nanos ?? 0) / 1_000_000);
}

interface Child {
  readonly workflowId: string | null | undefined;
  readonly type: string | null | undefined;
  readonly input: string;
  readonly memo: Fields;
  readonly fields: Fields;
  readonly summary: string | undefined;
}

function childSaid({ workflowId, type, input, memo, fields, summary }: Child): Said {
  const id = textOr(workflowId);
  const parts = {
    id,
    type: textOr(type),
    input,
    memo: fieldsText(memo),
    ...attributeParts(fields),
    summary,
  };
  return { key: 'child', name: `the start of ${id}`, parts };
}

function signalSaid(to: string, name: string, input: string): Said {
  return { key: 'signal', name: `the Signal ${name}`, parts: { target: to, name, input } };
}

function updateSaid(id: string, answer: string): Said {
  return { key: `update ${id}`, name: 'the answer to the Update', parts: { verdict: answer } };
}

function memoSaid(fields: Fields): Said {
  return { key: 'memo', name: 'the memo', parts: { content: fieldsText(fields) } };
}

function attributesSaid(fields: Fields): Said {
  return { key: 'attributes', name: 'the search attributes', parts: attributeParts(fields) };
}

/** Each for itself: the server leaves those out of a history that the namespace does not have now. */
function attributeParts(fields: Fields): Parts {
  const named = Object.entries(fields ?? {}).map(([name, payload]) => [`search attribute ${name}`, textOf(payload)]);
  return Object.fromEntries(named) as Parts;
}

function end(ending: string, parts: Parts): Said {
  return { key: 'end', name: 'the end', parts: { kind: ending, ...parts } };
}

function ledgerGiven(local: NonNullable<Command['scheduleLocalActivity']>): unknown {
  if (!RECORDING.includes(textOr(local.activityType))) return undefined;
  const [request] = valuesOf(local.arguments) as [{ ledger?: unknown }?];
  return request?.ledger;
}

/** The decoded values of a command's or an event's payloads. */
export function valuesOf(payloads: readonly Payload[] | null | undefined): unknown[] {
  return (payloads ?? []).map((payload) => payloadConverter.fromPayload(payload));
}

function valueIn(payloads: temporal.api.common.v1.IPayloads | null | undefined): unknown {
  return valuesOf(payloads?.payloads)[0];
}

function inputText(payloads: temporal.api.common.v1.IPayloads | null | undefined): string {
  return textsOf(payloads?.payloads);
}

function textsOf(payloads: readonly Payload[] | null | undefined): string {
  return (payloads ?? []).map(textOf).join('\n');
}

/** JSON as it is; JSON holds no line breaks, which part several payloads. */
function textOf({ metadata, data }: Payload): string {
  const encoding = Buffer.from(metadata?.['encoding'] ?? []).toString();
  const bytes = Buffer.from(data ?? []);
  return encoding === 'json/plain' ? bytes.toString() : `${encoding} ${bytes.toString('base64')}`;
}

function optionalTextOf(payload: Payload | null | undefined): string | undefined {
  return payload ? textOf(payload) : undefined;
}

function fieldsText(fields: Fields): string {
  return Object.entries(fields ?? {})
    .map(([name, payload]) => `${JSON.stringify(name)}\n${textOf(payload)}`)
    .sort()
    .join('\n');
}

function textOr(value: string | null | undefined): string {
  return value ?? '';
}

/**
 * The first part that differs.
 *
 * @param runs ids of one run, which a reset has given it one after the other: what the code has written before the reset and after it
 *   names another one
 */
export function difference(produced: Said, recorded: Said, runs: readonly string[]): string | undefined {
  return Object.keys(produced.parts).find((part) => {
    const [mine, theirs] = [produced.parts[part], recorded.parts[part]];
    return (
      mine !== undefined && theirs !== undefined && mine !== theirs && canonical(mine, runs) !== canonical(theirs, runs)
    );
  });
}

function canonical(text: string, [first = '', ...others]: readonly string[]): string {
  const asOne = others.reduce((changed, run) => changed.replaceAll(run, first), text);
  // Half a character has no canonical form, and all such texts would have the same digest.
  if (!asOne.isWellFormed() || /\\ud[89a-f]/i.test(asOne)) return asOne;
  return digestOf(asOne.split('\n').map(parsed));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return line;
  }
}
