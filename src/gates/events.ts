/** What the reducer of the gates is told, and what it has the workflow do. */
import type { JsonObject } from '../base/json.ts';
import type { Window } from '../calendar/windows.ts';
import type { DecisionClaims } from '../identity/claims.ts';
import type { Oidc } from '../identity/registry.ts';
import type { CriterionId, Gate, GateId, TaskRef } from '../plan/gate-model.ts';
import type { PlanChange } from '../plan/changes.ts';
import type { People, Person, Plan } from '../plan/model.ts';
import type { Evidence, LedgerEntry, Verdict } from './ledger.ts';
import type {
  CheckState,
  DeskItem,
  GatesState,
  RoundTimes,
  TaskMessage,
  TaskMessageName,
  TaskSummary,
} from './model.ts';

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
      /** Digests of what was read for it; see LedgerEntry. */
      readonly basedOn?: LedgerEntry['basedOn'];
      /** Where its policy counts working time; by all time they follow from the policy. */
      readonly times?: RoundTimes;
      /** Where its policy has a window. */
      readonly windows?: readonly Window[];
    }
  /** Further windows of an open gate's calendar, which follow the last one that it knows. */
  | { readonly type: 'windows'; readonly gate: GateId; readonly windows: readonly Window[] }
  /** Steps of the task that it guards have found what a person has to agree to first. A new asking replaces the one before. */
  | { readonly type: 'ask'; readonly gate: GateId; readonly changes: readonly AskedChanges[] }
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
  /**
   * Tasks have changed (reported by a milestone); `desk` replaces the task's desk item, `null` removes it. That it has become blocked,
   * or overdue, is told once, however often it is reported.
   */
  | {
      readonly type: 'task';
      readonly task: TaskRef;
      readonly state: TaskSummary['state'];
      readonly desk: DeskItem | null;
      readonly reason?: string;
      /** Digest of what it has published. */
      readonly results?: string;
    }
  /** A step of the task has told this. It comes again only when it has changed. */
  | ({ readonly type: 'fact'; readonly task: TaskRef } & Fact)
  /** The task is over in its milestone, which brings its results when it ends. */
  | { readonly type: 'ended'; readonly task: TaskRef }
  /** The task has carried out this round; 0: it has come to its first one. */
  | { readonly type: 'round'; readonly task: TaskRef; readonly number: number }
  /** For the record: something the phase did or found (`started`, `handover`, `ended` …). */
  | {
      readonly type: 'note';
      readonly what: string;
      readonly on?: string;
      readonly by?: string;
      readonly reason: string;
      readonly evidence?: Evidence;
      readonly basedOn?: LedgerEntry['basedOn'];
      /** `DENIED`: the sender has no right to it. Default `ACCEPTED`. */
      readonly code?: 'ACCEPTED' | 'DENIED';
    }
  /** An amendment that was sent changes nothing: it does not compile, may not change what it changes, or was rejected. */
  | { readonly type: 'amendmentRefused'; readonly number: number; readonly reason: string }
  /** An amendment may be made if its gate clears, whose next round is about to open. */
  | {
      readonly type: 'amendmentAsked';
      readonly number: number;
      readonly gate: Gate;
      /** What it changes, one line each. */
      readonly changes: readonly string[];
      /** Digests of the plan that runs and of what was compiled. */
      readonly basedOn: { readonly before: string; readonly compiled: string };
    }
  /** The plan is another one from now on. */
  | {
      readonly type: 'amended';
      readonly number: number;
      readonly plan: Plan;
      readonly changes: readonly PlanChange[];
      readonly reason: string;
      readonly basedOn: { readonly before: string; readonly compiled: string };
    }
  /** Something that the communication plan asks for has been published. */
  | ({ readonly type: 'published' } & Publication)
  /** Time has passed: whatever is due is done. */
  | { readonly type: 'tick' }
  /** Entries up to this one stand in the history now. */
  | { readonly type: 'recorded'; readonly upTo: number }
  | { readonly type: 'over'; readonly reason: string; readonly basedOn?: LedgerEntry['basedOn'] };

