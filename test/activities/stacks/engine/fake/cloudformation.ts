import type { StackStatus } from '@aws-sdk/client-cloudformation';
import {
  createChangeSet,
  deleteChangeSet,
  describe as describeChangeSet,
  execute,
  findChangeSet,
  pending,
  workOut,
  type Effect,
  type Paged,
} from './change-sets.ts';
import { update } from './operations.ts';
import type { Answer, Form } from './query.ts';
import { Refused, type FakeChangeSet, type FakeEvent, type FakeStack, type Mutation } from './state.ts';
import {
  cancelUpdate,
  continueRollback,
  deleteStack,
  describeEvent,
  describeOperationEvent,
  describeStack,
  rollBack,
  setPolicy,
  setProtection,
} from './stacks.ts';
import { changesBetween } from './template.ts';
import { FakeWorld } from './world.ts';

type Operation = (form: Form) => Answer;

/** CloudFormation as README.md beside this file says it is. */
export class FakeCloudFormation {
  readonly world = new FakeWorld();
  readonly requests: Record<string, number> = {};
  /** Entries on a page. */
  pageSize = 5;
  /** Whether DescribeChangeSet with property values leaves the last row out. */
  dropsRows = false;
  /** How often a change set is looked at before it is worked out. */
  pendingLooks = 1;
  #staleReads = 0;
  #staleOperation: string | undefined;
  #goes = false;
  #past: readonly FakeStack[] = [];
  readonly #looks = new Map<string, number>();

  get mutations(): readonly Mutation[] {
    return this.world.mutations;
  }

  /** Effects as `Operation stack`, in order. */
  get effects(): string[] {
    return this.mutations.map(({ operation }) => operation);
  }

  hold(): void {
    this.world.held = true;
  }

  go(): void {
    this.world.held = false;
  }

  /** As `go`, once something else has been asked for. */
  goAfterNextEffect(): void {
    this.#goes = true;
  }

  mend(): void {
    this.world.mended = true;
  }

  stale(reads: number, operation?: string): void {
    this.#staleReads = reads;
    this.#staleOperation = operation;
  }

  put(given: Partial<FakeStack> & { readonly name: string; readonly status: StackStatus }): FakeStack {
    const stack = this.world.add(given);
    this.world.begin(stack, undefined, given.status, nothing());
    return stack;
  }

  /** Somebody else updates a stack. */
  meddle(name: string, template: string): void {
    const stack = this.world.stack(name);
    const before = { template: stack.template, parameters: stack.parameters, tags: stack.tags };
    const after = { template, parameters: stack.parameters };
    const changes = changesBetween(stack, after, stack.resources);
    for (const set of pending(this.world, stack)) set.execution = 'OBSOLETE';
    this.world.before.set(stack.id, before);
    Object.assign(stack, { template, updated: this.world.now });
    this.world.begin(stack, 'somebody-else', 'UPDATE_IN_PROGRESS', update(this.world, stack, changes, before));
  }

  /** @throws Refused */
  answer(operation: string, form: Form): Answer {
    const carryOut = this.#operations[operation];
    if (carryOut === undefined) throw new Refused('InvalidAction', `The fake does not know ${operation}`);
    this.requests[operation] = (this.requests[operation] ?? 0) + 1;
    this.world.pass();
    if (/^(Describe|List|Get)/.test(operation)) this.world.step();
    else this.#past = structuredClone(this.world.stacks);
    return carryOut(form);
  }

  readonly #effect: Effect = (operation, stack, token) => {
    this.world.mutations.push({ operation, stack, token });
    if (this.#goes) this.go();
  };

