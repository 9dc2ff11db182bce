import type { CriterionId, GateId, TaskRef } from '../../plan/gate-model.ts';
import type { Evidence, LedgerEntry, Trust } from '../ledger.ts';

/** A message as it is judged: its sender, how far the sender is proved, and its address. */
export interface Envelope {
  readonly name: string;
  readonly body: unknown;
  readonly by?: string;
  readonly id?: string;
  readonly note?: string;
  readonly evidence?: Evidence;
  readonly gate?: GateId;
  readonly criterion?: CriterionId;
  /** Criteria that the message changes. */
  readonly criteria?: readonly CriterionId[];
  /** Absent: nothing but the name in the message vouches for the sender. */
  readonly trust?: Trust;
  /** Thumbprint of the key that signed it. */
  readonly key?: string;
  /** Digest of what was listed for the sender. */
  readonly basedOn?: LedgerEntry['basedOn'];
  readonly task?: TaskRef;
  /** Name of what is held or released. */
  readonly on?: string;
}
