import type { Stack } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../../../base/errors.ts';
import { findChangeSet, type ChangeSet } from './change-set.ts';
import type { OperationNames } from './deployment.ts';
import { diagnose } from './diagnose.ts';
import { EventReader, NestedEvents, type StackEvent, StackOperation } from './events.ts';
import { SHORTEST_MS, STALE_READS, type Pace } from './pace.ts';
import { describeStack } from './stack.ts';
import type { StackAddress } from '../../../aws/clients.ts';
import { StackState } from './status.ts';

/** Progress of an operation. */
export interface StackProgress {
  /** Status of the resource, or of the stack when no resource is named. */
  readonly status: string;
  /** Logical id of the resource. */
  readonly resource?: string;
  readonly done: number;
  /** Number of resources in the change set; absent when an earlier attempt began the operation. */
  readonly total?: number;
}

/** The result of an operation. */
export interface Ended {
  readonly stack: Stack;
  readonly status: string;
  /** Number of resources that were created or updated. */
  readonly resources: number;
  /** Resources that could not be deleted, with the reason: `AWS::S3::Bucket Data: not empty`. */
  readonly orphans: readonly string[];
}

/** Events only show progress, so the pause between two readings grows by this factor until the stack's status is final. */
const PROGRESS_FACTOR = 4;
const PROGRESS_LONGEST_MS = 15_000;

/** The stack's time of update may be this much earlier than the first event of the update. */
const BEFORE_EVENTS_MS = 10_000;

/** Follows one operation on a stack to its end. The stack's status is polled; events are read for progress and for the result. */
export class StackFollower {
  readonly #address: StackAddress;
  readonly #operation: StackOperation;
  readonly #pace: Pace;
  readonly #report: (progress: StackProgress) => void;
  readonly #nested: NestedEvents;
  readonly #nestedEvents: StackEvent[] = [];
  #stackId = '';
  /** Time of the change set's creation. At the first reading, this operation may be over and another one may be the latest. */
  #since: number | undefined;
  #reader: EventReader | undefined;
  #total: number | undefined;
  #readEvery = SHORTEST_MS;
  #lastRead = 0;
  /** Number of times that the change set was found executed, or gone, without an event of its execution. */
  #unseen = 0;

  constructor(address: StackAddress, names: OperationNames, pace: Pace, report: (progress: StackProgress) => void) {
    this.#address = address;
    this.#operation = new StackOperation(names.execute);
    this.#pace = pace;
    this.#report = report;
    this.#nested = new NestedEvents(address);
  }

  /** True when the latest operation on the stack is this one, running or ended. */
  async hasBegun(stackId: string): Promise<boolean> {
    await this.#read(stackId);
    return this.#operation.hasBegun;
  }

