/**
 * Messages to, and state of, the reducer that owns every gate, decision and desk item of a phase.
 * Plain JSON: it is carried through continue-as-new, so no Map, Set, Date or undefined-in-array.
 * Times are epoch milliseconds, handed in by the caller; nothing here reads a clock.
 */
import type { JsonObject } from '../base/json.ts';
import type { Window } from '../calendar/windows.ts';
import type { CriterionId, Gate, GateId, TaskRef } from '../plan/gate-model.ts';
import type { People } from '../plan/model.ts';
import type { Evidence, GateStage, Ledger, Trust } from './ledger.ts';

// ---- messages ------------------------------------------------------------------------------------------------------

export type DecisionName = 'approve' | 'reject' | 'waive' | 'withdraw' | 'resubmit' | 'recheck' | 'override';
export type TaskMessageName = 'complete' | 'progress' | 'input' | 'retry' | 'skip';
export type HoldName = 'hold' | 'release';
export type MessageName = DecisionName | TaskMessageName | HoldName;

interface Said {
  /** Person, as named in `people:`. */
  readonly by: string;
  readonly note?: string;
  /** Chosen by the sender; a second message with the same id is a duplicate and changes nothing. */
  readonly id?: string;
}

/** `{"gate":"4.1/exit","by":"dana"}`; `criterion` is a number, an id (`4.1/exit/2`) or a unique prefix of its text. */
export interface DecisionMessage extends Said {
  readonly gate: GateId;
  readonly criterion?: string | number;
  readonly evidence?: Evidence;
  readonly round?: number;
  /** Of the round that the sender has seen. */
  readonly nonce?: string;
  /** Digest of what the sender has seen: the gate's `subject`. */
  readonly subject?: string;
  /** Mandatory for `reject`, `waive` and `override`. */
  readonly reason?: string;
  /** `reject` of an exit, quality or completion gate: tasks to do again before the next round. */
  readonly rework?: readonly TaskRef[];
}

/** `{"task":"4.1/a1","by":"ines"}` */
export interface TaskMessage extends Said {
  readonly task: TaskRef;
  /** `complete`, `input`: results for later steps. */
  readonly outputs?: { readonly [name: string]: string };
  readonly evidence?: Evidence;
  /** Mandatory for `skip`. */
  readonly reason?: string;
  /** `progress`: what has been done, what is in the way, and what comes next, for the standup. */
  readonly done?: string;
  readonly blockers?: string;
  readonly next?: string;
}

/** `{"on":"4.1/b1","by":"lee","reason":"…"}`: a task, a lane (`4.1/2`), a milestone (`4.1`), a gate, or `phase`. */
export interface HoldMessage extends Said {
  readonly on: string;
  /** Mandatory for `hold`. */
  readonly reason?: string;
  readonly evidence?: Evidence;
}

// ---- state ---------------------------------------------------------------------------------------------------------

export interface GatesState {
  /** `null`: open mode, anyone may act and the record says "open". */
  readonly people: People | null;
  /** Who started the phase. */
  readonly starter?: string;
  /** `null`: anyone listed in people may operate. */
  readonly operators: readonly string[] | null;
  readonly gates: { readonly [gate: GateId]: GateState };
  /** What waits for people, by task. */
  readonly desk: { readonly [task: TaskRef]: DeskItem };
  /** Every task of the phase: who may act on it and where it is. */
  readonly tasks: { readonly [task: TaskRef]: TaskSummary };
  /** The last note on the progress of each task that is not over: of the 100 tasks that were spoken of last, oldest first. */
  readonly progress: { readonly [task: TaskRef]: Progress };
  /** The state of each slice that keeps its own, by the slice's name. */
  readonly slices: { readonly [slice: string]: unknown };
  /** Messages with an id that have counted, the last 1,000, oldest first. */
  readonly seen: readonly SeenMessage[];
  /** Bytes of all contributions that have been accepted. */
  readonly contributed?: number;
  readonly ledger: Ledger;
  /** Set once the phase is over; every later message is LATE. */
  readonly over?: boolean;
}

export interface SeenMessage {
  /** Digest of sender and id. */
  readonly key: string;
  /** Number of its ledger entry. */
  readonly entry: number;
}

/** A report of progress of a task, clipped. */
export interface Progress {
  readonly by: string;
  readonly at: number;
  readonly note: string;
  readonly done?: string;
  readonly blockers?: string;
  readonly next?: string;
}

export interface TaskSummary {
  /** Id of its lane: `4.1/2`. */
  readonly lane?: string;
  readonly agent: string;
  readonly contributors: readonly string[];
  readonly milestone: string;
  readonly state: 'pending' | 'running' | 'waiting' | 'blocked' | 'done' | 'skipped';
  /** Whether the playbook has steps for it; absent where people do it. */
  readonly hasSteps?: true;
  /** Person who completed or skipped it. */
  readonly by?: string;
  /** Digest of what it has published. */
  readonly results?: string;
  /** Outputs that the message which completes it must carry. */
  readonly delivers?: readonly string[];
  /** It is over in its milestone, which brings its results when it ends. Known where the phase has tasks in rounds. */
  readonly ended?: true;
  /** Its steps are carried out in rounds. */
  readonly rounds?: TaskRounds;
}

