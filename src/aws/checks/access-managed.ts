import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam';
import { sharedClient } from '../clients.ts';
import type { PlannedAccess } from './access-planned.ts';
import { aFewAtATime } from './at-a-time.ts';
import { fails, holds, type Finding } from './finding.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource } from './live.ts';
import { mayBe } from './pattern.ts';
import { isAdministrator, statementsOf } from './policy.ts';

/** Compares the managed policies of an environment with their templates, in the version that is in force. */
export async function lookAtManagedPolicies(environment: LiveEnvironment, planned: PlannedAccess): Promise<Finding[]> {
  return aFewAtATime(ofType(environment, 'AWS::IAM::ManagedPolicy'), async (resource) => {
    const subject = subjectOf(environment, resource);
    const found = await readPolicy(environment, resource);
    if (found === undefined) return fails(subject, 'does not exist');
    const { text, isGranted } = found;
    if (!mayBe(planned.propertiesOf(resource)['PolicyDocument'], JSON.parse(text)))
      return fails(subject, 'is not as in its template');
    // What is only the boundary of roles grants nothing by itself.
    const isTooWide = isGranted && (statementsOf(text) ?? []).some(isAdministrator);
    return isTooWide ? fails(subject, 'makes administrators of everything') : holds(subject, 'is as in its template');
  });
}

async function readPolicy(
  place: LiveEnvironment,
  { physicalId: arn }: LiveResource,
): Promise<{ readonly text: string; readonly isGranted: boolean } | undefined> {
  const client = sharedClient(IAMClient, place);
  const options = { abortSignal: place.signal };
  try {
    const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn: arn }), options);
    const version = new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: Policy?.DefaultVersionId });
    const { PolicyVersion } = await client.send(version, options);
    const text = decodeURIComponent(PolicyVersion?.Document ?? '');
    return { text, isGranted: (Policy?.AttachmentCount ?? 0) > 0 };
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}
