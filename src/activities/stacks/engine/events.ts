import { type StackEvent as AwsEvent, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import type { StackAddress } from '../../../aws/clients.ts';
import { StackState } from './status.ts';

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

/**
 * Reads the events of nested stacks, however deep. They are followed by their ids: a nested stack that is replaced keeps its
 * logical id while the new one is created and the old one deleted.
 */
export class NestedEvents {
  readonly #address: StackAddress;
  readonly #readers = new Map<string, { readonly reader: EventReader; readonly path: string }>();
  /** When the operation began; what happened to a nested stack before belongs to another one. */
  #since = 0;

  constructor(address: StackAddress) {
    this.#address = address;
  }

  /** Takes note of the nested stacks that events of a stack name. */
  watch(events: readonly StackEvent[], path = ''): void {
    if (path === '') this.#since ||= events[0]?.at ?? 0;
    for (const { type, ofStack, status, physicalId, resource } of events) {
      if (type !== NESTED_STACK || ofStack || !status.endsWith('_IN_PROGRESS')) continue;
      // The first event of a creation comes before the id.
      if (!physicalId.startsWith('arn:') || this.#readers.has(physicalId)) continue;
      const reader = new EventReader(this.#address, physicalId);
      this.#readers.set(physicalId, { reader, path: `${path}${resource}/` });
    }
  }

  /** Events of all nested stacks since the last call. Their resources are named by the ids that lead to them: `Storage/Bucket`. */
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

  /** They tell progress and causes. Where they are not to be had, AWS goes on all the same, and so does the deployment. */
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

/** Resource statuses that count as done; what is deleted in a rollback or clean-up never counts. */
const done = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE']);

/**
 * One operation on a stack, as its events tell it. That a stack is complete proves nothing, since it may have been complete
 * before: only what comes after the event that carries our token counts.
 */
export class StackOperation {
  readonly #token: string;
  readonly #events: StackEvent[] = [];
  readonly #done = new Set<string>();
  #end: StackState | undefined;

  /** @param token ClientRequestToken of the request that starts it */
  constructor(token: string) {
    this.#token = token;
  }

  /** Takes in what happened to the stack next; answers whether it belongs to this operation. */
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

  /** How it ended; absent while it runs. The rollback of a cancelled update carries another token but is part of it. */
  get end(): StackState | undefined {
    return this.#end;
  }

  get events(): readonly StackEvent[] {
    return this.#events;
  }

  /** Resources that an update should have deleted while it cleaned up and could not: they exist on, and no stack holds them. */
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