export interface TaskRounds {
  /** Name of the slice that says when a round begins, and when there are no more. */
  readonly slice: string;
  /** What the playbook has for it, as the slice's capability has read it. */
  readonly settings: JsonObject;
  /** Number of the last round that was carried out; 0 before the first. Absent until the task has come to its first round. */
  readonly done?: number;
}

export interface GateState {
  readonly gate: Gate;
  /** `pending`: not yet reached. `rejected`: closed until rework is done or `resubmit`. */
  readonly state: GateStage;
  /** Rounds are counted from 1; 0 before the first opening. */
  readonly round: number;
  /** Minted as the round opened; a decision for another round cannot know it. */
  readonly nonce?: string;
  readonly openedAt?: number;
  readonly closedAt?: number;
  /** By criterion id, of the current round. */
  readonly criteria: { readonly [criterion: CriterionId]: CriterionState };
  readonly rejection?: { readonly by: string; readonly reason: string; readonly rework: readonly TaskRef[] };
  /** Ids (`jti`) of the signed messages that this round has taken: none counts twice, however much is said in between. */
  readonly spent?: readonly string[];
  /** Approvals that came before the gate, where the policy keeps them. */
  readonly early?: readonly EarlyApproval[];
  /** When time alone changes something in this round. */
  readonly times?: RoundTimes;
  /** How many of the reminders are out. */
  readonly reminded?: number;
  /** Epoch milliseconds; absent where there is none, or when it has passed. */
  readonly deadline?: number;
  readonly extended?: boolean;
  /** Role that may approve as well, since the deadline has passed. */
  readonly escalatedTo?: string;
  /** Whether the time that it stays open at least is over. */
  readonly waited?: boolean;
  /** Windows of its policy's calendar that have not closed yet, as far as they are known. */
  readonly windows?: readonly Window[];
  /** Since when it is within one. */
  readonly windowSince?: number;
  /** Since when everything has held, where it has to hold for a while. */
  readonly soak?: { readonly since: number; /** When the while was over. */ readonly until?: number };
  /** Passes that are being looked at again before the gate clears, and how often in a row that has been asked. */
  readonly confirming?: { readonly pending: readonly string[]; readonly times: number };
  /** Cleared by a person in spite of unmet criteria. */
  readonly override?: Vote & { readonly reason: string };
  /** Cleared without having been opened, because the phase was started `from` a later milestone. */
  readonly beforehand?: { readonly by: string; readonly reason: string };
}

/** Epoch milliseconds. Computed outside where the policy counts working time. */
export interface RoundTimes {
  /** Until when the gate stays open at least. */
  readonly wait?: number;
  readonly remind?: readonly number[];
  readonly deadline?: number;
  /** Of the deadline that extends the first one. */
  readonly extended?: number;
}

export interface EarlyApproval {
  readonly message: DecisionMessage;
  /** Digest of what it was about. */
  readonly subject: string;
  readonly trust?: Trust;
}

export interface CriterionState {
  /** In the order in which they came; at most one of each person. */
  readonly votes: readonly Vote[];
  readonly waiver?: Vote & { readonly reason: string };
  /** By check id. */
  readonly checks: { readonly [check: string]: CheckState };
  /** `same as entry/1`: met because that criterion was met and no work came between. */
  readonly sameAs?: CriterionId;
  /** Whether it was met when that was last looked at, and since when it is so. */
  readonly met?: boolean;
  readonly since?: number;
}

export interface Vote {
  readonly by: string;
  readonly at: number;
  /** Roles that the person held at that time; absent in open mode, where anyone speaks for any role. */
  readonly roles?: readonly string[];
  readonly note?: string;
  readonly evidence?: Evidence;
}

export interface CheckState {
  /** `warned`: a person has to accept it. `inconclusive`: it could not tell, and looks again. */
  readonly state: 'waiting' | 'passed' | 'warned' | 'failed' | 'inconclusive';
  /** When it was last found so. */
  readonly at: number;
  /** Since when it has been found so without a break. */
  readonly since: number;
  /** Last reason given by the check. */
  readonly reason?: string;
  readonly evidence?: readonly Evidence[];
}

/** One thing that waits for a person. */
export interface DeskItem {
  readonly task: TaskRef;
  readonly title: string;
  /** `complete`: a person does it. `input`: a contributor owes it something. `blocked`: a step failed for good. */
  readonly waits: 'complete' | 'input' | 'blocked';
  /** Agents whose holders may answer; for `blocked`, operators answer. */
  readonly agents: readonly string[];
  readonly since: number;
  readonly due?: number;
  /** The due date has passed. */
  readonly overdue?: boolean;
  readonly reason?: string;
  /** `complete`: documents to read first, each with the beginning of its digest. */
  readonly reads?: readonly string[];
  /** `complete`: outputs that the message must carry. */
  readonly delivers?: readonly string[];
}
