import type { StackStatus } from '@aws-sdk/client-cloudformation';
import type { FakeChange, FakeStack } from './state.ts';
import { behaviour, NESTED, readTemplate, resolved } from './template.ts';

/** What an operation may do to the fake's world. */
export interface World {
  event(stack: FakeStack, resource: string, status: string, reason?: string, physicalId?: string): void;
  /** Sets a stack's status, with the event that tells it. */
  become(stack: FakeStack, status: StackStatus, reason?: string): void;
  /** A rollback is an operation of its own under the token of the one that it undoes. */
  newOperation(stack: FakeStack): void;
  newId(): string;
  /** Whether what made rollbacks and deletions fail has been mended. */
  readonly mended: boolean;
  object(url: string): string;
  /** A nested stack, in place and without resources yet. */
  nest(parent: FakeStack, resource: string, template: string, parameters: Record<string, string>): FakeStack;
  stack(id: string): FakeStack;
}

export type Work = Generator<undefined, void>;

/** The creation of a stack's resources. Answers whether all were created. */
export function* create(world: World, stack: FakeStack, disableRollback: boolean): Work {
  const made = yield* createAll(world, stack);
  if (made.failed === undefined) {
    world.become(stack, 'CREATE_COMPLETE');
    return;
  }
  const reason = `The following resource(s) failed to create: [${made.failed}].`;
  if (disableRollback) world.become(stack, 'CREATE_FAILED', reason);
  else yield* rollBackCreation(world, stack, reason);
}

export function* rollBackCreation(world: World, stack: FakeStack, reason?: string): Work {
  world.newOperation(stack);
  world.become(stack, 'ROLLBACK_IN_PROGRESS', reason);
  yield;
  const failed = yield* deleteAll(world, stack, 'rollback');
  world.become(stack, failed ? 'ROLLBACK_FAILED' : 'ROLLBACK_COMPLETE');
}

function* createAll(world: World, stack: FakeStack): Generator<undefined, { failed?: string }> {
  const { Resources } = readTemplate(stack.template);
  for (const resource of Object.keys(Resources)) {
    const failed = yield* createOne(world, stack, resource);
    if (failed) return { failed: resource };
  }
  return {};
}

