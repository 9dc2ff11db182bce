import type { PipelineExecution } from '@aws-sdk/client-codepipeline';
import { PermanentError } from '../../../base/errors.ts';
import { nameOf, pause, type PipelineAddress } from './address.ts';
import { answerApproval } from './approve.ts';
import type { Observation, PendingApproval } from './blocked.ts';
import type { PipelineDefinition } from './definition.ts';
import { describeExecution } from './executions.ts';
import { earlierDurations, forgetDurations, learnDuration } from './expectation.ts';
import { Observer } from './observe.ts';
import { BUDGET_MS, PollPlan } from './poll-plan.ts';
import { contradiction, type Wanted } from './proof.ts';
import { ExecutionStatus } from './status.ts';

/** Progress of an execution. */
export interface ReleaseProgress {
  readonly status: string;
  readonly stage?: string;
  readonly action?: string;
  /** Reason, as a part of a sentence, why it does not go on by itself. */
  readonly blocked?: string;
}

export interface FollowOptions {
  /** An execution that runs something else is not followed to its end. */
  readonly wanted: Wanted;
  /** Epoch milliseconds at which the execution began. */
  readonly begunAt: number;
  /** Epoch milliseconds after which the waiting ends. */
  readonly deadline: number;
  /** Manual approvals, as `Stage/Action`, that `isApproved` decides. Others are for people on AWS. */
  readonly clears: readonly string[];
  /** Milliseconds of waiting for one request. Default: 5000. */
  readonly everyMs?: number | undefined;
  /** Text that AWS keeps with an approval. */
  readonly summary: string;
  /** True when a person has agreed to exactly this approval. */
  isApproved(pending: PendingApproval, execution: PipelineExecution): boolean;
  onProgress(progress: ReleaseProgress): void;
}

/** The reason why the following of an execution has ended. */
export type Followed =
  | { readonly outcome: 'ended'; readonly execution: PipelineExecution; readonly status: ExecutionStatus }
  | { readonly outcome: 'needs approval'; readonly execution: PipelineExecution; readonly pending: PendingApproval }
  /** It runs other revisions than those that were asked for; `why` is the rest of a sentence about it. */
  | { readonly outcome: 'contradicts'; readonly why: string }
  | { readonly outcome: 'late'; readonly blocked: string | undefined };

/** Requests that are possible while an execution may be invisible after its start: 60 s. */
const NOT_FOUND = 12;
/** Requests that are possible between two observations of the position, at first and at most: 15 s and 60 s. */
const LOOK = 3;
const LONGEST_LOOK = 12;
/** The end was observed closely enough to learn from, when the last reading before it is this recent. */
const CLOSE_MS = 2_000;

/** Follows one execution. GetPipelineExecution alone decides; everything else that is read is shown only. */
export class ExecutionFollower {
  readonly #address: PipelineAddress;
  readonly #definition: PipelineDefinition;
  readonly #id: string;
  readonly #options: FollowOptions;
  readonly #observer: Observer;
  /** Approvals that were answered, by token: AWS may still show them as pending. */
  readonly #answered = new Set<string>();
  #plan: PollPlan;
  /** The approval that was answered last, from which the time counts. */
  #after: string | undefined;
  #begunAt: number;
  #blocked: string | undefined;
  /** True after one reading of a failure that AWS may resume by itself. */
  #hasFailed = false;
  #lastSeen = Date.now();
  #lastLook = Date.now();
  readonly #every: number;
  #lookEvery: number;

