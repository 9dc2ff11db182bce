import type { Json } from '../../plan/model.ts';
import { ofType, type LiveEnvironment, type LiveResource } from './live.ts';
import { mayBe } from './pattern.ts';
import { planOf, plannedResources, type PlannedResource } from './planned.ts';

/** A policy as a template has it. */
export interface PlannedPolicy {
  readonly name: unknown;
  readonly document: unknown;
  /** Whether it is certain that the role has it; otherwise the template refers to a role in a way that only AWS can follow. */
  readonly isCertain: boolean;
}

/** What the templates of an environment, as they were deployed, say of roles and policies. */
export interface PlannedAccess {
  /** Properties of a role or policy; none where no template has it. */
  propertiesOf(resource: LiveResource): PlannedResource['properties'];
  /** Policies that are put into a role: those that it states itself, and those that stand beside it. */
  inlineOf(role: LiveResource): PlannedPolicy[];
  /** ARNs of what is attached to a role, or what templates say in their place. */
  attachedTo(role: LiveResource): Json[];
}

/** Reads the templates of an environment back from CloudFormation. */
export async function plannedAccess(environment: LiveEnvironment): Promise<PlannedAccess> {
  const planned = await plannedResources(
    environment,
    'AWS::IAM::Role',
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::Policy',
    'AWS::IAM::RolePolicy',
  );
  const propertiesOf = (resource: LiveResource) => planOf(planned, resource)?.properties ?? {};
  const beside = planned.filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::RolePolicy');
  return {
    propertiesOf,
    inlineOf: (role) => [
      ...ownPolicies(propertiesOf(role)['Policies']),
      ...beside.flatMap(({ properties }) => {
        const roles = listOf(properties['Roles'] ?? properties['RoleName']);
        const isCertain = roles.includes(role.physicalId);
        if (!isCertain && !roles.some((one) => mayName(one, role))) return [];
        return [{ name: properties['PolicyName'], document: properties['PolicyDocument'], isCertain }];
      }),
    ],
    attachedTo: (role) => [
      ...listOf(propertiesOf(role)['ManagedPolicyArns']),
      ...ofType(environment, 'AWS::IAM::ManagedPolicy')
        .filter((policy) => listOf(propertiesOf(policy)['Roles']).some((one) => one === role.physicalId))
        .map(({ physicalId }) => physicalId),
    ],
  };
}

/** Whether it is a reference that may be the role. */
function mayName(written: Json, { physicalId }: LiveResource): boolean {
  return typeof written === 'object' && mayBe(written, physicalId);
}

function ownPolicies(value: Json | undefined): PlannedPolicy[] {
  return listOf(value).flatMap((one) => {
    if (typeof one !== 'object' || one === null || !('PolicyName' in one)) return [];
    return [{ name: one['PolicyName'], document: one['PolicyDocument'], isCertain: true }];
  });
}

function listOf(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : [value].flat();
}