function* createOne(world: World, stack: FakeStack, resource: string): Generator<undefined, boolean> {
  const definition = readTemplate(stack.template).Resources[resource];
  if (definition === undefined) return false;
  const { Type: type, Properties = {} } = definition;
  world.event(stack, resource, 'CREATE_IN_PROGRESS', undefined, '');
  let failure = behaviour(stack.template, resource).create;
  if (type === NESTED) {
    const url = String(Properties['TemplateURL']);
    const given = JSON.parse(resolved(Properties['Parameters'], stack.parameters)) as Record<string, string>;
    const child = world.nest(stack, resource, world.object(url), given);
    stack.resources[resource] = { type, physicalId: child.id };
    world.event(stack, resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated', child.id);
    yield;
    yield* create(world, child, false);
    if (child.status !== 'CREATE_COMPLETE') failure = `Embedded stack ${child.id} was not successfully created`;
  } else {
    stack.resources[resource] = { type, physicalId: `${stack.name}-${resource}-${world.newId()}` };
    world.event(stack, resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated');
    yield;
  }
  world.event(stack, resource, failure === undefined ? 'CREATE_COMPLETE' : 'CREATE_FAILED', failure);
  return failure !== undefined;
}

/** @returns whether a resource could not be deleted */
function* deleteAll(
  world: World,
  stack: FakeStack,
  fault: 'rollback' | 'delete',
  only: readonly string[] = Object.keys(stack.resources).reverse(),
  template = stack.template,
): Generator<undefined, boolean> {
  let failed = false;
  for (const resource of only) {
    const known = stack.resources[resource];
    if (known === undefined) continue;
    world.event(stack, resource, 'DELETE_IN_PROGRESS');
    yield;
    const reason = world.mended ? undefined : behaviour(template, resource)[fault];
    if (reason === undefined) {
      if (known.type === NESTED) world.become(world.stack(known.physicalId), 'DELETE_COMPLETE');
      world.event(stack, resource, 'DELETE_COMPLETE');
      Reflect.deleteProperty(stack.resources, resource);
    } else {
      failed = true;
      world.event(stack, resource, 'DELETE_FAILED', reason);
    }
  }
  return failed;
}

export interface Before {
  readonly template: string;
  readonly parameters: Record<string, string>;
  readonly tags: Record<string, string>;
}

/** An update of what has been begun: the stack holds the new template already. */
export function* update(world: World, stack: FakeStack, changes: readonly FakeChange[], before: Before): Work {
  const done: FakeChange[] = [];
  for (const change of changes) {
    if (change.action === 'Remove') continue;
    const isNew = stack.resources[change.resource] === undefined;
    const failed = isNew
      ? yield* createOne(world, stack, change.resource)
      : yield* updateOne(world, stack, change.resource);
    done.push(change);
    if (!failed) continue;
    const verb = isNew ? 'create' : 'update';
    const reason = `The following resource(s) failed to ${verb}: [${change.resource}].`;
    yield* rollBackUpdate(world, stack, done, before, reason);
    return;
  }
  world.become(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  yield;
  const removed = changes.filter(({ action, policyAction }) => action === 'Remove' && policyAction !== 'Retain');
  yield* deleteAll(
    world,
    stack,
    'delete',
    removed.map(({ resource }) => resource),
    before.template,
  );
  world.become(stack, 'UPDATE_COMPLETE');
}

function* updateOne(world: World, stack: FakeStack, resource: string): Generator<undefined, boolean> {
  world.event(stack, resource, 'UPDATE_IN_PROGRESS');
  yield;
  const reason = behaviour(stack.template, resource).update;
  world.event(stack, resource, reason === undefined ? 'UPDATE_COMPLETE' : 'UPDATE_FAILED', reason);
  return reason !== undefined;
}

export function* rollBackUpdate(
  world: World,
  stack: FakeStack,
  done: readonly FakeChange[],
  before: Before,
  reason?: string,
): Work {
  world.newOperation(stack);
  world.become(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
  yield;
  for (const { resource } of done) {
    const failure = world.mended ? undefined : behaviour(stack.template, resource).rollback;
    world.event(stack, resource, 'UPDATE_IN_PROGRESS');
    yield;
    world.event(stack, resource, failure === undefined ? 'UPDATE_COMPLETE' : 'UPDATE_FAILED', failure);
    if (failure === undefined) continue;
    world.become(stack, 'UPDATE_ROLLBACK_FAILED', `The following resource(s) failed to update: [${resource}].`);
    return;
  }
  world.become(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  const added = Object.keys(stack.resources).filter(
    (resource) => !Object.hasOwn(readTemplate(before.template).Resources, resource),
  );
  yield* deleteAll(world, stack, 'delete', added);
  Object.assign(stack, before);
  world.become(stack, 'UPDATE_ROLLBACK_COMPLETE');
}

/** What is left of an update that could not be undone, or was stopped half-way. */
export function* goBack(world: World, stack: FakeStack, before: Before): Work {
  world.become(stack, 'UPDATE_ROLLBACK_IN_PROGRESS');
  yield;
  const failing = Object.keys(readTemplate(stack.template).Resources).find(
    (resource) => behaviour(stack.template, resource).rollback !== undefined,
  );
  if (failing !== undefined && !world.mended) {
    world.event(stack, failing, 'UPDATE_FAILED', behaviour(stack.template, failing).rollback);
    world.become(stack, 'UPDATE_ROLLBACK_FAILED', `The following resource(s) failed to update: [${failing}].`);
    return;
  }
  Object.assign(stack, before);
  world.become(stack, 'UPDATE_ROLLBACK_COMPLETE');
}

export function* remove(world: World, stack: FakeStack): Work {
  yield;
  const failed = yield* deleteAll(world, stack, 'delete');
  world.become(stack, failed ? 'DELETE_FAILED' : 'DELETE_COMPLETE');
}