  /**
   * Waits for the end of the operation. A final status alone is not enough: for a moment, AWS still returns the status from before the
   * operation.
   *
   * @param changeSet the change set that has just been executed
   * @param before the stack before the execution
   * @throws PermanentError with the root cause when the operation failed
   */
  async untilComplete(changeSet?: ChangeSet, before?: Stack): Promise<Ended> {
    this.#total = changeSet?.changeCount;
    const stackId = changeSet?.stackId ?? this.#stackId;
    this.#since = changeSet?.created;
    this.#pace.restart();
    let stack: Stack | undefined;
    while (this.#operation.end === undefined) {
      await this.#pace.pause();
      stack = await describeStack(this.#address, stackId);
      const isSettled = stack === undefined || StackState.of(stack.StackStatus).isSettled;
      if (isSettled || this.#isDue()) await this.#read(stackId);
      if (isSettled && !this.#operation.hasBegun && changeSet !== undefined) await this.#requireBeginning(changeSet);
    }
    const state = this.#operation.end;
    if (!state.isComplete) throw await this.#failure(state);
    return {
      stack: await this.#stackAs(state, stack, before),
      status: state.status,
      resources: this.#operation.doneCount,
      orphans: this.#operation.orphans.map(({ type, resource, reason }) => `${type} ${resource}: ${reason}`),
    };
  }

  #isDue(): boolean {
    if (Date.now() - this.#lastRead < this.#readEvery) return false;
    this.#readEvery = Math.min(this.#readEvery * PROGRESS_FACTOR, PROGRESS_LONGEST_MS);
    return true;
  }

  async #read(stackId: string): Promise<void> {
    if (this.#reader === undefined || this.#stackId !== stackId) {
      this.#stackId = stackId;
      const back = this.#since === undefined ? 'latest operation' : { since: this.#since };
      this.#reader = new EventReader(this.#address, stackId, back);
    }
    const events = (await this.#reader.next()).filter((event) => this.#take(event));
    this.#nested.watch(events);
    if (this.#operation.end?.isComplete !== true) await this.#readNested();
    this.#lastRead = Date.now();
  }

  async #readNested(): Promise<void> {
    const events = await this.#nested.next();
    this.#nestedEvents.push(...events);
    for (const event of events) this.#tell(event);
  }

  #take(event: StackEvent): boolean {
    if (!this.#operation.take(event)) return false;
    this.#tell(event);
    return true;
  }

  #tell({ status, ofStack, resource }: StackEvent): void {
    this.#report({
      status,
      ...(ofStack ? {} : { resource }),
      done: this.#operation.doneCount,
      ...(this.#total === undefined ? {} : { total: this.#total }),
    });
  }

  /** Throws when the change set has failed before the stack has any event of it. Otherwise the engine would wait until the deadline. */
  async #requireBeginning({ id, stackId }: ChangeSet): Promise<void> {
    const now = await findChangeSet(this.#address, id);
    if (now?.execution === 'AVAILABLE' || now?.execution === 'EXECUTE_IN_PROGRESS') return;
    await this.#read(stackId);
    if (this.#operation.hasBegun) return;
    if (now?.execution === 'EXECUTE_FAILED' || now?.execution === 'OBSOLETE') {
      throw new PermanentError(`${this.#name}: the change set could not be executed: ${now.reason || now.execution}`);
    }
    this.#unseen += 1;
    if (this.#unseen < STALE_READS) return;
    throw new PermanentError(
      `${this.#name}: the change set was executed, but the stack has no events of it. Check the stack, then send retry.`,
    );
  }

  /** Describes the stack until AWS returns its state after the operation. */
  async #stackAs(state: StackState, seen: Stack | undefined, before: Stack | undefined): Promise<Stack> {
    const begun = this.#operation.events[0]?.at ?? 0;
    // An update may end with the status that it began with; then only the time of the last update tells.
    const isUpdated = ({ LastUpdatedTime }: Stack) =>
      before === undefined
        ? (LastUpdatedTime?.getTime() ?? 0) > begun - BEFORE_EVENTS_MS
        : LastUpdatedTime?.getTime() !== before.LastUpdatedTime?.getTime();
    const isCurrent = (one: Stack | undefined) =>
      one?.StackStatus === state.status && (state.status === 'CREATE_COMPLETE' || isUpdated(one));
    let stack = seen;
    for (let read = 0; !isCurrent(stack) && read < STALE_READS; read += 1) {
      if (read > 0) await this.#pace.pause();
      stack = await describeStack(this.#address, this.#stackId);
    }
    if (stack === undefined || gone.has(stack.StackStatus ?? '')) {
      throw new PermanentError(`${this.#name} was ${state.status}, and has been deleted since.`);
    }
    return stack;
  }

  async #failure(state: StackState): Promise<PermanentError> {
    const cause = await diagnose(this.#address, this.#stackId, this.#operation, this.#nested, this.#nestedEvents);
    return new PermanentError(`${this.#name} ended as ${state.status}: ${cause}. ${howToMend(state, this.#address)}`);
  }

  get #name(): string {
    return `Stack ${this.#address.stackName} in ${this.#address.region}`;
  }
}

const gone: ReadonlySet<string> = new Set(['DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);

/** Instructions for a person, as a sentence: what to do before the deployment can go on. */
export function howToMend({ readiness, command }: StackState, { stackName, region }: StackAddress): string {
  if (readiness !== 'stuck') return 'Mend the cause and send retry.';
  if (command === undefined) return 'Mend the stack on AWS, then send retry.';
  return `Mend the cause, run "aws cloudformation ${command} --stack-name ${stackName} --region ${region}", then send retry.`;
}
