import type { ActionRun } from '../action.ts';
import type { RuleAttempt } from '../machine/state.ts';

export interface RuleOutcome {
  readonly status: 'Succeeded' | 'Failed';
  readonly summary: string;
  /** Present when the rule could not look, such as for an alarm that does not exist. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** Where a rule belongs, and a folder of its own, which is there. */
export type RulePlace = Pick<ActionRun, 'pipeline' | 'executionId' | 'stage' | 'folder'>;

export interface RuleTools {
  /** Aborts when the rule no longer counts. */
  readonly signal: AbortSignal;
  /** Milliseconds that a minute of a definition takes. */
  readonly minute: number;
  readonly place: RulePlace;
}

export interface RuleProvider {
  /** CodePipeline's name of it: `CloudWatchAlarm`. */
  readonly provider: string;
  /** Looks until it knows. Called again with the same rule after a restart of the stand-in; times count from `rule.started`. */
  run(rule: RuleAttempt, tools: RuleTools): Promise<RuleOutcome>;
}
