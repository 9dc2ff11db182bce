/**
 * The compiled plan: what `compilePlan` makes of a Markdown document and its playbook, and what the workflows execute.
 * Plain JSON throughout, because it is recorded in histories and printed by `npm run plan -- compile FILE --json`.
 * Keys are documented in docs/plan-format.md; adding one is fine, renaming one breaks recorded histories.
 */
import type { JsonObject } from '../base/json.ts';
import type { Oidc, PublicKey } from '../identity/registry.ts';
import type { Channel } from './channels.ts';
import type { ActivityProfile, Gate, TaskRef } from './gate-model.ts';

// "4.1/a1"

export interface Plan {
  readonly format: 1;
  /** Phase number as written: `4`. */
  readonly number: string;
  readonly title: string;
  readonly overview: string;
  /** Every agent named as responsible or contributing, in order of first mention, full names: `Infrastructure Agent`. */
  readonly agents: readonly string[];
  readonly milestones: readonly Milestone[];
  readonly gates: { readonly entry: Gate; readonly completion: Gate };
  readonly milestoneDependencies: readonly MilestoneDependency[];
  readonly agentDependencies: readonly AgentDependency[];
  readonly communication: readonly CommunicationTopic[];
  readonly nextPhase?: NextPhase;
  /** Prose under headings that the format does not know; kept, never executed. */
  readonly notes: readonly Note[];
  /** Absent: open mode, anyone may act. */
  readonly people?: People;
  /** Roles that may send operator messages (retry, skip, waive, reject, resubmit, recheck, hold and release). Absent: anyone listed in people. */
  readonly operators?: readonly string[];
  /** The provider whose ID tokens vouch for people. */
  readonly oidc?: Oidc;
  /** The zone of the Gantt's dates, where it has any and the playbook's calendars name one. Absent: UTC. */
  readonly zone?: string;
  /** Where notices go. */
  readonly channels?: readonly Channel[];
  readonly digests: Digests;
}

export interface Digests {
  /** Hex SHA-256 of the plan document's text. */
  readonly plan: string;
  readonly playbook?: string;
  /** By path within the phase folder; `null` where the file was missing. */
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
    /** Of single tasks and lanes, where the playbook states some. */
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
  /** The Gantt section's title, which is what the pictures show: `IaC Deployment`. */
  readonly title: string;
  /** The "Day x-y" block's title where it differs: `Monitoring and Logging Setup`. */
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
  /** Repeated from its lane, so that a task can be read alone. */
  readonly agent: string;
  readonly contributors: readonly string[];
  /** Mermaid tags: `done`, `active`, `crit`, `milestone`. */
  readonly tags: readonly string[];
  /** Planned start in plan days from the milestone's start; the first bar starts at 0. May be a fraction. Days off do not count. */
  readonly start: number;
  /** Planned length in plan days. May be a fraction. */
  readonly days: number;
  /** Planned start and due time as ISO instants, where the Gantt has dates; `plannedTimes` tells when they hold. */
  readonly startsAt?: string;
  readonly dueAt?: string;
  /** Tasks of the same milestone that the Gantt puts before it (`after a1 b1`). */
  readonly after: readonly TaskRef[];
  /** Tasks, of any milestone, whose results it uses. Waited for at either pace. */
  readonly needs: readonly Need[];
  /** What contributors owe it before it may start; see docs/playbook.md. */
  readonly inputs: readonly TaskInput[];
  /** Carried out in this order of `needs`; empty: a person who holds the agent completes it. */
  readonly steps: readonly Step[];
  /** Numbers of the lane's bullets that this task covers. */
  readonly covers: readonly number[];
  /** Of those, the ones that it covers as a whole with certain parameters of its stacks alone. */
  readonly coversWith?: readonly CoverWith[];
  readonly line: number;
}

export interface CoverWith {
  readonly bullet: number;
  readonly parameters: { readonly [name: string]: string };
}

export interface Need {
  readonly task: TaskRef;
  /** What is used: a stack's name, an output reference, or `stated` for the playbook's own `needs:`. */
  readonly what: string;
}

/** An input that must have arrived, by an `input` message from a person who holds the agent, before the task starts. */
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
  /** What the timeline shows after the task's title: `network · development`. May be empty. */
  readonly label: string;
  readonly environment?: string;
  /** Ids of steps of the same task that must be done first. */
  readonly needs: readonly string[];
  readonly profile: ActivityProfile;
  /** It may find, before it does anything, that a person has to agree to what it would do. */
  readonly asks?: true;
  /** Task queue of the agent's own process. Absent: that of the phase. */
  readonly taskQueue?: string;
  /** Where later steps find its outputs: `stacks.network`, or `tasks.4.1/a1`. */
  readonly publishes: string;
  /** Whether the kind has an activity `settle.<kind>` that cleans up after a cancelled step. */
  readonly settles?: boolean;
  /** Kind-specific, validated by the kind's schema; may hold `{{stacks.network.VpcId}}` references. */
  readonly input: JsonObject;
}

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
  /** What they may complete. */
  readonly agents: readonly string[];
  /** What they may decide. */
  readonly roles: readonly string[];
  /** Public keys that they sign decisions with. */
  readonly keys?: readonly PublicKey[];
  /** What the provider's ID tokens call them. */
  readonly subject?: string;
}
