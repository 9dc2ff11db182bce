/**
 * The compiled plan: `compilePlan` makes it of a Markdown document and a playbook, and the workflows execute it. It is plain JSON,
 * because it is recorded in histories and printed by `npm run plan -- compile FILE --json`. Keys are documented in docs/plan-format.md;
 * a new key is fine, a renamed key breaks recorded histories.
 */
import type { JsonObject } from '../base/json.ts';
import type { Oidc, PublicKey } from '../identity/registry.ts';
import type { weekdays } from '../calendar/calendar.ts';
import type { Channel } from './channels.ts';
import type { ActivityProfile, Gate, NamedCalendar, TaskRef } from './gate-model.ts';
import type { Meeting, ReviewPart, StandupPart } from './reporting.ts';

export interface Plan {
  readonly format: 1;
  /** Phase number as written: `4`. */
  readonly number: string;
  readonly title: string;
  readonly overview: string;
  /** Full names of all responsible and contributing agents, in order of first mention: `Infrastructure Agent`. */
  readonly agents: readonly string[];
  readonly milestones: readonly Milestone[];
  readonly gates: { readonly entry: Gate; readonly completion: Gate };
  /** The gate that an amendment has to pass, as the playbook has it; see `amendmentGate`. */
  readonly amendments?: Gate;
  readonly milestoneDependencies: readonly MilestoneDependency[];
  readonly agentDependencies: readonly AgentDependency[];
  readonly communication: readonly CommunicationTopic[];
  /** How the communication plan is carried out. Absent: its lines are prose. */
  readonly reporting?: Reporting;
  readonly nextPhase?: NextPhase;
  /** Phase that is started with the hand-over when this one has completed. */
  readonly starts?: { readonly phase: string; readonly workflowId: string };
  /** Prose under headings that the format does not know. It is kept, never executed. */
  readonly notes: readonly Note[];
  /** Absent: open mode, in which anyone may act. */
  readonly people?: People;
  /** Roles that may send operator messages (retry, skip, waive, reject, resubmit, recheck, hold, release). Absent: anyone in `people`. */
  readonly operators?: readonly string[];
  /** OpenID provider whose ID tokens vouch for people. */
  readonly oidc?: Oidc;
  /** Whose answers count, where the playbook lists keys of workers or agents: public Ed25519 keys in base64url. */
  readonly workers?: {
    readonly keys?: readonly string[];
    /** By the task queue of the agent. */
    readonly agents?: { readonly [taskQueue: string]: readonly string[] };
  };
  /** Time zone of the Gantt's dates, if it has dates and the playbook's calendars name a zone. Absent: UTC. */
  readonly zone?: string;
  /** Destinations of notices. */
  readonly channels?: readonly Channel[];
  readonly digests: Digests;
}

export interface Digests {
  /** Hex SHA-256 of the plan document's text. */
  readonly plan: string;
  readonly playbook?: string;
  /** Hex SHA-256 by path within the phase folder; `null` when the file was missing. */
  readonly templates: { readonly [path: string]: string | null };
}

export interface Milestone {
  /** `4.1` */
  readonly number: string;
  readonly title: string;
  /** Days that the heading declares: "(5 days)". */
  readonly declaredDays: number;
  /** Days that the Gantt needs, from its first start to its last end. */
  readonly plannedDays: number;
  readonly gates: {
    readonly entry: Gate;
    /** Gates of single tasks and lanes, which only a playbook states. */
    readonly guards?: readonly Gate[];
    readonly exit: Gate;
    readonly quality: Gate;
  };
  readonly lanes: readonly Lane[];
  readonly line: number;
}

export interface Lane {
  /** Milestone number, slash, the lane's number counted from 1: `4.1/1`. */
  readonly id: string;
  /** Title of the Gantt section, which Gantt charts show: `IaC Deployment`. */
  readonly title: string;
  /** Title of the "Day x-y" block, which may differ: `Monitoring and Logging Setup`. */
  readonly blockTitle: string;
  /** The block's "Day x-y". */
  readonly days: { readonly from: number; readonly to: number };
  /** Responsible agent, full name. Empty when the document names none (a finding). */
  readonly agent: string;
  /** Agents after "with input from"; "all subagents" is expanded to every other agent of the phase. */
  readonly contributors: readonly string[];
  readonly bullets: readonly Bullet[];
  readonly tasks: readonly Task[];
  readonly line: number;
}

export interface Bullet {
  /** Counted from 1 within the lane. */
  readonly number: number;
  readonly text: string;
  readonly line: number;
}

