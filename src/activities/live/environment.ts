import { paginateListStackResources, type Stack, type StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { cloudFormation, type AwsPlace } from '../../aws/clients.ts';
import { aFewAtATime } from '../../base/async.ts';
import { describeStack } from '../stacks/engine/stack.ts';
import { fails, type Finding, type Subject } from './finding.ts';
import { Unchanged } from '../stacks/engine/unchanged.ts';

/** A stack of the playbook, in one place. */
export interface PlacedStack {
  /** Name in the playbook: `network`. */
  readonly stack: string;
  /** Name on AWS. */
  readonly stackName: string;
}

/** An environment with its stacks, or the stacks that the account has once. */
export interface Environment extends AwsPlace {
  /** Name in the playbook, or `account`. */
  readonly name: string;
  readonly stacks: readonly PlacedStack[];
  readonly signal: AbortSignal;
}

/** An environment with the resources of its stacks: anything else in the account proves nothing. */
export interface LiveEnvironment extends Environment {
  readonly resources: readonly LiveResource[];
  /** Its stacks in their order, as this look has found them; `undefined` for a stack that does not exist. Absent: not described yet. */
  readonly described?: readonly (Stack | undefined)[];
}

export interface LiveResource {
  /** Name of its stack in the playbook. */
  readonly stack: string;
  /** ARN of the stack that lists it: that stack, or a stack nested in it. */
  readonly stackId?: string;
  readonly logicalId: string;
  readonly physicalId: string;
  /** `AWS::S3::Bucket` */
  readonly type: string;
}

/** Looks at one aspect of an environment. */
export type Look = (environment: LiveEnvironment) => Promise<Finding[]>;

/** Reads the resources of an environment's stacks; a stack that does not exist is a finding. */
export async function readLive(environment: Environment): Promise<{ live: LiveEnvironment; missing: Finding[] }> {
  const missing: Finding[] = [];
  const described = await describeStacks(environment);
  const resources = await aFewAtATime(environment.stacks, async ({ stack }, index) => {
    const found = described[index];
    if (found !== undefined && found.StackStatus !== 'REVIEW_IN_PROGRESS')
      return resourcesOf(environment, stack, found);
    missing.push(fails(`${environment.name}/${stack}`, 'does not exist'));
    return [];
  });
  return { live: { ...environment, resources: resources.flat(), described }, missing };
}

/** Describes the stacks of an environment, in its order, by one listing; `undefined` for a stack that does not exist. */
export async function describeStacks(
  environment: Environment & Pick<LiveEnvironment, 'described'>,
): Promise<readonly (Stack | undefined)[]> {
  if (environment.described !== undefined) return environment.described;
  return Promise.all(environment.stacks.map(({ stackName }) => describeStack(addressIn(environment, stackName))));
}

/** The address of a stack for the stack engine. */
export function addressIn({ region, role, signal }: Environment, stackName: string) {
  return { client: cloudFormation(region, role), region, stackName, signal };
}

const listed = new Unchanged<StackResourceSummary[]>();

/** The resources of a stack, and of the stacks nested in it. */
async function resourcesOf(environment: Environment, stack: string, live: Stack): Promise<LiveResource[]> {
  const found: LiveResource[] = [];
  const { StackId: stackId = '' } = live;
  for (const resource of await resourcesListed(environment, live)) {
    const {
      LogicalResourceId: logicalId = '',
      PhysicalResourceId: physicalId = '',
      ResourceType: type = '',
    } = resource;
    found.push({ stack, stackId, logicalId, physicalId, type });
    if (type !== 'AWS::CloudFormation::Stack') continue;
    // By its id, which still finds a stack that has been deleted meanwhile.
    const nested = await describeStack(addressIn(environment, physicalId));
    if (nested !== undefined) found.push(...(await resourcesOf(environment, stack, nested)));
  }
  return found;
}

function resourcesListed(environment: Environment, live: Stack): Promise<StackResourceSummary[]> {
  const address = addressIn(environment, '');
  return listed.of(address, live, async (abortSignal) => {
    const { client } = address;
    const pages = paginateListStackResources({ client }, { StackName: live.StackId }, { abortSignal });
    const found: StackResourceSummary[] = [];
    for await (const { StackResourceSummaries = [] } of pages) found.push(...StackResourceSummaries.filter(isThere));
    return found;
  });
}

function isThere({ ResourceStatus: status }: StackResourceSummary): boolean {
  return status !== 'DELETE_COMPLETE' && status !== 'DELETE_SKIPPED';
}

/** The resources of some types. */
export function ofType({ resources }: LiveEnvironment, ...types: readonly string[]): LiveResource[] {
  return resources.filter(({ type }) => types.includes(type));
}

/** The subject of findings about a resource. */
export function subjectOf({ name }: Environment, { stack, logicalId, physicalId }: LiveResource): Subject {
  return { subject: `${name}/${stack} ${logicalId}`, id: physicalId };
}

/** True when an error says that the thing does not exist; each service has its own names for that error. */
export function isGone(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
