import type { InlinePolicy, LiveRole } from './authorizations.ts';
import type { IamReading } from './iam.ts';
import { mayBe, type PlannedAccess, type PlannedPolicy } from './planned.ts';
import { fails, holds, type Finding } from '../finding.ts';
import { subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';
import { isAdministrator, isEverybody, statementsOf } from '../policy.ts';

/** AWS managed policies that allow everything, or let their holder grant itself everything. */
const administrators = [':policy/AdministratorAccess', ':policy/IAMFullAccess'];

/** Compares a live role with its template: who may assume it, and every policy in it or attached to it. */
export async function judgeRole(
  environment: LiveEnvironment,
  resource: LiveResource,
  planned: PlannedAccess,
  iam: IamReading,
): Promise<Finding[]> {
  const subject = subjectOf(environment, resource);
  const role = await iam.role(environment, resource.physicalId);
  if (role === undefined) return [fails(subject, 'does not exist')];
  const properties = planned.propertiesOf(resource);
  const plannedInline = planned.inlineOf(resource);
  const { inline, attached } = role;
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

function trustFaults({ trust: text }: LiveRole, planned: unknown): string[] {
  const everybody = (statementsOf(text) ?? []).some(
    ({ Effect, Principal, Condition }) => Effect === 'Allow' && isEverybody(Principal) && Condition === undefined,
  );
  return [
    ...(mayBe(planned, parsed(text)) ? [] : ['is assumed by others than its template says']),
    ...(everybody ? ['can be assumed by everybody'] : []),
  ];
}

function boundaryFaults({ boundary: arn }: LiveRole, planned: unknown): string[] {
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
  // A reference that could not be resolved, such as an import from a foreign stack, is one policy of any name.
  const isCovered = strange.length <= planned.length - written.length;
  return [
    ...(isCovered ? [] : strange.map((arn) => `has ${arn} attached, which no template gives it`)),
    ...lacking.map((one) => `lacks ${typeof one === 'string' ? one : JSON.stringify(one)}`),
    ...live.filter((arn) => administrators.some((end) => arn.endsWith(end))).map((arn) => `is administrator by ${arn}`),
  ];
}

/** True for an ARN that the template writes out or that was filled in; false for a reference that could not be resolved. */
function isWritten(arn: unknown): boolean {
  return typeof arn === 'string' || (typeof arn === 'object' && arn !== null && 'Fn::Sub' in arn);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