  constructor(address: PipelineAddress, definition: PipelineDefinition, id: string, options: FollowOptions) {
    this.#address = address;
    this.#definition = definition;
    this.#id = id;
    this.#options = options;
    this.#observer = new Observer(address, definition, id, () => {
      this.#plan.spend();
    });
    this.#every = options.everyMs ?? BUDGET_MS;
    this.#lookEvery = this.#every * LOOK;
    this.#plan = new PollPlan(Date.now(), [], 0, this.#every);
    this.#begunAt = options.begunAt;
  }

  /** @throws PermanentError when AWS does not know the execution */
  async follow(): Promise<Followed> {
    await this.#makePlan();
    for (;;) {
      const now = Date.now();
      if (now >= this.#options.deadline) return { outcome: 'late', blocked: this.#blocked };
      await pause(this.#address, Math.min(this.#plan.next(now), this.#options.deadline) - now);
      const observation = this.#isLookDue() ? await this.#look() : undefined;
      const pending = observation && this.#toClear(observation);
      if (observation !== undefined && pending === undefined && !observation.mayHaveEnded) continue;
      const followed = await this.#read(pending);
      if (followed !== undefined) return followed;
    }
  }

  /** How long earlier executions took says when this one will end, unless it has yet to wait for a person. */
  async #makePlan(): Promise<void> {
    const { approvals } = this.#definition;
    const isWithoutPeople = this.#after === approvals.at(-1);
    const since = Date.now();
    const { durations, requests } = isWithoutPeople
      ? await earlierDurations(this.#address, this.#after)
      : { durations: [], requests: 0 };
    const ends = durations.map((duration) => this.#begunAt + duration);
    this.#plan = new PollPlan(since, ends, requests, this.#every);
  }

  #isLookDue(): boolean {
    const now = Date.now();
    if (this.#plan.isDense(now)) return false;
    return this.#options.clears.length > 0 || now - this.#lastLook >= this.#lookEvery;
  }

  async #look(): Promise<Observation | undefined> {
    const observation = await this.#observer.look();
    this.#lastLook = Date.now();
    this.#lookEvery = Math.min(this.#lookEvery * 2, this.#every * LONGEST_LOOK);
    if (observation === undefined) return undefined;
    const { stage, action, blocked } = observation;
    this.#blocked = blocked;
    this.#options.onProgress({
      status: 'InProgress',
      ...(stage === undefined ? {} : { stage }),
      ...(action === undefined ? {} : { action }),
      ...(blocked === undefined ? {} : { blocked }),
    });
    return observation;
  }

  #toClear({ approvals }: Observation): PendingApproval | undefined {
    return approvals.find(
      ({ stage, action, token }) => this.#options.clears.includes(`${stage}/${action}`) && !this.#answered.has(token),
    );
  }

  /** Reads the execution itself. @returns `undefined` while it goes on */
  async #read(pending: PendingApproval | undefined): Promise<Followed | undefined> {
    this.#plan.spend();
    const asked = Date.now();
    const before = this.#lastSeen;
    const execution = await describeExecution(this.#address, this.#id);
    if (execution === undefined) {
      if (asked - before > this.#every * NOT_FOUND) throw this.#unknown();
      return undefined;
    }
    this.#lastSeen = asked;
    const status = ExecutionStatus.of(execution);
    const mayResume = status.outcome === 'failed' && this.#definition.retriesByItself;
    if (mayResume && !this.#hasFailed) {
      this.#hasFailed = true;
      return undefined;
    }
    this.#hasFailed = false;
    if (status.isFinal) {
      this.#learn(status, asked, before);
      return { outcome: 'ended', execution, status };
    }
    const why = contradiction(this.#definition, execution, this.#options.wanted);
    if (why !== undefined) return { outcome: 'contradicts', why };
    if (pending !== undefined && status.status === 'InProgress') {
      if (!this.#options.isApproved(pending, execution)) return { outcome: 'needs approval', execution, pending };
      await this.#approve(pending);
    } else if (status.status !== 'InProgress') {
      this.#options.onProgress({ status: status.status });
    }
    return undefined;
  }

  async #approve(pending: PendingApproval): Promise<void> {
    const { stage, action, token } = pending;
    await answerApproval(this.#address, pending, 'Approved', this.#options.summary);
    this.#answered.add(token);
    this.#after = `${stage}/${action}`;
    this.#begunAt = Date.now();
    await this.#makePlan();
  }

  #learn({ outcome }: ExecutionStatus, asked: number, before: number): void {
    const { approvals } = this.#definition;
    if (outcome !== 'succeeded' || this.#after !== approvals.at(-1)) return;
    if (asked - before > CLOSE_MS) forgetDurations(this.#address, this.#after);
    else learnDuration(this.#address, this.#after, (asked + before) / 2 - this.#begunAt);
  }

  #unknown(): PermanentError {
    return new PermanentError(
      `${nameOf(this.#address)}: AWS does not know execution ${this.#id}. Look for it on AWS, then send retry.`,
    );
  }
}
