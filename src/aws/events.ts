import { DescribeStackEventsCommand, type StackEvent as AwsEvent } from '@aws-sdk/client-cloudformation';
import type { StackAddress } from './stack.ts';

/** Something that happened to a stack or to one of its resources. */
export interface StackEvent {
  readonly id: string;
  /** Logical id; the stack's own name for the stack itself. */
  readonly resource: string;
  /** `AWS::S3::Bucket` */
  readonly type: string;
  /** Whether it is about the stack itself. */
  readonly ofStack: boolean;
  /** `CREATE_IN_PROGRESS` and the like: a resource's status, or for the stack itself a StackStatus. */
  readonly status: string;
  readonly reason: string;
  /** Milliseconds of AWS's clock. */
  readonly at: number;
  /** The resource's name on AWS; empty before it has one. */
  readonly physicalId: string;
  /** ClientRequestToken of the request that caused it. */
  readonly token?: string;
  /** A rollback has another one than the operation that it undoes, though the same token. */
  readonly operationId?: string;
}

export const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** Statuses of the stack itself with which an operation begins; a rollback is part of the operation that failed. */
const beginnings = new Set([
  'REVIEW_IN_PROGRESS',
  'CREATE_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
  'DELETE_IN_PROGRESS',
  'IMPORT_IN_PROGRESS',
]);

/** Whether the event begins an operation on the stack. */
export function beginsOperation(event: StackEvent): boolean {
  return event.ofStack && beginnings.has(event.status);
}

/** How far the first reading goes back: `since` is in milliseconds of AWS's clock. */
export type Reach = 'latest operation' | 'whole life' | { readonly since: number };

/** Reads a stack's events as they come. AWS lists the whole life of a stack, newest first; this reads no more than is new. */
export class EventReader {
  readonly #address: StackAddress;
  readonly #stackId: string;
  readonly #back: Reach;
  #newest: string | undefined;

  /** @param back how far the first call goes back */
  constructor(address: StackAddress, stackId: string, back: Reach = 'latest operation') {
    this.#address = address;
    this.#stackId = stackId;
    this.#back = back;
  }

  /** Events since the last call, oldest first. */
  async next(): Promise<StackEvent[]> {
    const fresh: StackEvent[] = [];
    let page: string | undefined;
    do {
      const { events, nextPage } = await this.#page(page);
      for (const event of events) {
        const isFirstCall = this.#newest === undefined;
        const isTooOld = isFirstCall && typeof this.#back === 'object' && event.at < this.#back.since;
        if (event.id === this.#newest || isTooOld) return this.#remember(fresh);
        fresh.push(event);
        const isLatest = isFirstCall && this.#back === 'latest operation';
        if (isLatest && beginsOperation(event)) return this.#remember(fresh);
      }
      page = nextPage;
    } while (page !== undefined);
    return this.#remember(fresh);
  }

  #remember(fresh: StackEvent[]): StackEvent[] {
    this.#newest = fresh[0]?.id ?? this.#newest;
    return fresh.reverse();
  }

  async #page(page: string | undefined): Promise<{ events: StackEvent[]; nextPage: string | undefined }> {
    const { client, signal } = this.#address;
    const { StackEvents = [], NextToken } = await client.send(
      new DescribeStackEventsCommand({ StackName: this.#stackId, NextToken: page }),
      { abortSignal: signal },
    );
    return { events: StackEvents.map(readEvent), nextPage: NextToken === '' ? undefined : NextToken };
  }
}

/** What the two ways to ask for events have in common. */
type AnyEvent = Partial<Omit<AwsEvent, 'ResourceStatus'>> & { readonly ResourceStatus?: string | undefined };

/** An event as AWS tells it, in the engine's words. */
export function readEvent(event: AnyEvent): StackEvent {
  const { EventId = '', LogicalResourceId = '', ResourceType = '', ResourceStatus = '' } = event;
  return {
    id: EventId,
    resource: LogicalResourceId,
    type: ResourceType,
    // A nested stack is a resource of type AWS::CloudFormation::Stack too, but has an id of its own.
    ofStack: event.PhysicalResourceId === event.StackId,
    status: ResourceStatus,
    reason: event.ResourceStatusReason ?? '',
    at: event.Timestamp?.getTime() ?? 0,
    physicalId: event.PhysicalResourceId ?? '',
    ...(event.ClientRequestToken === undefined ? {} : { token: event.ClientRequestToken }),
    ...(event.OperationId === undefined ? {} : { operationId: event.OperationId }),
  };
}
