/** What a phase knows of its amendments. Plain JSON: continue-as-new carries it. */
import type { GivenTexts } from '../../contract/compiled.ts';
import type { GatesState } from '../../gates/model.ts';

/** Key of the amendments among the slices. */
export const AMENDMENTS = 'amendments';

/** What is kept: amendments that were made, changes of each, and characters of a change. The ledger has the rest. */
export const KEPT = 20;
export const CHANGES = 20;
export const CHANGE_CHARACTERS = 200;

export interface AmendmentsState {
  /** How many have been sent. */
  readonly count: number;
  /** The one that is being decided on: there is one at a time. */
  readonly under?: Amending;
  /** Those that were made, the last 20, oldest first. */
  readonly made: readonly Amendment[];
}

/** An amendment that was sent, until it is made or refused. */
export interface Amending {
  /** Counted from 1. */
  readonly number: number;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly reason: string;
  /** Texts that came with the message, in place of the files; dropped when they have been compiled. */
  readonly given?: GivenTexts;
  /** What it changes, one line each; there once it has been compiled. */
  readonly changes?: readonly string[];
}

/** An amendment that was made. */
export interface Amendment {
  readonly number: number;
  /** Who has sent it, and who has approved it. */
  readonly by: string;
  readonly approvedBy: readonly string[];
  /** Epoch milliseconds. */
  readonly at: number;
  readonly reason: string;
  /** Digests of the plan before, and of what was compiled. */
  readonly before: string;
  readonly compiled: string;
  readonly changes: readonly string[];
  /** Number of changes that are not listed. */
  readonly more: number;
}

export const NO_AMENDMENTS: AmendmentsState = { count: 0, made: [] };

export function amendmentsOf({ slices }: Pick<GatesState, 'slices'>): AmendmentsState {
  return (slices[AMENDMENTS] ?? NO_AMENDMENTS) as AmendmentsState;
}
