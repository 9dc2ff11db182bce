import type { StackStatus } from '@aws-sdk/client-cloudformation';
import type { Effect } from './change-sets.ts';
import { goBack, remove, rollBackCreation, type Work } from './operations.ts';
import type { Answer, Form } from './query.ts';
import { Refused, type FakeEvent, type FakeStack } from './state.ts';
import { readTemplate, resolved } from './template.ts';
import type { FakeWorld } from './world.ts';

export function describeStack(stack: FakeStack): Answer {
  const { Parameters = {}, Outputs = {} } = readTemplate(stack.template);
  return {
    StackId: stack.id,
    StackName: stack.name,
    StackStatus: stack.status,
    CreationTime: stack.created,
    LastUpdatedTime: stack.updated,
    ChangeSetId: stack.changeSetId,
    RoleARN: stack.roleArn,
    EnableTerminationProtection: stack.terminationProtection,
    Capabilities: stack.capabilities,
    RollbackConfiguration: {
      RollbackTriggers: stack.alarms.map((Arn) => ({ Arn, Type: 'AWS::CloudWatch::Alarm' })),
      MonitoringTimeInMinutes: stack.monitoringMinutes,
    },
    Parameters: Object.entries(stack.parameters).map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: Parameters[ParameterKey]?.NoEcho === true ? '****' : value,
    })),
    Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
    Outputs: Object.entries(Outputs).map(([OutputKey, { Value }]) => ({
      OutputKey,
      OutputValue: String(JSON.parse(resolved(Value, stack.parameters))),
    })),
  };
}

export function describeEvent(event: FakeEvent): Answer {
  return {
    EventId: event.id,
    StackId: event.stackId,
    StackName: event.stackId.split('/')[1],
    LogicalResourceId: event.resource,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ClientRequestToken: event.token,
    OperationId: event.operationId,
    Timestamp: event.at,
  };
}

/** As DescribeEvents lists them. */
export function describeOperationEvent(event: FakeEvent): Answer {
  const { StackName: _, ...fields } = describeEvent(event);
  return {
    ...fields,
    EventType: 'STACK_EVENT',
    OperationStatus: event.status.endsWith('_FAILED') ? 'FAILED' : undefined,
  };
}

export function deleteStack(world: FakeWorld, form: Form, effect: Effect): Answer {
  const stack = world.find(form.text('StackName') ?? '');
  if (stack === undefined || stack.status === 'DELETE_IN_PROGRESS' || stack.status === 'DELETE_COMPLETE') return {};
  if (stack.terminationProtection) {
    throw new Refused(
      'ValidationError',
      `Stack [${stack.id}] cannot be deleted while TerminationProtection is enabled`,
    );
  }
  world.changeSets = world.changeSets.filter(({ stackId }) => stackId !== stack.id);
  return begun(world, form, effect, 'DeleteStack', stack, 'DELETE_IN_PROGRESS', remove(world, stack));
}

export function cancelUpdate(world: FakeWorld, form: Form, effect: Effect): Answer {
  const stack = inState(world, form, 'CancelUpdateStack', ['UPDATE_IN_PROGRESS']);
  return begun(
    world,
    form,
    effect,
    'CancelUpdateStack',
    stack,
    undefined,
    goBack(world, stack, beforeOf(world, stack)),
  );
}

export function rollBack(world: FakeWorld, form: Form, effect: Effect): Answer {
  const stack = inState(world, form, 'RollbackStack', ['UPDATE_FAILED', 'CREATE_FAILED']);
  const created = stack.status === 'CREATE_FAILED';
  const work = created ? rollBackCreation(world, stack) : goBack(world, stack, beforeOf(world, stack));
  return begun(world, form, effect, 'RollbackStack', stack, undefined, work);
}

export function continueRollback(world: FakeWorld, form: Form, effect: Effect): Answer {
  const stack = inState(world, form, 'ContinueUpdateRollback', ['UPDATE_ROLLBACK_FAILED']);
  const work = goBack(world, stack, beforeOf(world, stack));
  return begun(world, form, effect, 'ContinueUpdateRollback', stack, undefined, work);
}

function beforeOf(world: FakeWorld, stack: FakeStack) {
  return world.before.get(stack.id) ?? { template: stack.template, parameters: stack.parameters, tags: stack.tags };
}

function inState(world: FakeWorld, form: Form, operation: string, states: readonly StackStatus[]): FakeStack {
  const stack = world.stack(form.text('StackName') ?? '');
  if (states.includes(stack.status)) return stack;
  throw new Refused('ValidationError', `${operation} cannot be called from current stack status: ${stack.status}`);
}

function begun(
  world: FakeWorld,
  form: Form,
  effect: Effect,
  operation: string,
  stack: FakeStack,
  status: StackStatus | undefined,
  work: Work,
): Answer {
  const token = form.text('ClientRequestToken');
  world.begin(stack, token, status, work);
  // What rolls back shows at once; its status is the first step of the work.
  if (status === undefined) work.next();
  effect(operation, stack.name, token);
  return {};
}

export function setPolicy(world: FakeWorld, form: Form, effect: Effect): Answer {
  const stack = world.stack(form.text('StackName') ?? '');
  const policy = form.text('StackPolicyBody');
  if (policy !== undefined) stack.policy = policy;
  effect('SetStackPolicy', stack.name, undefined);
  return {};
}

export function setProtection(world: FakeWorld, form: Form, effect: Effect): Answer {
  const stack = world.stack(form.text('StackName') ?? '');
  stack.terminationProtection = form.flag('EnableTerminationProtection');
  effect('UpdateTerminationProtection', stack.name, undefined);
  return { StackId: stack.id };
}
