import type { Criterion } from '../../plan/gate-model.ts';
import type { Draft } from '../draft.ts';
import type { Verdict } from '../ledger.ts';
import type { DecisionMessage, GateState } from '../model.ts';
import type { Sender } from './authorise.ts';
import type { Envelope } from './envelope.ts';

/** A decision that has been understood so far: about this gate, by this sender. */
export interface Decision {
  readonly draft: Draft;
  readonly envelope: Envelope;
  readonly message: DecisionMessage;
  readonly gate: GateState;
  readonly sender: Sender;
  /** The criterion that the message names; absent: it names none. */
  readonly criterion?: Criterion;
}

/** One kind of decision: its effect, and the conditions under which it counts. */
export interface DecisionKind {
  /** Judges a decision that comes in time. */
  readonly apply: (decision: Decision) => Verdict;
  /** It brings no criterion nearer to being met, so it counts without a signature where the policy asks for signatures. */
  readonly unsigned?: true;
  /** It is kept when it comes before its gate and the policy keeps early approvals. */
  readonly early?: true;
  /** It is meant for a gate that is rejected. */
  readonly rejected?: true;
}
