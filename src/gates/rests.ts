import { digestOf } from './chain.ts';

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
