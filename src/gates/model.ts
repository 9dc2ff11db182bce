/**
 * State, events and results of the reducer that owns every gate, decision and desk item of a phase.
 * Plain JSON: it is carried through continue-as-new, so no Map, Set, Date or undefined-in-array.
 * Times are epoch milliseconds, handed in by the caller; nothing here reads a clock.
 */
import type { Window } from '../calendar/windows.ts';
import type { DecisionClaims } from '../identity/claims.ts';
import type { CriterionId, Gate, GateId, People, TaskRef } from '../plan/model.ts';

// ---- messages ------------------------------------------------------------------------------------------------------

export const decisionNames = ['approve', 'reject', 'waive', 'withdraw', 'resubmit', 'recheck', 'override'] as const;
export const taskMessageNames = ['complete', 'progress', 'input', 'retry', 'skip'] as const;
export type DecisionName = (typeof decisionNames)[number];
export type TaskMessageName = (typeof taskMessageNames)[number];
export const holdNames = ['hold', 'release'] as const;
export type HoldName = (typeof holdNames)[number];
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
}

/** `{"on":"4.1/b1","by":"lee","reason":"…"}`: a task, a lane (`4.1/2`), a milestone (`4.1`), a gate, or `phase`. */
export interface HoldMessage extends Said {
  readonly on: string;
  /** Mandatory for `hold`. */
  readonly reason?: string;
  readonly evidence?: Evidence;
}

/** A digest and where the thing is. A bare string is taken as `where`. */
export type Evidence = string | { readonly where: string; readonly sha256?: string };

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
  /** What is held, by its name. */
  readonly holds: { readonly [on: string]: Hold };
  /** Ids of messages that have counted, the last 1,000, by sender and id. */
  readonly seen: { readonly [id: string]: number };
  readonly ledger: Ledger;
  /** Set once the phase is over; every later message is LATE. */
  readonly over?: boolean;
}

export interface Hold {
  readonly by: string;
  readonly at: number;
  readonly reason: string;
}

export interface TaskSummary {
  /** Id of its lane: `4.1/2`. */
  readonly lane?: string;
  readonly agent: string;
  readonly contributors: readonly string[];
  readonly milestone: string;
  readonly state: 'pending' | 'running' | 'waiting' | 'blocked' | 'done' | 'skipped';
  /** Person who completed or skipped it. */
  readonly by?: string;
  /** Digest of what it has published. */
  readonly results?: string;
}

export interface GateState {
  readonly gate: Gate;
  /** `pending`: not yet reached. `rejected`: closed until rework is done or `resubmit`. */
  readonly state: 'pending' | 'open' | 'cleared' | 'rejected';
  /** Rounds are counted from 1; 0 before the first opening. */
  readonly round: number;
  /** Minted as the round opened; a decision for another round cannot know it. */
  readonly nonce?: string;
  readonly openedAt?: number;
  readonly closedAt?: number;
  /** By criterion id, of the current round. */
  readonly criteria: { readonly [criterion: CriterionId]: CriterionState };
  readonly rejection?: { readonly by: string; readonly reason: string; readonly rework: readonly TaskRef[] };
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
  readonly reason?: string;
}

// ---- ledger --------------------------------------------------------------------------------------------------------

/** `asserted`: the name in the message. `signed`: a key or the provider vouches for it. `open`: nobody is listed, so anyone may act. `phase`: the workflow itself. */
export type Trust = 'asserted' | 'signed' | 'open' | 'phase';

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
  readonly state?: GateState['state'];
  /** Criteria of that gate that are still unmet. */
  readonly unmet?: readonly CriterionId[];
  readonly task?: TaskRef;
}

// ---- events and effects --------------------------------------------------------------------------------------------

