/**
 * What a phase and its milestones tell each other by Signal is signed by the worker that sends it. Workflow code cannot sign, because its key
 * would stand in the history. So it marks the payload, and the codec of the worker, which sees every payload on its way to the server,
 * puts a seal in the place of the mark. The receiver reads the seal from the payload in its history. That costs no event, and replay
 * verifies it again.
 *
 * This module is apart from `signal-seal.ts` because the SDK loads the payload converter with `require`, and not all packages can be.
 */
import type { Payload } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';

/** Name of the metadata that asks the worker to sign a payload. */
const MARK = 'phasegate-sign';

/** Who sends, as the server tells the workflow itself: neither can be chosen by who starts one. */
export type Sender =
  /** A phase: the id of its first run stays through resets, and when it continues as new. */
  | { readonly workflowId: string; readonly firstRunId: string }
  /** A milestone: the phase that has started it. */
  | { readonly workflowId: string; readonly parent: string };

/** What a worker is asked to sign, beside the payload. */
export interface Mark {
  readonly sender: Sender;
  readonly signal: SignalTo;
  /** Public keys of which one has to sign. */
  readonly keys: readonly string[];
}

/** Which Signal it is. */
export interface SignalTo {
  readonly name: string;
  /** Workflow id of the receiver. */
  readonly to: string;
}

/** A value that is to be signed when it leaves the worker. */
export class ToSign {
  readonly value: unknown;
  readonly mark: Mark;

  constructor(value: unknown, mark: Mark) {
    this.value = value;
    this.mark = mark;
  }
}

/** The payload with the mark that the codec replaces. */
export function marked(payload: Payload, mark: Mark): Payload {
  return { ...payload, metadata: { ...payload.metadata, [MARK]: encode(JSON.stringify(mark)) } };
}

/** @returns the payload without a mark, and the mark as JSON, if it has one */
export function unmarked(payload: Payload): readonly [payload: Payload, mark?: string] {
  const { [MARK]: mark, ...metadata } = payload.metadata ?? {};
  return mark === undefined || mark === null ? [payload] : [{ ...payload, metadata }, decode(mark)];
}
