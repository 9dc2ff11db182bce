/** The gates of a compiled plan: their criteria, and the people or checks that meet them. Plain JSON, like the rest of the plan. */
import type { JsonObject } from '../base/json.ts';
import type { Calendar } from '../calendar/calendar.ts';

/** Phase: `entry`, `completion`. Milestone: `4.1/entry`, `4.1/exit`, `4.1/quality`. Task: `4.1/b1/entry`. Lane: `4.1/2/entry`. */
export type GateId = string;
/** Gate id, slash, number counted from 1 in document order: `4.1/exit/2`, `entry/1`. */
export type CriterionId = string;

export interface Gate {
  readonly id: GateId;
  readonly kind: 'entry' | 'exit' | 'quality' | 'completion';
  /** Milestone number; absent for the phase's own gates. */
  readonly milestone?: string;
  /** The task or lane that the gate guards, and the tasks that wait for it. Absent: the gate guards the whole milestone or the phase. */
  readonly guards?: {
    /**
     * `changes`: it guards changes by steps of the task that cannot be undone, and opens only when a step asks for approval. `plan`: it
     * guards the plan itself, and opens only for an amendment.
     */
    readonly what: 'task' | 'lane' | 'changes' | 'plan';
    readonly of: string;
    readonly tasks: readonly TaskRef[];
  };
  /** Approvers of criteria that are added while the phase runs. */
  readonly asks?: Pick<Criterion, 'approvers' | 'ordered'>;
  readonly criteria: readonly Criterion[];
  /** Tasks that write the reports which are approved at this gate. They run again before the next round. */
  readonly renews?: readonly TaskRef[];
  readonly policy?: GatePolicy;
  readonly line: number;
}

export interface Criterion {
  readonly id: CriterionId;
  readonly number: number;
  /** Text as written, without the source in parentheses. */
  readonly text: string;
  /** Origin of the criterion: "(from Phase 3)", "(Phase 3 completion)", "(from Milestone 3.3)". */
  readonly source?: { readonly phase?: string; readonly milestone?: string };
  /**
   * The same criterion in an earlier gate, with no work between the two gates. It is asked there only, and recorded here as "same as
   * entry/1". A later round may have to ask it here all the same; therefore it has the same approvers and checks.
   */
  readonly sameAs?: CriterionId;
  /** All checks must pass. */
  readonly checks: readonly Check[];
  /** The part of people. `only`: people decide, without checks. `and`: people and checks. `or`: people or checks. `no`: checks alone. */
  readonly approval: 'only' | 'and' | 'or' | 'no';
  /** Rules for approvals; all must be satisfied. Absent: one person who holds any role. */
  readonly approvers?: readonly ApprovalRule[];
  /** The rules are satisfied one after the other, in this order. */
  readonly ordered?: boolean;
  /** Report whose digest is approved. An approval that was given before the report existed does not count for it. */
  readonly evidence?: string;
  /** Role that may accept a warning when checks decide alone. Absent: operators. */
  readonly onWarning?: string;
  /** The exact changes that a step would make: where they can be read, and their digest. */
  readonly changes?: { readonly where: string; readonly sha256: string };
  /** Set on a criterion that reviews an override: the gate that was overridden, and the person who overrode it. */
  readonly reviews?: { readonly gate: GateId; readonly by: string };
  /** Set on the criterion that approves an amendment: its number, who has sent it, and the digest of what was compiled. */
  readonly amends?: { readonly number: number; readonly by: string; readonly sha256: string };
  readonly line: number;
}

/** A rule that as many different people must approve, each of whom holds one of the roles. */
export interface ApprovalRule {
  /** Absent: any role. */
  readonly roles?: readonly string[];
  readonly quorum: number;
}

export interface Check {
  /** Criterion id, slash, kind, and a counter when a kind is used twice: `4.1/exit/2/drift`. */
  readonly id: string;
  /** Check kind; the activity type is `check.<kind>`. */
  readonly kind: string;
  readonly label: string;
  readonly profile: ActivityProfile;
  readonly concerns?: CheckConcern;
  /** Slices whose state is added to its input. */
  readonly given?: readonly string[];
  /** Seconds between polls until the check passes. Absent: 30 s, backing off to 10 min. */
  readonly every?: number;
  /** Seconds for which a pass is valid; the check runs again before the gate clears on an older pass. Absent: 10 min. */
  readonly lifetime?: number;
  readonly input: JsonObject;
}

/**
 * The part of the phase that a check reads. `gates`: other gates; `state`: what a slice keeps; the phase answers both kinds itself.
 * `handover`: the document given at start, which is added to the check's input. `report`: a report that the phase writes and people
 * approve.
 */
export type CheckConcern = 'gates' | 'state' | 'handover' | 'report';

/** Rules for a gate as a whole. Every key is optional; without it the rule does not exist, unless its comment says otherwise. */
export interface GatePolicy {
  /** `signed`: a decision counts only with the person's signature. Absent: the name in the message is trusted. */
  readonly trust?: 'asserted' | 'signed';
  /**
   * People who may not decide here: the one who started the phase; those who completed or skipped the tasks that the gate guards; the one
   * who sent the amendment.
   */
  readonly distinct?: readonly ('starter' | 'completers' | 'sender')[];
  /** Gates whose approvers may not decide here. */
  readonly distinctFrom?: readonly GateId[];
  /** `keep`: an approval that arrives before the gate opens counts when it opens, if its subject has not changed. */
  readonly early?: 'refuse' | 'keep';
  /** Permission to count the gate as cleared when a phase starts `from` a later milestone. Absent: allowed, except with `trust: signed`. */
  readonly beforehand?: 'allow' | 'forbid';
  /** The gate clears only within this window. A check that passed before the window opened runs again. */
  readonly window?: NamedCalendar;
  /** `wait`, `remind` and `deadline` count only the time within this calendar. Absent: all time counts. */
  readonly workingTime?: NamedCalendar;
  /** Seconds for which the gate stays open at least. */
  readonly wait?: number;
  /** Seconds for which all criteria must hold without a break before the gate clears. `workingTime` does not apply. */
  readonly soak?: number;
  /** Seconds after opening at which the approvers are reminded. */
  readonly remind?: readonly number[];
  readonly deadline?: Deadline;
  /** Break-glass: the role that may clear the gate with a reason, and the role that reviews it at the next gate. */
  readonly override?: { readonly role: string; readonly review: string };
}

/** A calendar of the playbook, with its name. */
export type NamedCalendar = Calendar & { readonly name: string };

/** The action at a gate's deadline. A gate never clears because of it. */
export interface Deadline {
  /** Seconds after opening. */
  readonly after: number;
  /** `reject`: the round closes. `escalate`: the role `to` may approve everything too. `extend`: the deadline moves once, by `by`. */
  readonly then: 'reject' | 'escalate' | 'extend';
  /** Role, for `escalate`. */
  readonly to?: string;
  /** Seconds, for `extend`. */
  readonly by?: number;
}

/** A task's address within the phase: milestone number, slash, Gantt id. */
export type TaskRef = string;

/**
 * The kind of work of an activity, which selects its task queue (task-queues.ts). `work`: quick, on the worker's own queue. `wait`: asks
 * AWS or another service and waits for the answer. `program`: runs a program of the operating system.
 */
export type ActivityProfile = 'work' | 'wait' | 'program';
