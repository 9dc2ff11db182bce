import { aFewAtATime } from '../../../base/async.ts';
import { type LiveEnvironment, type Look, ofType, subjectOf } from '../environment.ts';
import { fails, type Finding, holds, unknown } from '../finding.ts';
import { isAdministrator, statementsOf } from '../policy.ts';
import { IamReading } from './iam.ts';
import { mayBe, type PlannedAccess, plannedAccess } from './planned.ts';
import { judgeRole } from './roles.ts';
import { type Expectations, simulate } from './simulated.ts';

/**
 * Checks that roles and policies are those of the templates, that none of them allows everything, and that IAM's simulation answers
 * as is expected of single roles.
 *
 * @param expected by logical id of a role: actions that it may take, and may not take
 */
export function lookAtAccess(expected: { readonly [role: string]: Expectations }): Look {
  const iam = new IamReading();
  return async (environment) => {
    const roles = ofType(environment, 'AWS::IAM::Role');
    if (roles.length === 0) return [];
    const planned = await plannedAccess(environment);
    const found = await aFewAtATime(roles, (role) => judgeRole(environment, role, planned, iam));
    const managed = await lookAtManagedPolicies(environment, planned, iam);
    const simulated = await aFewAtATime(Object.entries(expected), async ([logicalId, expectations]) => {
      const role = roles.find((one) => one.logicalId === logicalId);
      return role === undefined
        ? [fails(`${environment.name} ${logicalId}`, 'is no role of its stacks')]
        : simulate(environment, role, expectations, iam);
    });
    const people = ofType(environment, 'AWS::IAM::User', 'AWS::IAM::Group').map((one) =>
      unknown(subjectOf(environment, one), 'is not compared, as only roles and policies are'),
    );
    return [...found.flat(), ...managed, ...people, ...simulated.flat()];
  };
}

/** Compares the managed policies of an environment with their templates, in the version that is in force. */
async function lookAtManagedPolicies(
  environment: LiveEnvironment,
  planned: PlannedAccess,
  iam: IamReading,
): Promise<Finding[]> {
  return aFewAtATime(ofType(environment, 'AWS::IAM::ManagedPolicy'), async (resource) => {
    const subject = subjectOf(environment, resource);
    const found = await iam.policy(environment, resource.physicalId);
    if (found === undefined) return fails(subject, 'does not exist');
    const { text, isGranted } = found;
    if (!mayBe(planned.propertiesOf(resource)['PolicyDocument'], JSON.parse(text)))
      return fails(subject, 'is not as in its template');
    const isTooWide = isGranted && (statementsOf(text) ?? []).some(isAdministrator);
    return isTooWide ? fails(subject, 'makes administrators of everything') : holds(subject, 'is as in its template');
  });
}
