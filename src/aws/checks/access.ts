import { aFewAtATime } from './at-a-time.ts';
import { lookAtManagedPolicies } from './access-managed.ts';
import { plannedAccess } from './access-planned.ts';
import { judgeRole } from './access-roles.ts';
import { simulate, type Expectations } from './access-simulated.ts';
import { fails, unknown } from './finding.ts';
import { ofType, subjectOf, type Look } from './live.ts';

/**
 * Whether roles and policies are those of the templates, nobody is an administrator of everything, and IAM's own simulation
 * answers as is expected of single roles.
 *
 * @param expected by logical id of a role: what it may do, and what it may not
 */
export function lookAtAccess(expected: { readonly [role: string]: Expectations }): Look {
  return async (environment) => {
    const roles = ofType(environment, 'AWS::IAM::Role');
    if (roles.length === 0) return [];
    const planned = await plannedAccess(environment);
    const found = await aFewAtATime(roles, (role) => judgeRole(environment, role, planned));
    const managed = await lookAtManagedPolicies(environment, planned);
    const simulated = await aFewAtATime(Object.entries(expected), async ([logicalId, expectations]) => {
      const role = roles.find((one) => one.logicalId === logicalId);
      return role === undefined
        ? [fails(`${environment.name} ${logicalId}`, 'is no role of its stacks')]
        : simulate(environment, role, expectations);
    });
    const people = ofType(environment, 'AWS::IAM::User', 'AWS::IAM::Group').map((one) =>
      unknown(subjectOf(environment, one), 'is not compared, as only roles and policies are'),
    );
    return [...found.flat(), ...managed, ...people, ...simulated.flat()];
  };
}
