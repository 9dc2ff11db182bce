import {
  GetStackPolicyCommand,
  GetTemplateCommand,
  SetStackPolicyCommand,
  type Stack,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import canonicalize from 'canonicalize';
import { sha256 } from '../../../base/digest.ts';
import type { Template } from '../template.ts';
import type { RollbackAlarms, StackDeployment } from './deployment.ts';
import { StackState } from './status.ts';

/**
 * True when a stack already has the wanted template, parameters and settings, so that no change set is needed. The function compares the
 * state on AWS. It uses no record of the last deployment, because another deployment may have changed the stack since. Such a record in
 * the stack's tags would be copied to every resource, and each deployment would change all of them.
 *
 * False when the comparison is not possible: hidden values, values in Systems Manager, macros, nested stacks, or an operation that was
 * rolled back. Then a change set is needed.
 */
export async function isAsWanted(deployment: StackDeployment, template: Template, stack: Stack): Promise<boolean> {
  if (!StackState.of(stack.StackStatus).isComplete || template.dependsOnMore || isHidden(deployment, template))
    return false;
  if (!hasSameParameters(deployment, template, stack) || !hasSameSettings(deployment, stack)) return false;
  const { client, signal, template: file } = deployment;
  const command = new GetTemplateCommand({ StackName: stack.StackId, TemplateStage: 'Original' });
  const { TemplateBody } = await client.send(command, { abortSignal: signal });
  return TemplateBody !== undefined && sha256(TemplateBody) === file.digest;
}

/** True when AWS hides the value of a parameter that may have to change. A parameter that is kept does not change. */
function isHidden({ parameters, settings = {} }: StackDeployment, template: Template): boolean {
  const kept = settings.keepParameters ?? [];
  return template.secret.some((name) => Object.hasOwn(parameters, name) || !kept.includes(name));
}

function hasSameParameters({ parameters, settings = {} }: StackDeployment, template: Template, stack: Stack): boolean {
  const there = new Map(stack.Parameters?.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]));
  const kept = settings.keepParameters ?? [];
  return (
    there.size === template.parameters.length &&
    template.parameters.every((name) => {
      const wanted = parameters[name] ?? (kept.includes(name) ? there.get(name) : template.defaults[name]);
      return wanted !== undefined && wanted === there.get(name);
    })
  );
}

function hasSameSettings({ tags, settings = {} }: StackDeployment, stack: Stack): boolean {
  const there = new Map(stack.Tags?.map(({ Key, Value }) => [Key, Value]));
  return (
    there.size === Object.keys(tags).length &&
    Object.entries(tags).every(([name, value]) => there.get(name) === value) &&
    (settings.serviceRole === undefined || settings.serviceRole === stack.RoleARN) &&
    hasSameAlarms(settings.rollbackAlarms, stack)
  );
}

function hasSameAlarms(wanted: RollbackAlarms | undefined, { RollbackConfiguration = {} }: Stack): boolean {
  if (wanted === undefined) return true;
  const { RollbackTriggers = [], MonitoringTimeInMinutes = 0 } = RollbackConfiguration;
  const there = RollbackTriggers.map(({ Arn }) => Arn);
  return (
    wanted.minutes === MonitoringTimeInMinutes &&
    JSON.stringify([...wanted.arns].sort()) === JSON.stringify(there.sort())
  );
}

/** Sets termination protection and the stack policy of the playbook, if they differ. */
export async function protectStack(deployment: StackDeployment, stack: Stack): Promise<void> {
  const { client, signal, settings = {} } = deployment;
  const { terminationProtection, stackPolicy } = settings;
  const StackName = stack.StackId ?? deployment.stackName;
  if (terminationProtection !== undefined && terminationProtection !== (stack.EnableTerminationProtection ?? false)) {
    const command = new UpdateTerminationProtectionCommand({
      StackName,
      EnableTerminationProtection: terminationProtection,
    });
    await client.send(command, { abortSignal: signal });
  }
  if (stackPolicy === undefined) return;
  const { StackPolicyBody = '' } = await client.send(new GetStackPolicyCommand({ StackName }), { abortSignal: signal });
  const wanted = canonicalize(stackPolicy) ?? '';
  if (isSameJson(StackPolicyBody, wanted)) return;
  await client.send(new SetStackPolicyCommand({ StackName, StackPolicyBody: wanted }), { abortSignal: signal });
}

function isSameJson(text: string, canonical: string): boolean {
  try {
    return canonicalize(JSON.parse(text)) === canonical;
  } catch {
    return false;
  }
}
