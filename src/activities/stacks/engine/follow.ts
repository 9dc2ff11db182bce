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

/** Where an operation is. */
export interface StackProgress {
  /** Status of the resource, or of the stack where no resource is named. */
  readonly status: string;
  /** Logical id of the resource that something happened to. */
  readonly resource?: string;
  readonly done: number;
  /** Resources that the change set names; absent when an earlier attempt began the operation. */
  readonly total?: number;
}

/** How an operation ended. */
export interface Ended {
  readonly stack: Stack;
  readonly status: string;
  /** Resources that were done. */
  readonly resources: number;
  /** Resources that should have been deleted and could not: `AWS::S3::Bucket Data: not empty`. */
  readonly orphans: readonly string[];
}

/** Events only show how far an operation is; they are read ever more rarely, until the stack's status says that it has ended. */
const PROGRESS_FACTOR = 4;
const PROGRESS_LONGEST_MS = 15_000;

/** So long before its first event an update may have changed the stack's time. */
const BEFORE_EVENTS_MS = 10_000;

/** Follows one operation on a stack: its status tells when there is something to read, its events tell what happened. */
export class StackFollower {
  readonly #address: StackAddress;
  readonly #operation: StackOperation;
  readonly #pace: Pace;
  readonly #report: (progress: StackProgress) => void;
  readonly #nested: NestedEvents;
  readonly #nestedEvents: StackEvent[] = [];
  #stackId = '';
  /** When the change set was made. By the first look ours may be over, and somebody else's operation be the latest. */
  #since: number | undefined;
  #reader: EventReader | undefined;
  #total: number | undefined;
  #readEvery = SHORTEST_MS;
  #lastRead = 0;
  /** How often a change set was executed, or gone, without any event of it. */
  #unseen = 0;

  constructor(address: StackAddress, names: OperationNames, pace: Pace, report: (progress: StackProgress) => void) {
    this.#address = address;
    this.#operation = new StackOperation(names.execute);
    this.#pace = pace;
    this.#report = report;
    this.#nested = new NestedEvents(address);
  }

  /** Whether the latest operation on the stack is ours, running or over. */
  async hasBegun(stackId: string): Promise<boolean> {
    await this.#read(stackId);
    return this.#operation.hasBegun;
  }

  /**
   * Waits for the end of the operation. A final status proves nothing by itself: it may be that of before the operation, which
   * AWS goes on showing for a moment.
   *
   * @param changeSet the one that was executed just now
   * @param before the stack as it was then
   * @throws PermanentError with the root cause when it did not end as asked for
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

  /** A change set may fail before the stack shows any event of it; without this, that would be waited for until the deadline. */
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
      `${this.#name}: the change set was executed, and the stack shows nothing of it. Look at the stack, then send retry.`,
    );
  }

  /** The stack, once AWS no longer answers with what it was before the operation ended. */
  async #stackAs(state: StackState, seen: Stack | undefined, before: Stack | undefined): Promise<Stack> {
    const begun = this.#operation.events[0]?.at ?? 0;
    // An update may end with the status that it began with; only the time tells the two apart.
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

/** What a person has to do before a deployment can go on, as a sentence. */
export function howToMend({ readiness, command }: StackState, { stackName, region }: StackAddress): string {
  if (readiness !== 'stuck') return 'Mend the cause and send retry.';
  if (command === undefined) return 'Mend the stack on AWS, then send retry.';
  return `Mend the cause, run "aws cloudformation ${command} --stack-name ${stackName} --region ${region}", then send retry.`;
}
