/**
 * Answers of activities are signed by the worker that gives them. The SDK passes a result on as the value that the activity returns, so a
 * sealed result is an object with the result and the seal; a failure carries the seal as the last of its details.
 */
import { canonical, digestOf, sha256 } from '../base/digest.ts';
import { isRecord } from '../base/json.ts';

/** First part of every statement that is signed: a signature for another purpose is none here. */
const FORM = 'phasegate-answer/1';

/** Name of the activity header that tells the run id with which the workflow's run began; a reset gives it another one. */
export const BEGAN_HEADER = 'phasegate-began';

export interface Seal {
  /** Public Ed25519 key of the worker: 32 bytes in base64url. */
  readonly key: string;
  /** When the answer was given, by the server's clock, in epoch milliseconds: see `answeredAt`. */
  readonly at: number;
  /** Run that has asked, where it is another one than that with which the workflow's run began: a reset came in between. */
  readonly run?: string;
  /** Over `statementOf`; 64 bytes in base64url. */
  readonly signature: string;
}

/** What a worker returns in the place of a result. */
export interface Sealed {
  /** Absent where the activity returns nothing. */
  readonly result?: unknown;
  readonly seal: Seal;
}

/** Which activity has answered: everything that the answer must not be used for another one. */
export interface Asked {
  readonly workflowId: string;
  /** Run id with which the workflow's run began. It stays through resets; continue-as-new begins another one. */
  readonly began: string;
  /** Type of the activity: `check.http`. */
  readonly type: string;
  /** Id of the activity, which its run gives to no other one. */
  readonly id: string;
  /** `inputDigest` of what it was given. */
  readonly input: string;
}

/** The parts of a failure that the workflow reads. */
export interface FailedWith {
  readonly type: string;
  readonly message: string;
  readonly nonRetryable: boolean;
  /** Without the seal. */
  readonly details: readonly unknown[];
}

export type Answered = { readonly result: unknown } | { readonly failure: FailedWith };

/**
 * Digest of the arguments of an activity. After a reset the workflow gives its new run id to activities, and on replay also to those that it
 * had asked before, so the run id counts as the one that the run began with.
 *
 * What `recordLedger` is given stands in its answer, whose digest is signed as well. Its input is left out, because entries of the ledger
 * hold times: should a workflow task be lost unnoticed (see `OpenTask`), replay has others. The phase goes on, and verification tells of it.
 *
 * @param run id of the run that asks
 */
export function inputDigest(type: string, args: readonly unknown[], run: string, began: string): string {
  if (type === 'recordLedger') return '';
  const text = canonical(args);
  return sha256(run === began ? text : text.replaceAll(run, began));
}

/** The text that the worker signs. */
export function statementOf(asked: Asked, answered: Answered, { at, run }: Pick<Seal, 'at' | 'run'>): string {
  const { workflowId, began, type, id, input } = asked;
  const [kind, said] = 'result' in answered ? ['result', answered.result] : ['failure', answered.failure];
  return JSON.stringify([FORM, workflowId, began, run ?? began, type, id, input, kind, digestOf(said), at]);
}

/** A sealed result, if the value has the shape of one. */
export function sealedIn(value: unknown): Sealed | undefined {
  if (!isRecord(value) || !isSeal(value['seal'])) return undefined;
  const isAll = Object.keys(value).every((key) => key === 'result' || key === 'seal');
  return isAll ? (value as unknown as Sealed) : undefined;
}

/** What an activity has returned, without the seal. */
export function unsealed(value: unknown): unknown {
  const sealed = sealedIn(value);
  return sealed === undefined ? value : sealed.result;
}

/** The details of a failure, with the seal taken off; without a seal where the last one is none. */
export function sealedDetails(details: readonly unknown[]): { readonly details: readonly unknown[]; seal?: Seal } {
  const last = sealedIn(details.at(-1));
  return last === undefined || 'result' in last ? { details } : { details: details.slice(0, -1), seal: last.seal };
}

function isSeal(value: unknown): value is Seal {
  if (!isRecord(value)) return false;
  const { key, at, run, signature } = value;
  return (
    typeof key === 'string' &&
    Number.isSafeInteger(at) &&
    typeof signature === 'string' &&
    (run === undefined || typeof run === 'string')
  );
}

/** Whose answers count in a phase; `null`: nobody's is signed, so all do. */
export type WorkerKeys = ListedKeys | null;

export interface ListedKeys {
  /** Public keys of the workers. */
  readonly keys: readonly string[];
  /** Public keys of the agents that have a task queue of their own and list keys, by the name of the queue. */
  readonly agents?: { readonly [taskQueue: string]: readonly string[] };
}

const SIGNAL = 'signal/';

/** The place of an activity's id where a Signal does not count, by which Signal of the run it is, from 1. */
export function signalId(number: number): string {
  return `${SIGNAL}${String(number)}`;
}

/** Which Signal an id is of, if it is of one. */
export function signalNumber(id: string): number | undefined {
  return id.startsWith(SIGNAL) ? Number(id.slice(SIGNAL.length)) : undefined;
}

/** An answer that does not count, or a Signal between a phase and a milestone. */
export interface DeniedAnswer {
  /** Type of the activity, or name of the Signal. */
  readonly type: string;
  /** What the activity is about: a criterion, a gate or a task. */
  readonly on?: string;
  /** One sentence. */
  readonly reason: string;
}