  readonly #operations: { readonly [operation: string]: Operation } = {
    DescribeStacks: (form) => this.#describeStacks(form),
    DescribeStackEvents: (form) => {
      const { items, next } = this.#page([...this.#stack(form).events].reverse().map(describeEvent), form);
      return { StackEvents: items, NextToken: next };
    },
    DescribeEvents: (form) => this.#describeEvents(form),
    CreateChangeSet: (form) => createChangeSet(this.world, form, this.#effect),
    DescribeChangeSet: (form) => {
      const set = findChangeSet(this.world, form);
      const looks = this.#looks.get(set.id) ?? 0;
      if (looks >= this.pendingLooks) workOut(this.world, set);
      this.#looks.set(set.id, looks + 1);
      return describeChangeSet(set, form, this.dropsRows, (rows) => this.#page(rows, form));
    },
    ExecuteChangeSet: (form) => execute(this.world, form, this.#effect),
    DeleteChangeSet: (form) => deleteChangeSet(this.world, form, this.#effect),
    ListChangeSets: (form) => {
      const sets = pending(this.world, this.world.stack(form.text('StackName') ?? ''));
      const { items, next } = this.#page(sets.map(summary), form);
      return { Summaries: items, NextToken: next };
    },
    DeleteStack: (form) => deleteStack(this.world, form, this.#effect),
    CancelUpdateStack: (form) => cancelUpdate(this.world, form, this.#effect),
    RollbackStack: (form) => rollBack(this.world, form, this.#effect),
    ContinueUpdateRollback: (form) => continueRollback(this.world, form, this.#effect),
    SetStackPolicy: (form) => setPolicy(this.world, form, this.#effect),
    GetStackPolicy: (form) => ({ StackPolicyBody: this.world.stack(form.text('StackName') ?? '').policy }),
    UpdateTerminationProtection: (form) => setProtection(this.world, form, this.#effect),
    GetTemplate: (form) => {
      const isOfSet = form.text('ChangeSetName') !== undefined;
      const { template } = isOfSet ? findChangeSet(this.world, form) : this.#stack(form);
      return { TemplateBody: template.replace(/[^\0-\x7f]/gu, '?') };
    },
  };

  /** What an operation answers from, which may be out of date. */
  #visible(operation: string): readonly FakeStack[] {
    const isOther = this.#staleOperation !== undefined && this.#staleOperation !== operation;
    if (this.#staleReads === 0 || isOther) return this.world.stacks;
    this.#staleReads -= 1;
    return this.#past;
  }

  #describeStacks(form: Form): Answer {
    const stacks = this.#visible('DescribeStacks');
    const name = form.text('StackName');
    if (name === undefined) {
      const all = stacks.filter(({ status }) => status !== 'DELETE_COMPLETE').map(describeStack);
      const { items, next } = this.#page(all, form);
      return { Stacks: items, NextToken: next };
    }
    const found = stacks.find((one) => one.id === name || (one.name === name && one.status !== 'DELETE_COMPLETE'));
    if (found === undefined) throw new Refused('ValidationError', `Stack with id ${name} does not exist`);
    return { Stacks: [describeStack(found)] };
  }

  #stack(form: Form): FakeStack {
    const name = form.text('StackName') ?? '';
    const found = this.#visible('DescribeStackEvents').find(({ id, name: own }) => id === name || own === name);
    if (found === undefined) throw new Refused('ValidationError', `Stack [${name}] does not exist`);
    return found;
  }

  #describeEvents(form: Form): Answer {
    const failedOnly = form.inner('Filters').flag('FailedEvents');
    const ofSet = form.text('ChangeSetName');
    if (ofSet !== undefined) {
      const set = findChangeSet(this.world, form);
      return { OperationEvents: set.invalid.map((one) => validationError(set, one)) };
    }
    const operation = form.text('OperationId');
    const events = this.#stack(form).events.filter(
      (event: FakeEvent) =>
        (!failedOnly || event.status.endsWith('_FAILED')) &&
        (operation === undefined || event.operationId === operation),
    );
    const { items, next } = this.#page(events.reverse().map(describeOperationEvent), form);
    return { OperationEvents: items, NextToken: next };
  }

  #page(list: readonly Answer[], form: Form): Paged {
    const from = Number(form.text('NextToken') ?? 0);
    const end = from + this.pageSize;
    return { items: list.slice(from, end), next: end < list.length ? String(end) : undefined };
  }
}

function* nothing(): Generator<undefined, void> {
  // A stack that was put there is at rest, whatever its status says.
}

function summary(set: FakeChangeSet): Answer {
  const { id, name, status, execution, description } = set;
  return {
    ChangeSetId: id,
    ChangeSetName: name,
    Status: status,
    ExecutionStatus: execution,
    Description: description,
  };
}

function validationError(set: FakeChangeSet, { resource, reason }: FakeChangeSet['invalid'][number]): Answer {
  return {
    EventId: `validation-${resource}`,
    StackId: set.stackId,
    EventType: 'VALIDATION_ERROR',
    LogicalResourceId: resource,
    ValidationName: 'PROPERTY_VALIDATION',
    ValidationPath: `/Resources/${resource}/Properties`,
    ValidationStatusReason: reason,
    ValidationFailureMode: 'FAIL',
  };
}
