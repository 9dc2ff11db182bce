import type { Criterion } from '../../plan/gate-model.ts';
import type { DecisionMessage, GateState } from '../model.ts';
import type { Turn } from '../turn.ts';
import type { Letter } from './answer.ts';
import type { Sender } from './authorise.ts';

/** A decision that has been understood so far: about this gate, by this sender. */
export interface Decision {
  readonly turn: Turn;
  readonly letter: Letter;
  readonly message: DecisionMessage;
  readonly gate: GateState;
  readonly sender: Sender;
  /** The criterion that the message names; absent: it names none. */
  readonly criterion?: Criterion;
}
