import { paginateListStackResources, type StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { cloudFormation, type AwsPlace } from '../../aws/clients.ts';
import { describeStack } from '../stacks/engine/stack.ts';
import { fails, type Finding, type Subject } from './finding.ts';

/** A stack of the playbook, in one place. */
export interface PlacedStack {
  /** Name in the playbook: `network`. */
  readonly stack: string;
  /** Name on AWS. */
  readonly stackName: string;
}

/** An environment, or what the account has once, and the stacks that make it up. */
export interface Environment extends AwsPlace {
  /** Name in the playbook, or `account`. */
  readonly name: string;
  readonly stacks: readonly PlacedStack[];
  readonly signal: AbortSignal;
}

/** An environment with what its stacks hold: whatever else there may be in the account proves nothing. */
export interface LiveEnvironment extends Environment {
  readonly resources: readonly LiveResource[];
}

export interface LiveResource {
  /** Name of its stack in the playbook. */
  readonly stack: string;
  /** ARN of the stack that lists it: that one, or one nested in it. */
  readonly stackId?: string;
  readonly logicalId: string;
  readonly physicalId: string;
  /** `AWS::S3::Bucket` */
  readonly type: string;
}

/** Looks at one aspect of an environment. */
export type Look = (environment: LiveEnvironment) => Promise<Finding[]>;

/** Reads what the stacks of an environment hold; a stack that is not there is a finding. */
export async function readLive(environment: Environment): Promise<{ live: LiveEnvironment; missing: Finding[] }> {
  const missing: Finding[] = [];
  const resources: LiveResource[] = [];
  for (const { stack, stackName } of environment.stacks) {
    const found = await describeStack(addressIn(environment, stackName));
    // Its id, so that a stack which is deleted meanwhile still answers.
    if (found === undefined || found.StackStatus === 'REVIEW_IN_PROGRESS') {
      missing.push(fails(`${environment.name}/${stack}`, 'does not exist'));
    } else {
      resources.push(...(await resourcesOf(environment, stack, found.StackId ?? stackName)));
    }
  }
  return { live: { ...environment, resources }, missing };
}

/** How the stack engine addresses a stack of an environment. */
export function addressIn({ region, role, signal }: Environment, stackName: string) {
  return { client: cloudFormation(region, role), region, stackName, signal };
}

async function resourcesOf(environment: Environment, stack: string, stackId: string): Promise<LiveResource[]> {
  const { region, role, signal } = environment;
  const found: LiveResource[] = [];
  const pages = paginateListStackResources(
    { client: cloudFormation(region, role) },
    { StackName: stackId },
    { abortSignal: signal },
  );
  for await (const { StackResourceSummaries = [] } of pages) {
    for (const resource of StackResourceSummaries.filter(isThere)) {
      const {
        LogicalResourceId: logicalId = '',
        PhysicalResourceId: physicalId = '',
        ResourceType: type = '',
      } = resource;
      found.push({ stack, stackId, logicalId, physicalId, type });
      if (type === 'AWS::CloudFormation::Stack') found.push(...(await resourcesOf(environment, stack, physicalId)));
    }
  }
  return found;
}

function isThere({ ResourceStatus: status }: StackResourceSummary): boolean {
  return status !== 'DELETE_COMPLETE' && status !== 'DELETE_SKIPPED';
}

/** Resources of some types. */
export function ofType({ resources }: LiveEnvironment, ...types: readonly string[]): LiveResource[] {
  return resources.filter(({ type }) => types.includes(type));
}

/** How findings name a resource. */
export function subjectOf({ name }: Environment, { stack, logicalId, physicalId }: LiveResource): Subject {
  return { subject: `${name}/${stack} ${logicalId}`, id: physicalId };
}

/** Whether an error of a service says that the thing is not there; each service has a name of its own for that. */
export function isGone(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
