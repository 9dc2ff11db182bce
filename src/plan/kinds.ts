import type { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import type { ActivityProfile, CheckConcern, TaskRef } from './gate-model.ts';
import type { Hears } from './model.ts';
import type { Environment, Section } from './section.ts';

/**
 * The half of a step kind that the playbook compiler uses. The activity that carries out a step is declared in the same file under
 * src/activities (see src/contract/kinds.ts); the compiler does not see it, so that src/plan stays pure.
 */
export interface StepKind<Entry = unknown> {
  /** The playbook key that selects it, and the activity type `step.<kind>`. */
  readonly kind: string;
  readonly summary: string;
  /** Shape of the value under the key. */
  readonly entry: z.ZodType<Entry>;
  readonly profile: ActivityProfile;
  /** Share of the coverage that bullets of such steps count in. */
  readonly coverage: 'automated' | 'agent' | 'people';
  /** True when the kind has a `settle` activity that must run after a step was cancelled. */
  readonly settles?: boolean;
  /** Addresses of what the step deploys, as sections have them: `stacks.network`. */
  deploys?(entry: Entry): readonly string[];
  /** For kinds that write a report which people approve: its name, from the step's input. A gate that is rejected has it written again. */
  writes?(input: JsonObject): string | undefined;
  /** For kinds that write a document: what it is drawn from, as names of slices, or `outputs`. Absent or empty: anything. */
  drawnFrom?(input: JsonObject): readonly string[];
  /** Turns one playbook entry into the steps that carry it out, for example one for each stack and environment. */
  expand(entry: Entry, context: BindContext): readonly StepDraft[];
}

/** The half of a check kind that the playbook compiler uses; see `StepKind`. */
export interface CheckKind<Entry = unknown> {
  readonly kind: string;
  readonly summary: string;
  /** Shape of the value in `{check: {kind: VALUE}}`; `{check: kind}` alone gives `undefined`. */
  readonly entry: z.ZodType<Entry>;
  readonly profile: ActivityProfile;
  readonly concerns?: CheckConcern;
  /** Slices whose state the activity gets, under `given` in its input. */
  readonly given?: readonly string[];
  expand(entry: Entry, context: BindContext & CriterionContext): CheckDraft;
}

/** What the playbook has under `rounds.<slice>` of a task whose steps are carried out again and again. */
export interface RoundsKind<Entry = unknown> {
  /** Name of the slice that says when a round begins. */
  readonly slice: string;
  readonly summary: string;
  readonly entry: z.ZodType<Entry>;
  /** Makes the settings that the slice reads in `TaskSummary.rounds`. */
  expand(entry: Entry, context: BindContext & RoundsContext): JsonObject;
}

export interface RoundsContext {
  readonly task: TaskRef;
  /** All tasks of the plan, for entries that name some. */
  readonly tasks: readonly TaskRef[];
}

export interface StepDraft {
  /** Last part of the step's id and unique within the playbook entry: `network/development`. May be empty for a single step. */
  readonly name: string;
  readonly label: string;
  readonly environment?: string;
  /** Names of other drafts of the same entry that must be done first. */
  readonly needs?: readonly string[];
  readonly publishes?: string;
  /** True when the step may ask a person for approval of its changes before it makes them. */
  readonly asks?: boolean;
  /** What it needs to be told of a round; default: everything. */
  readonly hears?: Hears;
  readonly input: JsonObject;
}

export interface CheckDraft {
  readonly label: string;
  readonly input: JsonObject;
}

export interface CriterionContext {
  readonly text: string;
  readonly gate: string;
  readonly milestone?: string;
}

/** The parts of the playbook that entries refer to, already validated. */
export interface BindContext {
  /** Phase folder name, `phase-4`. */
  readonly phase: string;
  readonly environments: { readonly [name: string]: Environment };
  /** All environments of the playbook, also when `environments` is a selection: a stack that an account has once belongs to all of them. */
  readonly everyEnvironment: { readonly [name: string]: Environment };
  /** The bound form of a section of the playbook. */
  bound<Given, Bound>(section: Section<Given, Bound>): Bound;
  /** True for an entry of a section (`stacks.identity`) that milestones deploy, but neither the one that is being bound nor one before it. */
  isLater(address: string): boolean;
  /** Reports a problem with the entry that is being expanded; `at` is the path within the entry. */
  problem(
    message: string,
    options?: { at?: readonly (string | number)[]; expected?: string; suggestion?: string },
  ): void;
}

/** The kinds and sections that a compilation knows. */
export interface Kinds {
  readonly steps: readonly StepKind[];
  readonly checks: readonly CheckKind[];
  readonly sections: readonly Section[];
  readonly rounds: readonly RoundsKind[];
}
