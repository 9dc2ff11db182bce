import type { StackStatus } from '@aws-sdk/client-cloudformation';
import type { Before, Work, World } from './operations.ts';
import { Refused, type FakeChangeSet, type FakeStack, type Mutation } from './state.ts';

const BEGINNING = Date.UTC(2026, 0, 1);
const REGION = 'eu-west-1';

/** A running operation, with what would have to be put back. */
interface Running {
  readonly work: Work;
  readonly token: string | undefined;
}

/** Stacks, change sets and objects, and the operations that run on them. */
export class FakeWorld implements World {
  stacks: FakeStack[] = [];
  changeSets: FakeChangeSet[] = [];
  readonly objects = new Map<string, string>();
  readonly mutations: Mutation[] = [];
  mended = false;
  held = false;
  readonly #running = new Map<string, Running>();
  readonly #tokens = new Map<string, string | undefined>();
  readonly #operations = new Map<string, string>();
  /** What each stack's update began with, to roll back to. */
  readonly before = new Map<string, Before>();
  /** Ids of nested stacks that only change sets have made, by parent and resource. */
  readonly #reviewed = new Map<string, string>();
  #ids = 0;
  #seconds = 0;

  get now(): Date {
    return new Date(BEGINNING + this.#seconds * 1000);
  }

  pass(): void {
    this.#seconds += 1;
  }

  newId(): string {
    this.#ids += 1;
    return String(this.#ids).padStart(4, '0');
  }

  arn(kind: 'stack' | 'changeSet', name: string): string {
    return `arn:aws:cloudformation:${REGION}:000000000000:${kind}/${name}/${this.newId()}`;
  }

  /** Lets every running operation take a step. */
  step(): void {
    if (this.held) return;
    for (const [id, { work }] of [...this.#running]) if (work.next().done === true) this.#end(id);
  }

  begin(stack: FakeStack, token: string | undefined, status: StackStatus | undefined, work: Work): void {
    this.#tokens.set(stack.id, token);
    this.newOperation(stack);
    if (status !== undefined) this.become(stack, status, 'User Initiated');
    this.#running.set(stack.id, { work, token });
  }

  newOperation({ id }: FakeStack): void {
    this.#operations.set(id, `operation-${this.newId()}`);
  }

  #end(stackId: string): void {
    this.#running.delete(stackId);
    const executed = this.changeSets.find((set) => set.stackId === stackId && set.execution === 'EXECUTE_IN_PROGRESS');
    if (executed === undefined) return;
    const complete = ['CREATE_COMPLETE', 'UPDATE_COMPLETE'].includes(this.stack(stackId).status);
    executed.execution = complete ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED';
  }

  become(stack: FakeStack, status: StackStatus, reason?: string): void {
    stack.status = status;
    this.event(stack, stack.name, status, reason, stack.id);
  }

  event(stack: FakeStack, resource: string, status: string, reason?: string, physicalId?: string): void {
    const own = physicalId === stack.id;
    const known = stack.resources[resource];
    stack.events.push({
      id: `event-${this.newId()}`,
      stackId: stack.id,
      at: this.now,
      resource,
      type: own ? 'AWS::CloudFormation::Stack' : (known?.type ?? 'AWS::Fake::Resource'),
      physicalId: physicalId ?? known?.physicalId ?? '',
      status,
      ...(reason === undefined ? {} : { reason }),
      token: this.#tokens.get(stack.id),
      operationId: this.#operations.get(stack.id) ?? '',
    });
  }

  object(url: string): string {
    const text = this.objects.get(new URL(url).pathname);
    if (text === undefined) throw new Refused('ValidationError', `S3 error: Access Denied for ${url}`);
    return text;
  }

  nest(parent: FakeStack, resource: string, template: string, parameters: Record<string, string>): FakeStack {
    const child = this.stack(this.reviewNested(parent, resource).id);
    this.#reviewed.delete(`${parent.id} ${resource}`);
    Object.assign(child, { template, parameters });
    this.#tokens.set(child.id, this.#tokens.get(parent.id));
    this.newOperation(child);
    this.become(child, 'CREATE_IN_PROGRESS');
    return child;
  }

  /** A nested stack of which there is no more than a change set. */
  reviewNested(parent: FakeStack, resource: string): FakeStack {
    const key = `${parent.id} ${resource}`;
    const known = this.#reviewed.get(key);
    if (known !== undefined) return this.stack(known);
    const child = this.add({ name: `${parent.name}-${resource}-${this.newId()}`, status: 'REVIEW_IN_PROGRESS' });
    this.#reviewed.set(key, child.id);
    return child;
  }

  /** Those of a parent go when its change set does. */
  dropReviewed(parent: FakeStack): void {
    for (const [key, id] of [...this.#reviewed]) {
      if (!key.startsWith(`${parent.id} `)) continue;
      this.become(this.stack(id), 'DELETE_COMPLETE');
      this.#reviewed.delete(key);
    }
  }

  add(given: Partial<FakeStack> & { readonly name: string; readonly status: StackStatus }): FakeStack {
    const stack: FakeStack = {
      id: this.arn('stack', given.name),
      created: this.now,
      template: '',
      parameters: {},
      tags: {},
      capabilities: [],
      alarms: [],
      terminationProtection: false,
      resources: {},
      events: [],
      ...given,
    };
    this.stacks.push(stack);
    return stack;
  }

  stack(id: string): FakeStack {
    const stack = this.find(id);
    if (stack === undefined) throw new Refused('ValidationError', `Stack [${id}] does not exist`);
    return stack;
  }

  /** By id, or by the name of one that is not deleted. */
  find(nameOrId: string): FakeStack | undefined {
    return this.stacks.find(
      ({ id, name, status }) => id === nameOrId || (name === nameOrId && status !== 'DELETE_COMPLETE'),
    );
  }
}
