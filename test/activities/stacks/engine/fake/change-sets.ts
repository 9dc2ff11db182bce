import { parametersOf, requireCapabilities, requireState, templateOf } from './change-set-request.ts';
import type { Answer, Form } from './query.ts';
import { create, update } from './operations.ts';
import { Refused, type FakeChange, type FakeChangeSet, type FakeStack } from './state.ts';
import { changesBetween, NESTED, readTemplate, resolved } from './template.ts';
import type { FakeWorld } from './world.ts';

export const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";
const INCOMPLETE = '[WARN] --include-property-values option can return incomplete ChangeSet data';

export type Effect = (operation: string, stack: string, token: string | undefined) => void;

/** @returns the answer; `effect` is told when something was changed by it */
export function createChangeSet(world: FakeWorld, form: Form, effect: Effect): Answer {
  const name = form.text('ChangeSetName') ?? '';
  const stackName = form.text('StackName') ?? '';
  const type = form.text('ChangeSetType') === 'CREATE' ? 'CREATE' : 'UPDATE';
  let stack = world.find(stackName);
  const same = stack && pending(world, stack).find((set) => set.name === name);
  if (same !== undefined) {
    if (same.request !== String(form))
      throw new Refused(
        'AlreadyExistsException',
        `ChangeSet ${name} cannot be created due to a mismatch with existing attribute ClientToken`,
      );
    return { Id: same.id, StackId: same.stackId };
  }
  requireState(stack, type, stackName);
  const template = templateOf(world, form);
  const previous = type === 'UPDATE' ? (stack?.parameters ?? {}) : {};
  const parameters = parametersOf(form, template, previous);
  requireCapabilities(form, template);
  if (stack === undefined) {
    stack = world.add({ name: stackName, status: 'REVIEW_IN_PROGRESS' });
    world.begin(stack, undefined, 'REVIEW_IN_PROGRESS', nothing());
  }
  const set = changeSetOf(world, form, stack, { name, type, template, parameters });
  world.changeSets.push(set);
  effect('CreateChangeSet', stack.name, set.token);
  return { Id: set.id, StackId: stack.id };
}

function* nothing(): Generator<undefined, void> {
  // Nothing runs while a stack is reviewed.
}

interface Wanted {
  readonly name: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly template: string;
  readonly parameters: Record<string, string>;
}

function changeSetOf(world: FakeWorld, form: Form, stack: FakeStack, wanted: Wanted): FakeChangeSet {
  return {
    ...wanted,
    id: world.arn('changeSet', wanted.name),
    stackId: stack.id,
    request: String(form),
    token: form.text('ClientToken'),
    description: form.text('Description'),
    tags: Object.fromEntries(form.list('Tags').map((tag) => [tag.text('Key') ?? '', tag.text('Value') ?? ''])),
    capabilities: form.texts('Capabilities'),
    roleArn: form.text('RoleARN'),
    alarms: form
      .inner('RollbackConfiguration')
      .list('RollbackTriggers')
      .map((trigger) => trigger.text('Arn') ?? ''),
    monitoringMinutes: minutesOf(form),
    created: world.now,
    includesNested: form.flag('IncludeNestedStacks'),
    status: 'CREATE_PENDING',
    execution: 'UNAVAILABLE',
    changes: [],
    invalid: [],
  };
}

function minutesOf(form: Form): number | undefined {
  const minutes = form.inner('RollbackConfiguration').text('MonitoringTimeInMinutes');
  return minutes === undefined ? undefined : Number(minutes);
}

/** Works out what a change set would do; at the first look it is not yet. */
export function workOut(world: FakeWorld, set: FakeChangeSet): void {
  if (set.status !== 'CREATE_PENDING') return;
  const stack = world.stack(set.stackId);
  set.changes = changesBetween(stack, set, stack.resources).map((change) => withNested(world, set, change));
  set.invalid = invalidIn(set.template);
  if (set.invalid.length > 0) fail(set, INVALID);
  else if (failedNested(world, set) !== undefined)
    fail(set, `Nested change set ${failedNested(world, set)} was not successfully created: Currently in FAILED.`);
  else if (set.changes.length === 0 && isSame(stack, set)) fail(set, NO_CHANGES);
  else {
    set.status = 'CREATE_COMPLETE';
    if (set.execution !== 'OBSOLETE') set.execution = 'AVAILABLE';
  }
}

const INVALID =
  'The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.';

function invalidIn(template: string): FakeChangeSet['invalid'] {
  return Object.entries(readTemplate(template).Resources).flatMap(([resource, { Metadata }]) =>
    Metadata?.Fake?.invalid === undefined ? [] : [{ resource, reason: Metadata.Fake.invalid }],
  );
}

/** Id of a nested change set that failed. */
function failedNested(world: FakeWorld, { changes }: FakeChangeSet): string | undefined {
  const nested = changes.map(({ nestedSet }) => world.changeSets.find(({ id }) => id === nestedSet));
  return nested.find((one) => one?.status === 'FAILED')?.id;
}

function fail(set: FakeChangeSet, reason: string): void {
  set.status = 'FAILED';
  set.reason = reason;
}

function isSame(stack: FakeStack, set: FakeChangeSet): boolean {
  const outputs = (template: string, parameters: Record<string, string>) =>
    resolved(readTemplate(template).Outputs, parameters);
  const texts = (value: object) => JSON.stringify(Object.entries(value).sort());
  return (
    outputs(stack.template, stack.parameters) === outputs(set.template, set.parameters) &&
    texts(stack.tags) === texts(set.tags) &&
    stack.roleArn === set.roleArn
  );
}