/**
 * What a step tells the phase beside its outputs. State and no event: a later fact of the same task, topic and key takes the place of
 * the earlier one. Anybody may send a Signal that looks like it, so a slice parses `data`, and leaves alone what it cannot read.
 */
export interface Fact {
  /** `suite` */
  readonly topic: string;
  /** `component/testing` */
  readonly key: string;
  readonly data: JsonObject;
}

/** A standup, a review, or a document of the communication plan, as it was published. */
export interface Publication {
  readonly kind: 'standup' | 'review' | 'document';
  /** The same for every attempt: `standup-2026-11-30`. */
  readonly id: string;
  /** Epoch milliseconds at which it was due, where it was on the calendar. */
  readonly due?: number;
  /** Where it is, within the records. */
  readonly evidence?: Evidence;
  /** For people: to whom it has gone. */
  readonly reason: string;
  /** Channels that have not taken it, each with the reason. */
  readonly undelivered: readonly string[];
  /** What it has told of: tasks that are over, and how far people's words and the ledger. */
  readonly told?: Told;
}

/** What a standup or a review has told of. */
export interface Told {
  /** Tasks that were over, and that no standup before has told of. */
  readonly over: readonly TaskRef[];
  /** Number of the last words of people that it knew. */
  readonly words: number;
  /** Number of the last decision that it knew, in the ledger. */
  readonly decision: number;
}

/** What one step would do, as it is put before a person. */
export interface AskedChanges {
  /** One for each change. */
  readonly lines: readonly string[];
  /** Where it can be looked at: the id of a change set. */
  readonly where: string;
  /** `changesDigest` of the two. */
  readonly sha256: string;
}

/** How a person could prove who they are when a decision of theirs came. */
export interface Listed extends Pick<Person, 'keys' | 'subject'> {
  /** The provider that vouches for the subject. */
  readonly oidc?: Oidc;
}

/** What became of verifying a signed message, which an activity does: the workflow's isolate has no cryptography. */
export type Proof =
  | {
      readonly ok: true;
      readonly claims: DecisionClaims;
      readonly by: string;
      readonly thumbprint: string;
      /** What the playbook listed for the person then: lists change while a gate is open. */
      readonly listed?: Listed;
    }
  | {
      readonly ok: false;
      readonly reason: string;
      /** Who it says it is from and what it is about, which nothing vouches for. */
      readonly by?: string;
      readonly gate?: GateId;
    };

/** What the workflow must do next. */
export type Effect =
  /** `resubmit`: open the next round at once. */
  | { readonly type: 'reopen'; readonly gate: GateId }
  /** Tell those who are asked at a gate. */
  | { readonly type: 'notice'; readonly gate: GateId; readonly kind: NoticeKind; readonly reason: string }
  /** Tell those who are asked about a task. */
  | { readonly type: 'notice'; readonly task: TaskRef; readonly kind: TaskNoticeKind; readonly reason: string }
  /** Look at these again before the gate clears. */
  | { readonly type: 'confirm'; readonly gate: GateId; readonly checks: readonly string[] }
  | { readonly type: 'recheck'; readonly gate: GateId; readonly criterion?: CriterionId }
  /** What is held has changed. */
  | { readonly type: 'holds' }
  /** Pass it on to the milestone that runs the task. */
  | { readonly type: 'task'; readonly name: TaskMessageName; readonly message: TaskMessage };

export type NoticeKind = 'opened' | 'reminder' | 'escalated' | 'closed' | 'overridden';
export type TaskNoticeKind = 'blocked' | 'overdue';

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
  /** For slices whose first state follows from it. */
  readonly plan?: Plan;
}) => GatesState;

/** Applies one event. Total: never throws, whatever `body` holds. */
export type Reduce = (state: GatesState, event: GatesEvent, at: number, options?: GatesOptions) => Reduction;
