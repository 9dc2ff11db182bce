import type { ActivateInput } from '@temporalio/workflow';
import { payloadConverter } from '../../contract/payload-converter.ts';

type Job = NonNullable<ActivateInput['activation']['jobs']>[number];

/** A Signal as the server has delivered it, its input not decoded yet. */
export type RawSignal = NonNullable<Job['signalWorkflow']>;

/** A message in an inbox. */
export interface Received {
  readonly name: string;
  /** Bytes of what was sent, before it is decoded. */
  readonly bytes: number;
  /** Absent where it has come as an Update. */
  readonly signal?: {
    /** As the server has delivered it. */
    readonly raw: RawSignal;
    /** Which Signal of this run it is, from 1. */
    readonly number: number;
  };
  /** Decodes what was sent. Never throws: the payload converter is total. */
  body(): unknown;
}

/**
 * What has come for a workflow and has not been looked at. Its interceptor puts Signals in before the SDK sees them: the SDK makes
 * several promises for each, with a stack trace, which takes seconds where thousands have waited for a worker. It holds what the
 * history holds, 10,000 Signals at most.
 */
export class Inbox<Message extends Received = Received> {
  private readonly waiting: (Message | Received)[] = [];
  private signals = 0;
  private onArrival: () => void = () => undefined;

  /** @param onArrival is called when something has been put in, in the workflow task that has brought it */
  listen(onArrival: () => void): void {
    this.onArrival = onArrival;
    if (this.waiting.length > 0) onArrival();
  }

  putSignals(signals: readonly RawSignal[]): void {
    for (const signal of signals) this.waiting.push(received(signal, (this.signals += 1)));
    this.onArrival();
  }

  put(message: Message): void {
    this.waiting.push(message);
    this.onArrival();
  }

  take(): Message | Received | undefined {
    return this.waiting.shift();
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }
}

function received(raw: RawSignal, number: number): Received {
  const payloads = raw.input ?? [];
  return {
    name: raw.signalName ?? '',
    signal: { raw, number },
    bytes: payloads.reduce((sum, { data }) => sum + (data?.length ?? 0), 0),
    body: () => bodyOf(payloads.map((payload) => payloadConverter.fromPayload(payload))),
  };
}

/** One argument is what every message takes; more are kept, so that the ledger shows what was sent. */
export function bodyOf(args: readonly unknown[]): unknown {
  return args.length > 1 ? args : args[0];
}
