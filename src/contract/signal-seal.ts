import type { Payload } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import { sha256OfBytes } from '../base/digest.ts';
import type { Mark } from './signal-mark.ts';

/** First part of every statement that is signed: a signature for another purpose is none here. */
const FORM = 'phasegate-signal/1';

/** Name of the metadata that holds the seal: the key and the signature, with a dot between them. */
const SEAL = 'phasegate-seal';

/** The seal on a Signal between a phase and a milestone. */
export interface SignalSeal {
  /** Public Ed25519 key of the worker: 32 bytes in base64url. */
  readonly key: string;
  /** Over `signalStatement`; 64 bytes in base64url. */
  readonly signature: string;
}

/** The text that the worker signs. */
export function signalStatement({ sender, signal }: Omit<Mark, 'keys'>, { data }: Payload): string {
  const { workflowId } = sender;
  const by = 'parent' in sender ? ['milestone', sender.parent] : ['phase', sender.firstRunId];
  const digest = sha256OfBytes(data ?? new Uint8Array());
  return JSON.stringify([FORM, workflowId, ...by, signal.name, signal.to, digest]);
}

export function sealedPayload(payload: Payload, { key, signature }: SignalSeal): Payload {
  return { ...payload, metadata: { ...payload.metadata, [SEAL]: encode(`${key}.${signature}`) } };
}

/** The seal on a payload, which anybody may have written. */
export function sealOn({ metadata }: Payload): SignalSeal | undefined {
  const bytes = metadata?.[SEAL];
  // A key has 43 characters, and a signature 86.
  if (bytes?.length !== 130) return undefined;
  const [key = '', signature = ''] = decode(bytes).split('.');
  return { key, signature };
}
