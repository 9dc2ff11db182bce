import type { JsonObject } from '../base/json.ts';
import { counted } from '../base/text.ts';
import type { AskedChanges, Fact } from '../gates/events.ts';
import type { Evidence } from '../gates/ledger.ts';
import { changesDigest } from '../gates/rounds.ts';
import type { TaskRef } from '../plan/gate-model.ts';
import type { CheckKind, StepKind } from '../plan/kinds.ts';
import type { RecordStore } from '../store/store.ts';

/** Input of every `step.<kind>` activity. References in `input` have been resolved. */
export interface StepCall {
  readonly step: { readonly id: string; readonly kind: string; readonly environment?: string };
  readonly input: JsonObject;
  /**
   * Names this execution of the step to the outside world, the same for every attempt of the activity:
   * phase `firstExecutionRunId` + step id + step try. Steps that create things must derive their tokens from it.
   */
  readonly identity: string;
  /** Digests of what a person has agreed to, for this execution of the step. */
  readonly approved?: readonly string[];
  /** Number of the last fact of its task. What is asked of the phase is answered when it knows that. */
  readonly told?: number;
  /** Which round of its task this is, where the task is carried out in rounds. */
  readonly round?: CalledRound;
  readonly phase: PhaseIdentity;
  readonly task: TaskBrief;
}

export interface PhaseIdentity {
  /** Phase folder name. */
  readonly name: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Run that it began with: the same for as long as the phase lasts. */
  readonly firstRunId: string;
}

/** What an agent is told of its task. */
export interface TaskBrief {
  readonly ref: TaskRef;
  readonly title: string;
  readonly milestone: string;
  readonly agent: string;
  readonly contributors: readonly string[];
  readonly bullets: readonly string[];
  /** ISO instant. */
  readonly due?: string;
}

export interface StepResult {
  /** Small strings for later steps (`{{stacks.network.VpcId}}`); they are recorded in the history. */
  readonly outputs?: { readonly [name: string]: string };
  readonly evidence?: readonly Evidence[];
  /** One line for the board. */
  readonly note?: string;
  /** What the phase keeps: state that its slices have reducers for. Those of a task may be FACTS_BYTES long together. */
  readonly facts?: readonly Fact[];
}

/** A round of a task, as a step is told of it. */
export interface CalledRound {
  /** Counted from 1. */
  readonly number: number;
  /** What the slice has to say: the issues that are open. */
  readonly told: JsonObject;
  /** There is no work: the round repeats what has to be looked at again. */
  readonly idle?: true;
  /** From the second try of the round on. `told` is what it was in the first. */
  readonly again?: {
    /** Counted from 1: 2 is after the first `retry`. */
    readonly try: number;
    /** Why the last try has blocked the task, in at most 1,000 characters. */
    readonly because: string;
  };
}

/** Input of every `check.<kind>` activity. */
export interface CheckCall {
  readonly check: { readonly id: string; readonly kind: string };
  readonly input: JsonObject;
  readonly phase: PhaseIdentity;
  readonly criterion: { readonly id: string; readonly text: string };
  /** Round of the criterion's gate, which a signed answer is for. Absent where answers are not signed. */
  readonly round?: { readonly number: number; readonly nonce?: string };
  /**
   * `no`: answer with what is found. Else fail retryably until it has passed, or has failed, so that the server keeps the poll loop.
   */
  readonly poll: 'no' | 'until passed' | 'until failed';
  /** Seconds between polls; absent: 30 s backing off to 10 min. */
  readonly every?: number;
  /** `until passed`: what is shown already. A poll that finds something else answers with it, in its time: see `quietFor`. */
  readonly known?: {
    readonly state: CheckResult['state'];
    readonly reason: string;
    /** How often polls have answered so, one after the other. */
    readonly answers: number;
  };
}

/**
 * What a check found. `warned`: a person has to accept it. `inconclusive`: it could not tell. Anything but `passed` and `warned`
 * is polled again; a provider error must be thrown, never reported as passed.
 */
export interface CheckResult {
  readonly state: 'passed' | 'warned' | 'failed' | 'inconclusive';
  readonly reason: string;
  readonly evidence?: readonly Evidence[];
}

/** What a step or check may use of its surroundings; keeps engines and most kinds free of Temporal. */
export interface ActivityTools {
  /** Absolute path of the phase folder. */
  readonly phaseDir: string;
  /** Aborted when the activity is cancelled or the worker shuts down; whatever was begun is settled or taken up elsewhere. */
  readonly signal: AbortSignal;
  /** Shows progress; details are small JSON. Throttled by the SDK, so call it freely. */
  heartbeat(details: JsonObject): void;
  /**
   * What an earlier attempt showed last, if there was one and the server has heard it. Another version of the worker may have
   * shown it, so it has to be parsed.
   */
  readonly shown: unknown;
  /** Where reports are kept. */
  readonly records: RecordStore;
  /** Attempt of this activity, from 1. */
  readonly attempt: number;
  /** Answers a query of the phase, as it is now; for a step, with all that its task has told. Fails retryably until then. */
  ask(query: string): Promise<unknown>;
  log(message: string, fields?: JsonObject): void;
}

/** A kind of step: the half that the compiler sees and the half that runs. Registered in registry.ts. */
export interface StepDefinition<Entry = unknown> extends StepKind<Entry> {
  run(call: StepCall, tools: ActivityTools): Promise<StepResult>;
  /** Cleans up after a cancelled `run`; activity `settle.<kind>`. Present exactly when `settles` is true. */
  settle?(call: StepCall, tools: ActivityTools): Promise<StepResult>;
}

/** A kind of check; see StepDefinition. */
export interface CheckDefinition<Entry = unknown> extends CheckKind<Entry> {
  run(call: CheckCall, tools: ActivityTools): Promise<CheckResult>;
}

/**
 * Thrown by a step that has found, before doing anything, that a person has to agree to what it would do. After that, it
 * runs again under the same identity, with `changesDigest` of this in `approved`.
 */
export class NeedsApproval extends Error {
  override readonly name = 'NeedsApproval';
  readonly changes: AskedChanges;

  /**
   * @param lines one for each change, 200 of at most 300 characters
   * @param where id of something that cannot change: what is approved is this
   */
  constructor(lines: readonly string[], where: string) {
    super(
      `somebody has to agree to ${counted(lines.length, 'change')}: ${lines.join('; ')}`.slice(0, 1000).toWellFormed(),
    );
    const told = lines.slice(0, 200).map((line) => line.slice(0, 300).toWellFormed());
    this.changes = { lines: told, where, sha256: changesDigest({ lines: told, where }) };
  }
}
