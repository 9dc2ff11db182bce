import {
  GetStackPolicyCommand,
  SetStackPolicyCommand,
  UpdateTerminationProtectionCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import canonicalize from 'canonicalize';
import type { StackDeployment } from './deployment.ts';

/** Sets termination protection and the stack policy as the playbook wants them, where they differ. */
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
