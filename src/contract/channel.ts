/**
 * What a phase and its milestones say to each other: state, not events. Each side numbers what it says, says what has changed since
 * the other has confirmed, and says it again when the other turns out not to know it. So nothing is lost when one of them continues
 * as new or is reset, and taking a message twice changes nothing.
 *
 * Each side keeps of itself: `number`, of what it said last, which only grows; `changed`, the number under which each task was spoken of
 * last; `delivered`, up to which the server has taken its Signals; `confirmed`, up to which the other has said that it has taken them.
 * Of the other it keeps `heard`, the last number taken, and takes nothing below. Whoever finds the other astray (it has heard more than was
 * said, or less than it had confirmed, or says `hello`) says everything again, under new numbers.
 */
import type { AskedChanges, Fact } from '../gates/events.ts';
import type { DeskItem, TaskMessage, TaskSummary } from '../gates/model.ts';
import type { TaskRound } from '../gates/slice.ts';
import type { GateId, TaskRef } from '../plan/gate-model.ts';
import type { Digests, Lane, Task } from '../plan/model.ts';
import type { PhaseSource } from './compiled.ts';
import type { DeniedAnswer } from './seal.ts';

/** Signal from a phase to a milestone. */
export const ORDERS = 'taskOrders';
/** Signal from a milestone to its phase. */
export const REPORT = 'milestoneReport';

/** Bytes of tasks in one message; what does not fit goes with the next one. The server takes 2 MB in one payload. */
export const MESSAGE_BYTES = 500_000;

export interface Orders {
  /** Identity of the milestone's run that they are for. */
  readonly to: string;
  /** Grows with everything that is said, across resets as well: it follows the clock. */
  readonly number: number;
  /** Number of the last report that the phase has taken. */
  readonly heard: number;
  /** The phase has taken the milestone over, and asks for everything. */
  readonly hello?: true;
  readonly tasks: { readonly [task: TaskRef]: TaskOrders };
}

/** All that the phase has to say about a task. Whatever is here stays, but for `held`. */
export interface TaskOrders {
  /** An amendment has added the task to the milestone that runs. */
  readonly added?: AddedTask;
  readonly complete?: TaskMessage;
  readonly skip?: TaskMessage;
  /** Number of the stop that a person has answered with `retry`. */
  readonly retry?: number;
  /** Why it must not begin, nor further steps of it. */
  readonly held?: string;
  /** Gates of it, or of its lane, that have cleared. */
  readonly admitted?: readonly GateId[];
  /** Digests of what its steps may do. */
  readonly approved?: readonly string[];
  /** A person has rejected what its steps would do. */
  readonly refused?: { readonly ask: number; readonly by: string; readonly reason: string };
  readonly inputs?: readonly Contribution[];
  /** What is next, where the task is carried out in rounds. */
  readonly round?: TaskRound;
}

export interface AddedTask {
  /** Without its tasks: each has an order of its own. */
  readonly lane: Omit<Lane, 'tasks'>;
  readonly task: Task;
  /** Gates that have to clear before it begins. */
  readonly guards: readonly GateId[];
  /** Where a `retry` reads its entry anew. Absent: in the folder of the phase. */
  readonly source?: PhaseSource;
}

export interface Contribution {
  readonly message: TaskMessage;
  /** Contributing agents that its sender speaks for. */
  readonly agents: readonly string[];
}

export interface Report {
  /** Identity of the milestone's run. */
  readonly from: string;
  readonly number: number;
  /** Number of the last orders that the milestone has taken. */
  readonly heard: number;
  /** The milestone has been reset, or sees another run of the phase: it says everything, and asks for everything. */
  readonly hello?: true;
  /** All tasks are over: the milestone ends now. Said only to a phase that cannot await it as its child. */
  readonly ended?: true;
  /** Messages to the milestone that it did not pass on to the phase, because there were too many. */
  readonly kept?: number;
  /** Answers of activities that the milestone has denied. */
  readonly denied?: DeniedAnswers;
  readonly tasks: { readonly [task: TaskRef]: TaskReport };
}

/** How many answers were denied since the milestone began, and the last ones. */
export interface DeniedAnswers {
  readonly count: number;
  /** Oldest first. */
  readonly last: readonly DeniedAnswer[];
}

/** So many denied answers travel in a report. Of more that come within one report, the phase is told the number. */
export const DENIED_AT_ONCE = 20;

/** How a task stands. */
export interface TaskReport {
  readonly state: TaskSummary['state'];
  /** What it waits for people to do. */
  readonly desk: DeskItem | null;
  readonly reason?: string;
  /** Number of its last stop. It stops until a person says how to go on; a `retry` answers one stop. */
  readonly stop?: number;
  /** Gates of its own, or of its lane, that it has come to. */
  readonly gates?: readonly GateId[];
  /** What its steps must not do before a person has agreed. */
  readonly ask?: { readonly number: number; readonly changes: readonly AskedChanges[] };
  /** Its playbook entry has been read anew: a number for the last time, and digests of what was read. */
  readonly readAnew?: { readonly number: number; readonly digests: Digests };
  /** What cancelled steps may have left behind, because settling it failed. */
  readonly unsettled?: readonly string[];
  /** Number of the last round that it has carried out, where it waits for the next one. */
  readonly round?: number;
  /** What its steps have told and the phase has not confirmed yet. */
  readonly facts?: readonly NumberedFact[];
}

/** A fact of a task, numbered in the order in which its steps have told. */
export interface NumberedFact extends Fact {
  readonly number: number;
}

/** Facts of a task. */
export const FACTS = 100;
/** Bytes of all facts of a task together. */
export const FACTS_BYTES = 250_000;

/** A number for what is said next: larger than all before, also than those that a reset has taken back. */
export function nextNumber(last: number, now: number): number {
  return Math.max(last + 1, now);
}

/** How far ahead of the clock a number may be, in milliseconds: a forged one must not silence the other side for long. */
const AHEAD = 600_000;

/** Whether a number is none that the other side can have come to. */
export function isFarAhead(number: number, now: number): boolean {
  return number > now + AHEAD;
}

/** What a phase knows of its talk with one run of a milestone. Plain JSON: it travels through continue-as-new. */
export interface ChannelState {
  /** Identity of the run. */
  readonly to: string;
  /** Number of what was said last. */
  number: number;
  /** Number up to which the milestone has taken what was said. */
  confirmed: number;
  /** Number of the last report taken. */
  heard: number;
  /** All that has been said of each task, but for what the phase keeps anyway: contributions and outputs. */
  readonly orders: { [task: TaskRef]: TaskOrders };
  /** Number under which a task was last spoken of. */
  readonly changed: { [task: TaskRef]: number };
  /** What has been taken from reports on each task, so that a repetition changes nothing. */
  readonly taken: { [task: TaskRef]: Taken };
  /** Stray messages that the milestone has kept to itself. */
  kept: number;
  /** Answers that the milestone has denied, as far as the phase has heard of them. Absent: none. */
  denied?: number;
}

/** How much of a task's reports has been taken. */
export interface Taken {
  readonly stop?: number;
  readonly readAnew?: number;
  readonly unsettled?: number;
  /** Number of the last fact. */
  readonly fact?: number;
  /** It is over; its results come with the milestone's end. */
  readonly over?: true;
}
