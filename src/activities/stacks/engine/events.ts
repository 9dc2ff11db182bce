import { type StackEvent as AwsEvent, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import type { StackAddress } from '../../../aws/clients.ts';
import { StackState } from './status.ts';

/** An event of a stack or of one of its resources. */
export interface StackEvent {
  readonly id: string;
  /** Logical id; for the stack itself, its name. */
  readonly resource: string;
  /** `AWS::S3::Bucket` */
  readonly type: string;
  /** True when the event is about the stack itself. */
  readonly ofStack: boolean;
  /** Status of the resource, or StackStatus of the stack itself: `CREATE_IN_PROGRESS`. */
  readonly status: string;
  readonly reason: string;
  /** Epoch milliseconds, by AWS's clock. */
  readonly at: number;
  /** Physical id of the resource; empty before it has one. */
  readonly physicalId: string;
  /** ClientRequestToken of the request that caused it. */
  readonly token?: string;
  /** Operation id. A rollback has an id of its own, but the token of the operation that it undoes. */
  readonly operationId?: string;
}

export const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** Statuses of the stack with which an operation begins. A rollback is not among them: it is part of the operation that failed. */
const beginnings = new Set([
  'REVIEW_IN_PROGRESS',
  'CREATE_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
  'DELETE_IN_PROGRESS',
  'IMPORT_IN_PROGRESS',
]);

/** True when the event begins an operation on the stack. */
export function beginsOperation(event: StackEvent): boolean {
  return event.ofStack && beginnings.has(event.status);
}

/** The oldest events that the first call reads. `since` is in epoch milliseconds, by AWS's clock. */
export type Reach = 'latest operation' | 'whole life' | { readonly since: number };

/** Reads new events of a stack. AWS lists all events of a stack, newest first; the reader stops at the first one that it knows. */
export class EventReader {
  readonly #address: StackAddress;
  readonly #stackId: string;
  readonly #back: Reach;
  #newest: string | undefined;

  /** @param back the oldest events that the first call reads */
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

/** The common part of the events of DescribeStackEvents and DescribeEvents. */
type AnyEvent = Partial<Omit<AwsEvent, 'ResourceStatus'>> & { readonly ResourceStatus?: string | undefined };

/** Converts an event of AWS. */
export function readEvent(event: AnyEvent): StackEvent {
  const { EventId = '', LogicalResourceId = '', ResourceType = '', ResourceStatus = '' } = event;
  return {
    id: EventId,
    resource: LogicalResourceId,
    type: ResourceType,
    // The type does not tell, because a nested stack has the type AWS::CloudFormation::Stack too. Its physical id differs.
    ofStack: event.PhysicalResourceId === event.StackId,
    status: ResourceStatus,
    reason: event.ResourceStatusReason ?? '',
    at: event.Timestamp?.getTime() ?? 0,
    physicalId: event.PhysicalResourceId ?? '',
    ...(event.ClientRequestToken === undefined ? {} : { token: event.ClientRequestToken }),
    ...(event.OperationId === undefined ? {} : { operationId: event.OperationId }),
  };
}

/**
 * Reads the events of nested stacks at any depth. Stacks are identified by their physical ids: when a nested stack is replaced, the new
 * and the old one have the same logical id.
 */
export class NestedEvents {
  readonly #address: StackAddress;
  readonly #readers = new Map<string, { readonly reader: EventReader; readonly path: string }>();
  /** Start of the operation. Earlier events of a nested stack belong to another operation. */
  #since = 0;

  constructor(address: StackAddress) {
    this.#address = address;
  }

  /** Starts reading the nested stacks that appear in events of a stack. */
  watch(events: readonly StackEvent[], path = ''): void {
    if (path === '') this.#since ||= events[0]?.at ?? 0;
    for (const { type, ofStack, status, physicalId, resource } of events) {
      if (type !== NESTED_STACK || ofStack || !status.endsWith('_IN_PROGRESS')) continue;
      // The first event of a creation has no physical id yet.
      if (!physicalId.startsWith('arn:') || this.#readers.has(physicalId)) continue;
      const reader = new EventReader(this.#address, physicalId);
      this.#readers.set(physicalId, { reader, path: `${path}${resource}/` });
    }
  }

  /** Events of all nested stacks since the last call. Resources have the ids of their nested stacks before them: `Storage/Bucket`. */
  async next(): Promise<StackEvent[]> {
    const fresh: StackEvent[] = [];
    const read = new Set<EventReader>();
    for (;;) {
      const unread = [...this.#readers.values()].filter(({ reader }) => !read.has(reader));
      if (unread.length === 0) return fresh.sort((one, other) => one.at - other.at);
      for (const { reader, path } of unread) {
        read.add(reader);
        const events = (await this.#read(reader)).filter(({ at }) => at >= this.#since);
        this.watch(events, path);
        fresh.push(...events.map((event) => ({ ...event, resource: nameOf(event, path) })));
      }
    }
  }

  /** Ignores errors: the events only show progress and causes, and the deployment goes on without them. */
  async #read(reader: EventReader): Promise<StackEvent[]> {
    try {
      return await reader.next();
    } catch {
      this.#address.signal.throwIfAborted();
      return [];
    }
  }
}

function nameOf({ ofStack, resource }: StackEvent, path: string): string {
  return ofStack ? path.slice(0, -1) : `${path}${resource}`;
}

/** Resource statuses that count as done. Deletions in a rollback or clean-up never count. */
const done = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE']);

/**
 * One operation on a stack, from its events. The status of the stack is not enough, because the stack may have been complete before. Only
 * the event with the operation's token, and the events after it, count.
 */
export class StackOperation {
  readonly #token: string;
  readonly #events: StackEvent[] = [];
  readonly #done = new Set<string>();
  #end: StackState | undefined;

  /** @param token ClientRequestToken of the request that starts the operation */
  constructor(token: string) {
    this.#token = token;
  }

  /** Takes the next event of the stack, and returns true when it belongs to this operation. */
  take(event: StackEvent): boolean {
    if (this.#end !== undefined) return false;
    if (!this.hasBegun && !(beginsOperation(event) && event.token === this.#token)) return false;
    this.#events.push(event);
    if (event.ofStack) {
      const state = StackState.of(event.status);
      if (state.isSettled) this.#end = state;
    } else if (done.has(event.status)) {
      this.#done.add(event.resource);
    }
    return true;
  }

  get hasBegun(): boolean {
    return this.#events.length > 0;
  }

  /** The final state; `undefined` while the operation runs. The rollback of a cancelled update has another token, but is part of it. */
  get end(): StackState | undefined {
    return this.#end;
  }

  get events(): readonly StackEvent[] {
    return this.#events;
  }

  /** Resources that the clean-up of an update could not delete. They still exist, but no longer belong to a stack. */
  get orphans(): readonly StackEvent[] {
    if (this.#end?.isComplete !== true) return [];
    const deleted = new Set(this.#events.filter(({ status }) => status === 'DELETE_COMPLETE').map(keyOf));
    const failed = this.#events.filter(({ ofStack, status }) => !ofStack && status === 'DELETE_FAILED');
    const left = failed.filter((event) => !deleted.has(keyOf(event)));
    return left.filter((event, index) => left.findLastIndex((other) => keyOf(other) === keyOf(event)) === index);
  }

  /** Number of resources that are done. */
  get doneCount(): number {
    return this.#done.size;
  }
}

function keyOf({ resource, physicalId }: StackEvent): string {
  return `${resource} ${physicalId}`;
}
