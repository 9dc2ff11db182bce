import { digestOf } from '../base/digest.ts';
import { REPORT } from '../contract/channel.ts';
import { type HistoryEvent, type RunEvents, valuesOf } from './history.ts';

/** A message that stands in a history. */
export interface RecordedMessage {
  readonly event: number;
  /** When the server took it, in epoch milliseconds. */
  readonly time: number;
  readonly name: string;
  readonly body: unknown;
}

/** What people have sent, as Signals and Updates. Reports are sent by milestones; those that are forged are noted in the ledger as refused. */
export function messagesIn(events: RunEvents): RecordedMessage[] {
  return events.flatMap((event) => messageOf(event) ?? []).filter(({ name }) => name !== REPORT);
}

/** A Signal, or an Update, which a reset brings over by an event of its own. */
export function messageOf(event: HistoryEvent): RecordedMessage | undefined {
  const signal = event.workflowExecutionSignaledEventAttributes;
  const admitted = event.workflowExecutionUpdateAdmittedEventAttributes?.request;
  const accepted = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
  const update = (admitted ?? accepted)?.input;
  const name = signal?.signalName ?? update?.name;
  if (name === undefined) return undefined;
  const args = valuesOf(signal === undefined ? update?.args : signal.input);
  const body = args.length > 1 ? args : args[0];
  return { event: event.eventId, time: Date.parse(event.eventTime ?? ''), name, body };
}

/** When each message came first, in epoch milliseconds, by the digest of its body. */
export function arrivalsOf(messages: readonly RecordedMessage[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { body, time } of messages) {
    const digest = digestOf(body);
    found.set(digest, Math.min(time, found.get(digest) ?? Infinity));
  }
  return found;
}
