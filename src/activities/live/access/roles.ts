import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  NoSuchEntityException,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  type Role,
} from '@aws-sdk/client-iam';
import { sharedClient } from '../../../aws/clients.ts';
import { mayBe, type PlannedAccess, type PlannedPolicy } from './planned.ts';
import { fails, holds, type Finding } from '../finding.ts';
import { subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';
import { isAdministrator, isEverybody, statementsOf } from '../policy.ts';

/** Policies of AWS with which somebody can do, or come to do, everything. */
const administrators = [':policy/AdministratorAccess', ':policy/IAMFullAccess'];

/** Compares a live role with its template: who may assume it, and every policy in it or attached to it. */
export async function judgeRole(
  environment: LiveEnvironment,
  resource: LiveResource,
  planned: PlannedAccess,
): Promise<Finding[]> {
  const subject = subjectOf(environment, resource);
  const role = await readRole(environment, resource.physicalId);
  if (role === undefined) return [fails(subject, 'does not exist')];
  const properties = planned.propertiesOf(resource);
  const plannedInline = planned.inlineOf(resource);
  const inline = await inlinePolicies(environment, resource.physicalId);
  const attached = await attachedPolicies(environment, resource.physicalId);
  const faults = [
    ...trustFaults(role, properties['AssumeRolePolicyDocument']),
    ...boundaryFaults(role, properties['PermissionsBoundary']),
    ...inline.flatMap((policy) => inlineFaults(policy, plannedInline)),
    ...plannedInline
      .filter(({ name, isCertain }) => isCertain && !inline.some((policy) => mayBe(name, policy.name)))
      .map(({ name }) => `lacks policy ${JSON.stringify(name)}`),
    ...attachedFaults(attached, planned.attachedTo(resource)),
  ];
  if (faults.length > 0) return faults.map((fault) => fails(subject, fault));
  return [holds(subject, `is as in its template, with ${String(inline.length + attached.length)} policies`)];
}

interface InlinePolicy {
  readonly name: string;
  /** JSON. */
  readonly text: string;
}

function trustFaults({ AssumeRolePolicyDocument: encoded = '' }: Role, planned: unknown): string[] {
  const text = decodeURIComponent(encoded);
  const everybody = (statementsOf(text) ?? []).some(
    ({ Effect, Principal, Condition }) => Effect === 'Allow' && isEverybody(Principal) && Condition === undefined,
  );
  return [
    ...(mayBe(planned, parsed(text)) ? [] : ['is assumed by others than its template says']),
    ...(everybody ? ['can be assumed by everybody'] : []),
  ];
}

function boundaryFaults({ PermissionsBoundary: boundary }: Role, planned: unknown): string[] {
  const arn = boundary?.PermissionsBoundaryArn;
  if (planned === undefined) return arn === undefined ? [] : ['has a boundary that is not in its template'];
  if (arn === undefined) return ['lacks its boundary'];
  return mayBe(planned, arn) ? [] : ['has another boundary than its template says'];
}

function inlineFaults({ name, text }: InlinePolicy, planned: readonly PlannedPolicy[]): string[] {
  const sameName = planned.filter((policy) => mayBe(policy.name, name));
  const isPlanned = sameName.some(({ document }) => mayBe(document, parsed(text)));
  const changed =
    sameName.length === 0 ? `has policy ${name}, which no template gives it` : `has policy ${name} changed`;
  return [
    ...(isPlanned ? [] : [changed]),
    ...((statementsOf(text) ?? []).some(isAdministrator) ? [`is administrator of everything by ${name}`] : []),
  ];
}

function attachedFaults(live: readonly string[], planned: readonly unknown[]): string[] {
  const written = planned.filter(isWritten);
  const strange = live.filter((arn) => !written.some((one) => mayBe(one, arn)));
  const lacking = written.filter((one) => !live.some((arn) => mayBe(one, arn)));
  // What comes from a stack of somebody else is one policy each, and may be any.
  const isCovered = strange.length <= planned.length - written.length;
  return [
    ...(isCovered ? [] : strange.map((arn) => `has ${arn} attached, which no template gives it`)),
    ...lacking.map((one) => `lacks ${typeof one === 'string' ? one : JSON.stringify(one)}`),
    ...live.filter((arn) => administrators.some((end) => arn.endsWith(end))).map((arn) => `is administrator by ${arn}`),
  ];
}

/** An ARN that the template writes out, or that is known, in contrast to a reference to somewhere else. */
function isWritten(arn: unknown): boolean {
  return typeof arn === 'string' || (typeof arn === 'object' && arn !== null && 'Fn::Sub' in arn);
}

async function readRole(place: LiveEnvironment, RoleName: string): Promise<Role | undefined> {
  try {
    const client = sharedClient(IAMClient, place);
    return (await client.send(new GetRoleCommand({ RoleName }), { abortSignal: place.signal })).Role;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}

async function inlinePolicies(place: LiveEnvironment, RoleName: string): Promise<InlinePolicy[]> {
  const client = sharedClient(IAMClient, place);
  const found: InlinePolicy[] = [];
  for await (const { PolicyNames = [] } of paginateListRolePolicies(
    { client },
    { RoleName },
    { abortSignal: place.signal },
  )) {
    for (const name of PolicyNames) {
      const command = new GetRolePolicyCommand({ RoleName, PolicyName: name });
      const { PolicyDocument = '' } = await client.send(command, { abortSignal: place.signal });
      found.push({ name, text: decodeURIComponent(PolicyDocument) });
    }
  }
  return found;
}

async function attachedPolicies(place: LiveEnvironment, RoleName: string): Promise<string[]> {
  const client = sharedClient(IAMClient, place);
  const found: string[] = [];
  const pages = paginateListAttachedRolePolicies({ client }, { RoleName }, { abortSignal: place.signal });
  for await (const { AttachedPolicies = [] } of pages) {
    found.push(...AttachedPolicies.map(({ PolicyArn = '' }) => PolicyArn));
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