export interface Task {
  readonly ref: TaskRef;
  /** Gantt id: `a1`. */
  readonly id: string;
  readonly title: string;
  /** The lane's agent, repeated here so that a task can be read alone. */
  readonly agent: string;
  readonly contributors: readonly string[];
  /** Mermaid tags: `done`, `active`, `crit`, `milestone`. */
  readonly tags: readonly string[];
  /** Planned start in plan days from the milestone's start, where the first bar starts at 0. May be a fraction. Days off do not count. */
  readonly start: number;
  /** Planned length in plan days. May be a fraction. */
  readonly days: number;
  /** Planned start and due time as ISO instants, if the Gantt has dates; see `plannedTimes` for when they apply. */
  readonly startsAt?: string;
  readonly dueAt?: string;
  /** Tasks of the same milestone that come before it in the Gantt (`after a1 b1`). */
  readonly after: readonly TaskRef[];
  /** Tasks of any milestone whose results this task uses. It waits for them at either pace. */
  readonly needs: readonly Need[];
  /** Inputs from contributors that it must have before it starts; see docs/playbook.md. */
  readonly inputs: readonly TaskInput[];
  /** Steps, which run in the order of their `needs`. Empty: a person who holds the agent completes the task. */
  readonly steps: readonly Step[];
  /** Documents for the person who does it, by their paths in the phase folder. */
  readonly reads?: readonly { readonly path: string; readonly sha256: string }[];
  /** Outputs that the message which completes it must carry. */
  readonly delivers?: readonly string[];
  /** Its steps are carried out in rounds, for as long as the named slice has something to do for it. */
  readonly rounds?: { readonly slice: string; readonly settings: JsonObject };
  /** Numbers of the lane's bullets that this task covers. */
  readonly covers: readonly number[];
  /** Bullets among those that it covers in full only if its stacks are deployed with certain parameters. */
  readonly coversWith?: readonly CoverWith[];
  readonly line: number;
}

export interface CoverWith {
  readonly bullet: number;
  readonly parameters: { readonly [name: string]: string };
}

export interface Need {
  readonly task: TaskRef;
  /** The thing that is used: a stack's name, an output reference, or `stated` for an entry of the playbook's `needs:`. */
  readonly what: string;
}

/** An input that a person who holds the agent must send, in an `input` message, before the task starts. */
export interface TaskInput {
  readonly agent: string;
  readonly what?: string;
}

/** One action of a task, carried out by one activity. */
export interface Step {
  /** Unique in the phase and stable between compilations: `4.1/a1/roles/development`. */
  readonly id: string;
  /** Step kind; the activity type is `step.<kind>`. */
  readonly kind: string;
  /** Text after the task's title in the timeline: `network · development`. May be empty. */
  readonly label: string;
  readonly environment?: string;
  /** Ids of steps of the same task that must be done first. */
  readonly needs: readonly string[];
  readonly profile: ActivityProfile;
  /** The step may ask a person for approval of its changes before it makes them. */
  readonly asks?: true;
  /** Task queue of the agent's own process. Absent: that of the phase. */
  readonly taskQueue?: string;
  /** Address under which later steps find its outputs: `stacks.network`, or `tasks.4.1/a1`. */
  readonly publishes: string;
  /** True when the kind has an activity `settle.<kind>` that cleans up after a cancelled step. */
  readonly settles?: boolean;
  /** A retry of the task runs it and what follows again, even if it is done: it takes in what people have mended. */
  readonly rerun?: boolean;
  /** It is left out in a round without work. */
  readonly skipIdle?: boolean;
  /** What it is told of a round. Absent: everything. */
  readonly hears?: Hears;
  /** Numbers of the lane's bullets that its entry says it covers; those of the task cover what no step names. */
  readonly covers?: readonly number[];
  /** Input of this kind of step, validated by the kind's schema; may hold references such as `{{stacks.network.VpcId}}`. */
  readonly input: JsonObject;
}

/**
 * Parts of what a round tells that a step needs: whole, or of a list only the entries that have these values. The history has a copy for
 * each step, so steps that need less are told less.
 */
export type Hears = { readonly [part: string]: true | { readonly [key: string]: string } };

export interface MilestoneDependency {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly line: number;
}

export interface AgentDependency {
  /** Full agent names. */
  readonly from: string;
  readonly to: readonly string[];
  readonly reason: string;
  readonly line: number;
}

export interface CommunicationTopic {
  readonly title: string;
  readonly items: readonly string[];
}

/** How the communication plan is carried out, as the playbook has it. */
export interface Reporting {
  /** Working days of standups and reviews. */
  readonly calendar?: NamedCalendar;
  /** Channels by the name of an audience. */
  readonly audiences: { readonly [name: string]: readonly Channel[] };
  readonly standups?: Meeting<StandupPart>;
  readonly reviews?: Meeting<ReviewPart> & {
    /** The last working day of the week up to this one. */
    readonly on: (typeof weekdays)[number];
    /** There is one at the end of every milestone besides. */
    readonly milestones: boolean;
  };
  readonly documents: readonly KeptDocument[];
}

/** A document that is written anew when its subject has changed. */
export interface KeptDocument {
  /** Line of the communication plan. */
  readonly line: string;
  readonly step: Step;
  /** What it is drawn from: names of slices, or `outputs`. Empty: anything. */
  readonly drawnFrom: readonly string[];
}

export interface NextPhase {
  readonly number?: string;
  readonly title?: string;
  readonly text: string;
}

export interface Note {
  readonly heading: string;
  readonly text: string;
  readonly line: number;
}

export type People = { readonly [id: string]: Person };

export interface Person {
  /** Agents whose tasks the person may complete. */
  readonly agents: readonly string[];
  /** Roles in which the person may decide. */
  readonly roles: readonly string[];
  /** Public keys that verify the person's signed decisions. */
  readonly keys?: readonly PublicKey[];
  /** The person's subject in the provider's ID tokens. */
  readonly subject?: string;
}
