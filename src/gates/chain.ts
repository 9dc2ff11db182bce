import { digestOf } from '../base/digest.ts';
import type { LedgerEntry } from './ledger.ts';

/** Head of a ledger without entries. */
export const GENESIS = '0'.repeat(64);

/** Hash of an entry, which covers everything in it and, through the hash before it, every entry before it. */
export function hashOf(previous: string, entry: Omit<LedgerEntry, 'hash'>): string {
  return digestOf([previous, entry]);
}

/** Where a ledger, or a part of one, is not what it was when it was written. */
export interface ChainFault {
  /** Number of the first entry that does not fit; one more than there are when the end is missing. */
  readonly entry: number;
  readonly reason: string;
}

/**
 * Checks that entries follow each other without a gap and that every hash is right.
 *
 * @param from what the entries follow: the number and hash of the entry before them; absent: they are a whole ledger.
 * @param head what the last one must lead to; absent: it is not known.
 */
export function chainFault(
  entries: readonly LedgerEntry[],
  head?: { readonly length: number; readonly hash: string },
  from: { readonly number: number; readonly hash: string } = { number: 0, hash: GENESIS },
): ChainFault | undefined {
  let { number, hash: previous } = from;
  for (const { hash, ...entry } of entries) {
    number += 1;
    if (entry.number !== number) {
      return { entry: number, reason: `entry ${String(entry.number)} stands where entry ${String(number)} belongs` };
    }
    if (hashOf(previous, entry) !== hash) return { entry: number, reason: 'its hash does not fit what it says' };
    previous = hash;
  }
  if (head === undefined) return undefined;
  if (number !== head.length) {
    return { entry: number + 1, reason: `there are ${String(number)} entries, and there were ${String(head.length)}` };
  }
  return previous === head.hash ? undefined : { entry: number, reason: 'the last hash is not the one recorded' };
}

/** What a phase begins with, as the history holds it. */
export interface Beginning {
  /** What the compilation answered: plan, policies, people. */
  readonly compiled: unknown;
  /** Who starts it, and how. */
  readonly input: unknown;
  /** `null` where none was given. */
  readonly handover: unknown;
}

/** Digests for the ledger's first entry, so that nothing that the gates go by can be changed beside the chain. */
export function startDigests({ compiled, input, handover }: Beginning): { readonly [what: string]: string } {
  return {
    compiled: digestOf(compiled),
    input: digestOf(input),
    ...(handover === null ? {} : { handover: digestOf(handover) }),
  };
}

/**
 * Digest of what a round opened with: people, times, windows.
 *
 * @param opening as the local activity answered it; the ledger in it has a chain of its own
 */
export function roundDigest(opening: { readonly ledger: unknown }): string {
  const { ledger: _chained, ...rest } = opening;
  return digestOf(rest);
}
