/** What became of every message, and what the phase itself did. */
import type { CriterionId, GateId, TaskRef } from '../plan/gate-model.ts';

/** `asserted`: the name in the message. `signed`: a key or the provider vouches for it. `open`: no people are listed, so anyone may act. `phase`: the workflow itself. */
export type Trust = 'asserted' | 'signed' | 'open' | 'phase';

export type GateStage = 'pending' | 'open' | 'cleared' | 'rejected';

export interface Ledger {
  /** Number of entries ever made. */
  readonly length: number;
  /** Hash of the last entry, which covers all before it. */
  readonly head: string;
  /** Number of the last entry that stands in the history; later ones are always kept. */
  readonly recorded: number;
  /** Most recent entries, oldest first; older ones are in the history only. */
  readonly recent: readonly LedgerEntry[];
}

export interface LedgerEntry {
  /** Counted from 1. */
  readonly number: number;
  readonly at: number;
  /** Message name, or what the phase itself did: `opened`, `cleared`, `rejected`, `check`, `started`, `ended` … */
  readonly what: string;
  readonly by?: string;
  readonly trust: Trust;
  /** Gate, criterion or task concerned. */
  readonly on?: string;
  readonly round?: number;
  readonly code: VerdictCode;
  /** One sentence for people. */
  readonly reason: string;
  readonly id?: string;
  readonly evidence?: Evidence;
  /** Raw message where it could not be understood, clipped to 500 characters. */
  readonly raw?: string;
  /** Criteria that a decision has changed. */
  readonly criteria?: readonly CriterionId[];
  /** `opened`: of the round. */
  readonly nonce?: string;
  /** `cleared`: when each pass that the gate relied on was found. */
  readonly passes?: { readonly [check: string]: number };
  /** Digests of what the entry is based on and does not repeat: compiled plan, start input, people, times, keys, the hand-over written. */
  readonly basedOn?: { readonly [what: string]: string };
  /** `signed`: thumbprint of the key. */
  readonly key?: string;
  /** Digest of the message as it came: its name and body. */
  readonly message?: string;
  /** SHA-256 over the hash before it and everything above. */
  readonly hash: string;
}

/**
 * ACCEPTED counted · PRE_APPROVED kept until the gate opens · REPEATED said before by the same person, changes nothing · DUPLICATE same message id · EARLY the gate or
 * task has not been reached · LATE it is over · STALE meant for another round · DENIED not theirs to say · UNKNOWN no such gate,
 * criterion, task, person or message name · MALFORMED wrong shape or encoding · REFUSED understood, allowed, but makes no
 * sense here (approving what only a check decides; rework on an entry gate)
 */
export type VerdictCode =
  | 'ACCEPTED'
  | 'PRE_APPROVED'
  | 'REPEATED'
  | 'DUPLICATE'
  | 'EARLY'
  | 'LATE'
  | 'STALE'
  | 'DENIED'
  | 'UNVERIFIED'
  | 'UNKNOWN'
  | 'MALFORMED'
  | 'REFUSED';

/** What the gate or desk made of a message; the result of the Update. */
export interface Verdict {
  readonly code: VerdictCode;
  readonly reason: string;
  /** Number of the ledger entry. */
  readonly entry: number;
  readonly gate?: GateId;
  /** State of the gate after the message. */
  readonly state?: GateStage;
  /** Criteria of that gate that are still unmet. */
  readonly unmet?: readonly CriterionId[];
  /** What the gate waits for besides: a window, a least time, a hold. */
  readonly waits?: readonly string[];
  readonly task?: TaskRef;
}

/** A digest and where the thing is. A bare string is taken as `where`. */
export type Evidence = string | { readonly where: string; readonly sha256?: string };
