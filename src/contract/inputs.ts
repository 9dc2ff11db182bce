import type { NumberedFact } from './channel.ts';
import ms from 'ms';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { GateId, TaskRef } from '../plan/gate-model.ts';
import type { Milestone } from '../plan/model.ts';
import type { Outputs } from '../plan/references.ts';
import type { PhaseSource } from './compiled.ts';
import type { MilestoneOverview } from './answers.ts';
import type { TaskOrders } from './channel.ts';
import type { HandoverDocument } from './handover.ts';
import type { PhaseIdentity } from './kinds.ts';
import type { ListedKeys } from './seal.ts';
import type { PhaseSnapshot, TaskOutcome } from './state.ts';

/** Input of the `phase` workflow: `--input '{"phase":"phase-4","by":"dana"}'`. */
export interface PhaseInput {
  /** Name of a folder in the worker's phases directory. */
  readonly phase: string;
  /** Who starts it; recorded. */
  readonly by: string;
  /** `asap` (default): as soon as dependencies and needs allow. `planned`: not before each task's planned start. */
  readonly pace?: Pace;
  /** Length of one plan day with its unit, as `24h`, `8h`, `2s`. Default `24h`. */
  readonly dayLength?: string;
  /** Milestone to begin with; what it depends on is recorded as done beforehand. */
  readonly from?: string;
  /** Why earlier work counts as done; recorded. */
  readonly reason?: string;
  /** Hand-over document of the previous phase: the document itself, or its path within the phase folder. */
  readonly handover?: string | HandoverDocument;
  /** Carried by continue-as-new; never given by a user. */
  readonly resume?: PhaseSnapshot;
}

export type Pace = 'asap' | 'planned';

/** What a plan day is where the input does not say otherwise. */
export const DAY_LENGTH = '24h';

/** Milliseconds of a `dayLength`; `undefined` for what is none. A bare number is none: to the library it would be milliseconds. */
export function dayLengthMs(text: string): number | undefined {
  if (!/^\d*\.?\d+\s*[a-z]+$/i.test(text)) return undefined;
  try {
    const value = ms(text as ms.StringValue);
    return Number.isFinite(value) && value > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Result of the `phase` workflow. */
export interface PhaseResult {
  readonly phase: string;
  readonly state: 'completed';
  /** Where in the records directory the hand-over document was written, and its digest. */
  readonly handover: { readonly where: string; readonly sha256: string };
  readonly milestones: readonly MilestoneOverview[];
  /** How many entries there are, and the hash that covers them all. */
  readonly ledger: {
    readonly length: number;
    readonly head: string;
    /** Entries that nothing else in the history holds. */
    readonly last: readonly LedgerEntry[];
  };
}

/** Input of the `milestone` workflow. */
export interface MilestoneInput {
  /** Without its gates: they are the phase's. */
  readonly milestone: Omit<Milestone, 'gates'>;
  readonly phase: PhaseIdentity;
  /** Prefix of every identity handed to the outside world: phase `firstExecutionRunId` and the number of this run. */
  readonly identity: string;
  readonly pace: Pace;
  /** Length of one plan day in milliseconds. */
  readonly dayMs: number;
  /** Tasks that are not executed in this run, with how they came to be done. */
  readonly done: { readonly [task: TaskRef]: TaskOutcome };
  /** Results of earlier work. */
  readonly outputs: Outputs;
  /** Gates that have to clear before a task begins. */
  readonly guards: { readonly [task: TaskRef]: readonly GateId[] };
  /** Tasks whose playbook entry is read anew before they run, because a retry has done so. */
  readonly readAnew: readonly TaskRef[];
  /** Where their playbook entries are read anew. Absent: in the folder of the phase. */
  readonly source?: PhaseSource;
  /** Whether the namespace is known to have the custom search attributes. */
  readonly searchAttributes: boolean;
  /** Whose answers count. Absent: answers are not signed. */
  readonly workers?: ListedKeys;
  /** What was said of its tasks before it ran. */
  readonly orders: { readonly [task: TaskRef]: TaskOrders };
}

/** Result of the `milestone` workflow: its lanes' work, never a verdict on it. */
export interface MilestoneResult {
  readonly tasks: { readonly [task: TaskRef]: TaskOutcome };
  readonly outputs: Outputs;
  /** What steps have told that the phase had not confirmed when the milestone ended. */
  readonly facts?: { readonly [task: TaskRef]: readonly NumberedFact[] };
}
