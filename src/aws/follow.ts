import type { Stack } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../activities/define.ts';
import { findChangeSet, type ChangeSet } from './change-set.ts';
import { EventReader } from './events.ts';
import type { OperationNames } from './deployment.ts';
import { StackOperation } from './operation.ts';
import type { Pace } from './pace.ts';
import { rootCause } from './root-cause.ts';
import { describeStack, type StackAddress } from './stack.ts';
import type { StackState } from './stack-status.ts';

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

/** How often a stale answer is asked for again before it is taken as it is. */
export const STALE_READS = 10;

/** Follows one operation on a stack from its events. */
export class StackFollower {
  readonly #address: StackAddress;
  readonly #operation: StackOperation;
  readonly #pace: Pace;
  readonly #report: (progress: StackProgress) => void;
  #stackId = '';
  #reader: EventReader | undefined;
  #total: number | undefined;

  constructor(address: StackAddress, names: OperationNames, pace: Pace, report: (progress: StackProgress) => void) {
    this.#address = address;
    this.#operation = new StackOperation(names.executeToken);
    this.#pace = pace;
    this.#report = report;
  }

  /** Whether the latest operation on the stack is ours, running or over. */
  async hasBegun(stackId: string): Promise<boolean> {
    await this.#read(stackId);
    return this.#operation.hasBegun;
  }

  /**
   * Waits for the end of the operation.
   *
   * @param changeSet the one that was executed just now
   * @throws PermanentError with the root cause when it did not end as asked for
   */
  async untilComplete(changeSet?: ChangeSet): Promise<{ stack: Stack; status: string; resources: number }> {
    this.#total = changeSet?.changeCount;
    const stackId = changeSet?.stackId ?? this.#stackId;
    let happened = await this.#read(stackId);
    while (this.#operation.end === undefined) {
      if (!this.#operation.hasBegun && changeSet !== undefined) await this.#requireBeginning(changeSet);
      await this.#pace.pause(happened);
      happened = await this.#read(stackId);
    }
    const state = this.#operation.end;
    if (!state.isComplete) throw this.#failure(state);
    return { stack: await this.#stackAs(state), status: state.status, resources: this.#operation.doneCount };
  }

  /** @returns whether something of the operation happened since the last call */
  async #read(stackId: string): Promise<boolean> {
    if (this.#reader === undefined || this.#stackId !== stackId) {
      this.#stackId = stackId;
      this.#reader = new EventReader(this.#address, stackId);
    }
    let happened = false;
    for (const event of await this.#reader.next()) {
      if (!this.#operation.take(event)) continue;
      happened = true;
      this.#report({
        status: event.status,
        ...(event.ofStack ? {} : { resource: event.resource }),
        done: this.#operation.doneCount,
        ...(this.#total === undefined ? {} : { total: this.#total }),
      });
    }
    return happened;
  }

  /** A change set may fail before the stack shows any event of it; without this, that would be waited for until the deadline. */
  async #requireBeginning({ id, stackId }: ChangeSet): Promise<void> {
    const now = await findChangeSet(this.#address, id);
    if (now?.execution !== 'EXECUTE_FAILED' && now?.execution !== 'OBSOLETE') return;
    await this.#read(stackId);
    if (this.#operation.hasBegun) return;
    throw new PermanentError(`${this.#name}: the change set could not be executed: ${now.reason || now.execution}`);
  }

  /** The stack, once AWS no longer answers with what it was before the operation ended. */
  async #stackAs(state: StackState): Promise<Stack> {
    let stack = await describeStack(this.#address, this.#stackId);
    for (let read = 1; stack?.StackStatus !== state.status && read < STALE_READS; read += 1) {
      await this.#pace.pause(true);
      stack = await describeStack(this.#address, this.#stackId);
    }
    if (stack === undefined) throw new PermanentError(`${this.#name} was ${state.status}, and has been deleted since.`);
    return stack;
  }

  #failure(state: StackState): PermanentError {
    const cause = rootCause(this.#operation.events);
    return new PermanentError(`${this.#name} ended as ${state.status}: ${cause}. ${howToMend(state, this.#address)}`);
  }

  get #name(): string {
    return `Stack ${this.#address.stackName} in ${this.#address.region}`;
  }
}

/** What a person has to do before a deployment can go on, as a sentence. */
export function howToMend({ readiness, command }: StackState, { stackName, region }: StackAddress): string {
  if (readiness !== 'stuck') return 'Mend the cause and send retry.';
  if (command === undefined) return 'Mend the stack on AWS, then send retry.';
  return `Mend the cause, run "aws cloudformation ${command} --stack-name ${stackName} --region ${region}", then send retry.`;
}
