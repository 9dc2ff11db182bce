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
    const text = await documentOf(environment, resource);
    if (text === undefined) return fails(subject, 'does not exist');
    const { properties = {} } = planned.resource(resource.stack, resource.logicalId) ?? {};
    if (!mayBe(properties['PolicyDocument'], JSON.parse(text))) return fails(subject, 'is not as in its template');
    const isTooWide = (statementsOf(text) ?? []).some(isAdministrator);
    return isTooWide ? fails(subject, 'makes administrators of everything') : holds(subject, 'is as in its template');
  });
}

async function documentOf(place: LiveEnvironment, { physicalId: arn }: LiveResource): Promise<string | undefined> {
  const client = sharedClient(IAMClient, place);
  const options = { abortSignal: place.signal };
  try {
    const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn: arn }), options);
    const version = new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: Policy?.DefaultVersionId });
    const { PolicyVersion } = await client.send(version, options);
    return decodeURIComponent(PolicyVersion?.Document ?? '');
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}
