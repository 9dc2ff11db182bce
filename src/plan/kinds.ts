import type { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import type { ActivityProfile, CheckConcern } from './gate-model.ts';
import type { Environment, Section } from './section.ts';

/**
 * What the playbook compiler must know of a kind of step. The activity that carries it out is declared in the same file
 * under src/activities (see src/contract/kinds.ts); the compiler sees only this half, so that src/plan stays pure.
 */
export interface StepKind<Entry = unknown> {
  /** The playbook key that selects it, and the activity type `step.<kind>`. */
  readonly kind: string;
  readonly summary: string;
  /** Shape of the value under the key. */
  readonly entry: z.ZodType<Entry>;
  readonly profile: ActivityProfile;
  /** How its bullets count in coverage. */
  readonly coverage: 'automated' | 'agent';
  /** Whether a cancelled step must be settled by the kind's `settle` activity. */
  readonly settles?: boolean;
  /** Turns one playbook entry into the steps that carry it out (one per stack and environment, say). */
  expand(entry: Entry, context: BindContext): readonly StepDraft[];
}

/** What the playbook compiler must know of a kind of check. */
export interface CheckKind<Entry = unknown> {
  readonly kind: string;
  readonly summary: string;
  /** Shape of the value in `{check: {kind: VALUE}}`; `{check: kind}` alone gives `undefined`. */
  readonly entry: z.ZodType<Entry>;
  readonly profile: ActivityProfile;
  readonly concerns?: CheckConcern;
  expand(entry: Entry, context: BindContext & CriterionContext): CheckDraft;
}

export interface StepDraft {
  /** Last part of the step's id and unique within the playbook entry: `network/development`. May be empty for a single step. */
  readonly name: string;
  readonly label: string;
  readonly environment?: string;
  /** `name`s of drafts of the same entry. */
  readonly needs?: readonly string[];
  readonly publishes?: string;
  /** Whether it may find, before it does anything, that a person has to agree to what it would do. */
  readonly asks?: boolean;
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
  /** All of the playbook, whichever were chosen: what an account has once belongs to all of them. */
  readonly everyEnvironment: { readonly [name: string]: Environment };
  /** What a section of the playbook comes to. */
  bound<Given, Bound>(section: Section<Given, Bound>): Bound;
  /** Reports a problem at the entry that is being expanded; `at` is the path below it. */
  problem(
    message: string,
    options?: { at?: readonly (string | number)[]; expected?: string; suggestion?: string },
  ): void;
}

/** The kinds that a compilation knows. */
export interface Kinds {
  readonly steps: readonly StepKind[];
  readonly checks: readonly CheckKind[];
  readonly sections: readonly Section[];
}
