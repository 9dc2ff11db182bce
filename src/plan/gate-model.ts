/** The gates of a compiled plan: what has to be met, by whom or by which checks, and when. Plain JSON, as all of the plan. */
import type { JsonObject } from '../base/json.ts';
import type { Calendar } from '../calendar/calendar.ts';

/** `entry`, `completion` (of the phase), `4.1/entry`, `4.1/exit`, `4.1/quality`; of a task `4.1/b1/entry`, of a lane `4.1/2/entry`. */
export type GateId = string;
/** Gate id, slash, number counted from 1 in document order: `4.1/exit/2`, `entry/1`. */
export type CriterionId = string;

export interface Gate {
  readonly id: GateId;
  readonly kind: 'entry' | 'exit' | 'quality' | 'completion';
  /** Milestone number; absent for the phase's own gates. */
  readonly milestone?: string;
  /** The task or lane that it guards, and the tasks that wait for it; absent: the whole milestone, or the phase. */
  readonly guards?: {
    /** `changes`: what steps of the task would do that cannot be undone; it opens only when they ask. */
    readonly what: 'task' | 'lane' | 'changes';
    readonly of: string;
    readonly tasks: readonly TaskRef[];
  };
  /** Of a gate whose criteria come up while the phase runs: who decides them. */
  readonly asks?: Pick<Criterion, 'approvers' | 'ordered'>;
  readonly criteria: readonly Criterion[];
  /** Tasks that write the reports which are approved here. They are done again before a further round. */
  readonly renews?: readonly TaskRef[];
  readonly policy?: GatePolicy;
  readonly line: number;
}

export interface Criterion {
  readonly id: CriterionId;
  readonly number: number;
  /** As written, less the source in parentheses. */
  readonly text: string;
  /** "(from Phase 3)", "(Phase 3 completion)", "(from Milestone 3.3)": where it comes from. */
  readonly source?: { readonly phase?: string; readonly milestone?: string };
  /**
   * The same criterion in an earlier gate with no work between: asked once, recorded here as "same as entry/1". Where it has to be
   * asked here after all, in a later round, whoever meets that one meets this one: it has the same approvers and checks.
   */
  readonly sameAs?: CriterionId;
  /** All checks must pass. */
  readonly checks: readonly Check[];
  /** Whether a person decides too. `only`: no checks. `and`: besides the checks. `or`: instead of them. `no`: checks alone. */
  readonly approval: 'only' | 'and' | 'or' | 'no';
  /** Who approves; every rule must be satisfied. Absent: one person who holds any role. */
  readonly approvers?: readonly ApprovalRule[];
  /** The rules are satisfied one after the other, in this order. */
  readonly ordered?: boolean;
  /** Report whose digest is approved: an approval that came before it was there says nothing of it. */
  readonly evidence?: string;
  /** Role that accepts a warning of a check which decides alone. Absent: operators. */
  readonly onWarning?: string;
  /** What a step would do, exactly: a digest of it and where it can be looked at. */
  readonly changes?: { readonly where: string; readonly sha256: string };
  /** Whoever reviews an override: the criterion was added when that gate was overridden. */
  readonly reviews?: { readonly gate: GateId; readonly by: string };
  readonly line: number;
}

/** A number of different persons who hold one of the roles. */
export interface ApprovalRule {
  /** Absent: any role. */
  readonly roles?: readonly string[];
  readonly quorum: number;
}

export interface Check {
  /** Criterion id, slash, kind (and a counter where a kind is used twice): `4.1/exit/2/drift`. */
  readonly id: string;
  /** Check kind; the activity type is `check.<kind>`. */
  readonly kind: string;
  readonly label: string;
  readonly profile: ActivityProfile;
  readonly concerns?: CheckConcern;
  /** Seconds between polls while it does not pass. Absent: 30 s backing off to 10 min. */
  readonly every?: number;
  /** Seconds for which a pass speaks; an older one is looked at again before the gate clears. Absent: 10 min. */
  readonly lifetime?: number;
  readonly input: JsonObject;
}

/**
 * What of the phase a check is about. `gates`: other gates of it, so that the phase answers the check itself. `handover`: the document
 * given at start, which is added to the input. `report`: one that the phase writes and people approve.
 */
export type CheckConcern = 'gates' | 'handover' | 'report';

/** What holds for a gate as a whole; every key is optional, and absent means "no such rule". */
export interface GatePolicy {
  /** `signed`: a decision counts only with a signature of the person. Absent: the name in the message is taken. */
  readonly trust?: 'asserted' | 'signed';
  /** Who may not decide here: who started the phase, who completed or skipped the tasks that the gate guards. */
  readonly distinct?: readonly ('starter' | 'completers')[];
  /** Gates whose approvers may not decide here. */
  readonly distinctFrom?: readonly GateId[];
  /** `keep`: an approval that comes before the gate counts when it opens, if what it is about has not changed. */
  readonly early?: 'refuse' | 'keep';
  /** Whether a phase that is started `from` a later milestone may count the gate as cleared. Absent: unless it is signed. */
  readonly beforehand?: 'allow' | 'forbid';
  /** The gate clears only within; a pass that was found before a window opened is looked at again. */
  readonly window?: NamedCalendar;
  /** `wait`, `remind` and `deadline` count its time alone. Absent: all time counts. */
  readonly workingTime?: NamedCalendar;
  /** Seconds that a gate stays open at least. */
  readonly wait?: number;
  /** Seconds, of all time, for which every criterion has to hold without a break before the gate clears. */
  readonly soak?: number;
  /** Seconds after opening at which those who are asked are reminded. */
  readonly remind?: readonly number[];
  readonly deadline?: Deadline;
  /** Break-glass: the role that may clear the gate with a reason, and the role that reviews it at the next gate. */
  readonly override?: { readonly role: string; readonly review: string };
}

/** A calendar of the playbook, with its name there. */
export type NamedCalendar = Calendar & { readonly name: string };

/** What happens when a gate has been open for so long; it never clears by itself. */
export interface Deadline {
  /** Seconds after opening. */
  readonly after: number;
  /** `reject`: the round closes. `escalate`: a further role may approve everything. `extend`: once, by `by`. */
  readonly then: 'reject' | 'escalate' | 'extend';
  /** `escalate`: the role. */
  readonly to?: string;
  /** `extend`: seconds. */
  readonly by?: number;
}

/** A task's address within the phase: milestone number, slash, Gantt id. */
export type TaskRef = string;

/**
 * What an activity spends its time on. `work`: it is quick, and stays on the worker's own queue. What lasts has queues of its own
 * (task-queues.ts): `wait` asks AWS and waits for it, `program` runs a program of the operating system.
 */
export type ActivityProfile = 'work' | 'wait' | 'program';
