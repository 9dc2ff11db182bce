import { isRecord, type Json } from '../../../base/json.ts';
import { type LiveEnvironment, type LiveResource, ofType } from '../environment.ts';
import { type PlannedResource, plannedResources, planOf } from '../planned.ts';

/** A policy as a template has it. */
export interface PlannedPolicy {
  readonly name: unknown;
  readonly document: unknown;
  /** False when the template refers to the role in a way that only AWS can resolve. */
  readonly isCertain: boolean;
}

/** Roles and policies of an environment's templates, as they were deployed. */
export interface PlannedAccess {
  /** Properties of a role or policy; empty when no template has it. */
  propertiesOf(resource: LiveResource): PlannedResource['properties'];
  /** Inline policies of a role: its own, and those of separate policy resources. */
  inlineOf(role: LiveResource): PlannedPolicy[];
  /** ARNs of the policies attached to a role, or the references in their place. */
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

/** True for a reference that may resolve to the role. */
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

/** Functions that stand for one thing: its name, number or ARN. */
const references = ['Ref', 'Fn::GetAtt', 'Fn::ImportValue'];

/** Values that a reference may have: anything without a wildcard, except at the end of a log group's ARN. */
const thing = String.raw`(?:[^*?]*:log-group:[^*?]+:\*|[^*?]*)`;

/**
 * True when a live value may have come of a template's value. A reference that could not be filled in may be any one thing, but never
 * several: CloudFormation computes no `*`. Other functions may be anything. Everything that is written out must be as it is written.
 */
export function mayBe(planned: unknown, live: unknown): boolean {
  if (isRecord(planned)) {
    const [name, argument] = functionOf(planned) ?? [];
    if (name === 'Fn::If') return branchesOf(argument).some((branch) => mayBe(branch, live));
    if (name === 'Fn::Sub') return typeof live === 'string' && substitution(argument).test(live);
    if (name === 'Fn::Join') return typeof live === 'string' && joined(argument).test(live);
    if (name !== undefined && references.includes(name)) return [live].flat().every(isThing);
    if (name !== undefined) return live !== undefined;
    if (!isRecord(live)) return false;
    const kept = Object.entries(planned).filter(([, value]) => !isNoValue(value));
    const isSame = kept.every(([key, value]) => key in live && mayBe(value, live[key]));
    return isSame && Object.keys(live).every((key) => key in planned);
  }
  // IAM treats a single value and a list of one value alike.
  if (Array.isArray(planned) || Array.isArray(live)) return mayBeList([planned].flat(), [live].flat());
  return String(planned) === String(live) || isRootOf(String(planned), String(live));
}

/** IAM answers with the ARN of an account's root where a template has the account's number. */
function isRootOf(planned: string, live: string): boolean {
  return /^\d{12}$/.test(planned) && live.endsWith(`:iam::${planned}:root`);
}

/** Lists in policies have no order: each live item must match a planned item, and each planned item a live item. */
function mayBeList(planned: readonly unknown[], live: readonly unknown[]): boolean {
  const items = planned.flatMap(flatBranches);
  return (
    live.every((one) => items.some((item) => mayBe(item, one))) &&
    items.every((item) => isOptional(item) || live.some((one) => mayBe(item, one)))
  );
}

/** Expands an item with a condition: the item may be absent, or be a list itself. */
function flatBranches(item: unknown): unknown[] {
  const [name, argument] = isRecord(item) ? (functionOf(item) ?? []) : [];
  return name === 'Fn::If'
    ? branchesOf(argument)
        .flat()
        .map((branch) => ({ 'Fn::If': ['', branch, noValue] }))
    : [item];
}

const noValue = { Ref: 'AWS::NoValue' };

function isOptional(item: unknown): boolean {
  return isRecord(item) && 'Fn::If' in item;
}

function isNoValue(value: unknown): boolean {
  return isRecord(value) && value['Ref'] === 'AWS::NoValue';
}

function branchesOf(argument: unknown): unknown[] {
  return Array.isArray(argument) ? (argument as unknown[]).slice(1).filter((branch) => !isNoValue(branch)) : [];
}

/** `{Ref: X}` and the like: one key that names a function. */
function functionOf(value: { readonly [key: string]: unknown }): [string, unknown] | undefined {
  const [first, second] = Object.entries(value);
  return first !== undefined && second === undefined && /^(Ref|Fn::\w+)$/.test(first[0]) ? first : undefined;
}

/** Pattern of the values that `arn:${AWS::Partition}:s3:::${Bucket}/*` may have. */
function substitution(argument: unknown): RegExp {
  const text = Array.isArray(argument) ? (argument as unknown[])[0] : argument;
  return around(String(text).split(/\$\{[^}]*\}/), thing);
}

/** Pattern of the values that joined texts and references may have. */
function joined(argument: unknown): RegExp {
  const [delimiter, parts] = Array.isArray(argument) ? (argument as unknown[]) : [];
  if (typeof delimiter !== 'string' || !Array.isArray(parts)) return /^/;
  const written = parts.map((part) => (isRecord(part) ? thing : escaped(String(part))));
  return new RegExp(`^${written.join(escaped(delimiter))}$`);
}

function around(parts: readonly string[], gap: string): RegExp {
  return new RegExp(`^${parts.map(escaped).join(gap)}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function isThing(live: unknown): boolean {
  if (typeof live === 'string') return new RegExp(`^${thing}$`).test(live);
  return typeof live === 'number' || typeof live === 'boolean';
}
