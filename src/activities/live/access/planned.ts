import { isRecord, type Json } from '../../../base/json.ts';
import { type LiveEnvironment, type LiveResource, ofType } from '../environment.ts';
import { type PlannedResource, plannedResources, planOf } from '../planned.ts';

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

/** What stands for one thing: its name, number or ARN. */
const references = ['Ref', 'Fn::GetAtt', 'Fn::ImportValue'];

/** What a reference may become: anything but a wildcard, which only ARNs of log groups end with. */
const thing = String.raw`(?:[^*?]*:log-group:[^*?]+:\*|[^*?]*)`;

/**
 * Whether a live value is one that a template's value may have become. A reference that nobody has filled in may be any one thing,
 * but never several: `*` is wider than whatever CloudFormation computes. Other functions may be anything, and everything that is
 * written out has to be as it is written.
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
  // IAM takes a single value for a list of one, in either direction.
  if (Array.isArray(planned) || Array.isArray(live)) return mayBeList([planned].flat(), [live].flat());
  return String(planned) === String(live) || isRootOf(String(planned), String(live));
}

/** IAM writes an account's number as the ARN of its root. */
function isRootOf(planned: string, live: string): boolean {
  return /^\d{12}$/.test(planned) && live.endsWith(`:iam::${planned}:root`);
}

/** Lists of policies have no order: each live item is one of the planned ones, and the other way about. */
function mayBeList(planned: readonly unknown[], live: readonly unknown[]): boolean {
  const items = planned.flatMap(flatBranches);
  return (
    live.every((one) => items.some((item) => mayBe(item, one))) &&
    items.every((item) => isOptional(item) || live.some((one) => mayBe(item, one)))
  );
}

/** An item of a list that is there or not, or is a list itself, according to a condition. */
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

/** `arn:${AWS::Partition}:s3:::${Bucket}/*` as what it may become. */
function substitution(argument: unknown): RegExp {
  const text = Array.isArray(argument) ? (argument as unknown[])[0] : argument;
  return around(String(text).split(/\$\{[^}]*\}/), thing);
}

/** A list of texts and references, put together. */
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