export type GatesEvent =
  /** A Signal or Update as it arrived: `body` is whatever the sender wrote. */
  | { readonly type: 'message'; readonly name: string; readonly body: unknown; readonly proof?: Proof }
  /** People as they stand now; read anew whenever a gate opens. */
  | { readonly type: 'people'; readonly people: People | null; readonly operators: readonly string[] | null }
  /** Opens the next round. In a first round, `sameAs` criteria count as met when the criterion they point to was met. */
  | {
      readonly type: 'open';
      readonly gate: GateId;
      readonly nonce?: string;
      /** Where its policy counts working time; by all time they follow from the policy. */
      readonly times?: RoundTimes;
      /** Where its policy has a window. */
      readonly windows?: readonly Window[];
    }
  /** Further windows of an open gate's calendar, which follow the last one that it knows. */
  | { readonly type: 'windows'; readonly gate: GateId; readonly windows: readonly Window[] }
  /** What it guards does not need it any more: the task was skipped. */
  | { readonly type: 'close'; readonly gate: GateId; readonly reason: string }
  /** The phase was started `from` a later milestone: the gate counts as cleared. */
  | { readonly type: 'beforehand'; readonly gate: GateId; readonly by: string; readonly reason: string }
  | {
      readonly type: 'check';
      readonly gate: GateId;
      readonly round: number;
      readonly check: string;
      readonly result: CheckState['state'];
      readonly reason?: string;
      readonly evidence?: readonly Evidence[];
    }
  /** Tasks have changed (reported by a milestone); `desk` replaces the task's desk item, `null` removes it. */
  | {
      readonly type: 'task';
      readonly task: TaskRef;
      readonly state: TaskSummary['state'];
      readonly desk: DeskItem | null;
      readonly reason?: string;
      /** Digest of what it has published. */
      readonly results?: string;
    }
  /** For the record: something the phase did or found (`started`, `handover`, `ended` …). */
  | {
      readonly type: 'note';
      readonly what: string;
      readonly on?: string;
      readonly by?: string;
      readonly reason: string;
      readonly evidence?: Evidence;
    }
  /** Time has passed: whatever is due is done. */
  | { readonly type: 'tick' }
  /** Entries up to this one stand in the history now. */
  | { readonly type: 'recorded'; readonly upTo: number }
  | { readonly type: 'over'; readonly reason: string };

/** What became of verifying a signed message, which an activity does: the workflow's isolate has no cryptography. */
export type Proof =
  | { readonly ok: true; readonly claims: DecisionClaims; readonly by: string; readonly thumbprint: string }
  | { readonly ok: false; readonly reason: string };

/** What the workflow must do next. */
export type Effect =
  | { readonly type: 'cleared'; readonly gate: GateId }
  /** `resubmit`: open the next round at once. */
  | { readonly type: 'reopen'; readonly gate: GateId }
  /** Tell those who are asked. */
  | { readonly type: 'notice'; readonly gate: GateId; readonly kind: NoticeKind; readonly reason: string }
  /** Look at these again before the gate clears. */
  | { readonly type: 'confirm'; readonly gate: GateId; readonly checks: readonly string[] }
  | { readonly type: 'recheck'; readonly gate: GateId; readonly criterion?: CriterionId }
  /** What is held has changed. */
  | { readonly type: 'holds' }
  /** Pass it on to the milestone that runs the task. */
  | { readonly type: 'task'; readonly name: TaskMessageName; readonly message: TaskMessage };

export type NoticeKind = 'opened' | 'reminder' | 'escalated' | 'closed' | 'overridden';

export interface Reduction {
  readonly state: GatesState;
  /** Present for every `message`. */
  readonly verdict?: Verdict;
  readonly effects: readonly Effect[];
}

export interface GatesOptions {
  /** How many recent entries the state keeps. Default 200. */
  readonly recentEntries?: number;
}

/** A message body that the payload converter could not decode arrives in this form. */
export interface Undecodable {
  readonly undecodable: string;
}

export type InitialState = (input: {
  readonly gates: readonly Gate[];
  readonly tasks: { readonly [task: TaskRef]: TaskSummary };
  readonly people?: People;
  readonly operators?: readonly string[];
  readonly starter?: string;
}) => GatesState;

/** Applies one event. Total: never throws, whatever `body` holds. */
export type Reduce = (state: GatesState, event: GatesEvent, at: number, options?: GatesOptions) => Reduction;