/** The row of a nested stack names the change set of its own that would be executed. */
function withNested(world: FakeWorld, set: FakeChangeSet, change: FakeChange): FakeChange {
  const url = readTemplate(set.template).Resources[change.resource]?.Properties?.['TemplateURL'];
  if (change.type !== NESTED || !set.includesNested || typeof url !== 'string') return change;
  const child = world.find(change.physicalId ?? '') ?? world.reviewNested(world.stack(set.stackId), change.resource);
  const template = world.object(url);
  const contents = { template, parameters: child.parameters };
  const invalid = invalidIn(template);
  const nested: FakeChangeSet = {
    ...set,
    ...contents,
    id: world.arn('changeSet', `${set.name}-${change.resource}`),
    stackId: child.id,
    status: 'CREATE_COMPLETE',
    changes: changesBetween(child, contents, child.resources),
    invalid,
  };
  if (invalid.length > 0) fail(nested, INVALID);
  world.changeSets.push(nested);
  return { ...change, nestedSet: nested.id };
}

export function findChangeSet(world: FakeWorld, form: Form): FakeChangeSet {
  const nameOrId = form.text('ChangeSetName') ?? '';
  const stack = form.text('StackName');
  const stackId = stack === undefined ? undefined : world.find(stack)?.id;
  const found = world.changeSets.find(
    (set) => set.id === nameOrId || (set.name === nameOrId && set.stackId === stackId && isPending(set)),
  );
  if (found === undefined) throw new Refused('ChangeSetNotFound', `ChangeSet [${nameOrId}] does not exist`);
  return found;
}

function isPending({ execution }: FakeChangeSet): boolean {
  return execution === 'UNAVAILABLE' || execution === 'AVAILABLE' || execution === 'OBSOLETE';
}

export function pending(world: FakeWorld, stack: FakeStack): FakeChangeSet[] {
  return world.changeSets.filter((set) => set.stackId === stack.id && isPending(set));
}

export function describe(
  set: FakeChangeSet,
  form: Form,
  drops: boolean,
  page: (list: readonly Answer[]) => Paged,
): Answer {
  const values = form.flag('IncludePropertyValues');
  const rows = set.changes.slice(0, values && drops ? -1 : undefined).map((change) => row(change, values));
  const { items, next } = page(rows);
  return {
    ChangeSetId: set.id,
    ChangeSetName: set.name,
    StackId: set.stackId,
    Status: set.status,
    ExecutionStatus: set.execution,
    StatusReason: values && drops ? INCOMPLETE : set.reason,
    Description: set.description,
    CreationTime: set.created,
    Changes: items,
    NextToken: next,
  };
}

export interface Paged {
  readonly items: readonly Answer[];
  readonly next: string | undefined;
}

function row(change: FakeChange, values: boolean): Answer {
  return {
    Type: 'Resource',
    ResourceChange: {
      Action: change.action,
      LogicalResourceId: change.resource,
      PhysicalResourceId: change.physicalId,
      ResourceType: change.type,
      Replacement: change.replacement,
      PolicyAction: change.policyAction,
      ChangeSetId: change.nestedSet,
      ...(values ? { BeforeContext: change.before, AfterContext: change.after } : {}),
    },
  };
}

export function execute(world: FakeWorld, form: Form, effect: Effect): Answer {
  const set = findChangeSet(world, form);
  if (set.execution !== 'AVAILABLE') {
    throw new Refused(
      'InvalidChangeSetStatus',
      `ChangeSet [${set.id}] cannot be executed in its current execution status of [${set.execution}]`,
    );
  }
  const stack = world.stack(set.stackId);
  const token = form.text('ClientRequestToken');
  set.execution = 'EXECUTE_IN_PROGRESS';
  world.changeSets = world.changeSets.filter((other) => other.stackId !== stack.id || !isPending(other));
  const before = { template: stack.template, parameters: stack.parameters, tags: stack.tags };
  world.before.set(stack.id, before);
  const { template, parameters, tags, capabilities, alarms, monitoringMinutes } = set;
  Object.assign(stack, {
    template,
    parameters,
    tags,
    capabilities,
    alarms,
    monitoringMinutes,
    changeSetId: set.id,
  });
  if (set.roleArn !== undefined) stack.roleArn = set.roleArn;
  if (set.type === 'CREATE') {
    world.begin(stack, token, 'CREATE_IN_PROGRESS', create(world, stack, form.flag('DisableRollback')));
  } else {
    stack.updated = world.now;
    world.begin(stack, token, 'UPDATE_IN_PROGRESS', update(world, stack, set.changes, before));
  }
  effect('ExecuteChangeSet', stack.name, token);
  return {};
}

export function deleteChangeSet(world: FakeWorld, form: Form, effect: Effect): Answer {
  let set: FakeChangeSet;
  try {
    set = findChangeSet(world, form);
  } catch {
    return {};
  }
  if (!isPending(set))
    throw new Refused('InvalidChangeSetStatus', `ChangeSet [${set.id}] cannot be deleted in its current status`);
  if (set.status === 'CREATE_PENDING')
    throw new Refused('InvalidChangeSetStatus', `Cannot delete ChangeSet in status ${set.status}`);
  const nested = new Set(set.changes.map(({ nestedSet }) => nestedSet));
  world.changeSets = world.changeSets.filter((other) => other !== set && !nested.has(other.id));
  world.dropReviewed(world.stack(set.stackId));
  effect('DeleteChangeSet', world.stack(set.stackId).name, undefined);
  return {};
}
