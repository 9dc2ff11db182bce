import { GetRoleCommand, IAMClient, paginateSimulatePrincipalPolicy, type EvaluationResult } from '@aws-sdk/client-iam';
import { sharedClient } from '../clients.ts';
import { fails, holds, unknown, type Finding } from './finding.ts';
import { subjectOf, type LiveEnvironment, type LiveResource } from './live.ts';

/** What is expected of a role. */
export interface Expectations {
  readonly may?: readonly Expectation[] | undefined;
  readonly mayNot?: readonly Expectation[] | undefined;
}

export interface Expectation {
  readonly actions: readonly string[];
  /** ARNs of what is acted on; everything unless stated. */
  readonly on?: readonly string[] | undefined;
  /** Values of condition keys, as texts. */
  readonly with?: { readonly [key: string]: string } | undefined;
}

/**
 * Asks IAM what a role may do. Its simulation knows the policies of the role and its boundary; it does not know those of buckets,
 * keys and the like, nor the condition keys that are not given: where the answer hangs on such a key, it cannot be told.
 */
export async function simulate(
  environment: LiveEnvironment,
  role: LiveResource,
  { may = [], mayNot = [] }: Expectations,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const expectation of may) findings.push(...(await compare(environment, role, expectation, true)));
  for (const expectation of mayNot) findings.push(...(await compare(environment, role, expectation, false)));
  return findings;
}

async function compare(
  environment: LiveEnvironment,
  role: LiveResource,
  { actions, on = ['*'], with: given = {} }: Expectation,
  isWanted: boolean,
): Promise<Finding[]> {
  const { subject, id } = subjectOf(environment, role);
  const pages = paginateSimulatePrincipalPolicy(
    { client: sharedClient(IAMClient, environment) },
    {
      PolicySourceArn: await arnOf(environment, role),
      ActionNames: [...actions],
      ResourceArns: [...on],
      ContextEntries: Object.entries(given).map(([key, value]) => ({
        ContextKeyName: key,
        ContextKeyType: 'string',
        ContextKeyValues: [value],
      })),
    },
    { abortSignal: environment.signal },
  );
  const findings: Finding[] = [];
  for await (const { EvaluationResults = [] } of pages) {
    for (const result of EvaluationResults) {
      findings.push(
        judge({ subject: `${subject} ${nameOf(result)}`, ...(id === undefined ? {} : { id }) }, result, isWanted),
      );
    }
  }
  return findings;
}

function judge(subject: { subject: string; id?: string }, result: EvaluationResult, isWanted: boolean): Finding {
  const isAllowed = result.EvalDecision === 'allowed';
  const missing = result.MissingContextValues ?? [];
  if (isAllowed !== isWanted && (missing.length === 0 || isAllowed)) {
    return fails(subject, isAllowed ? 'is allowed' : 'is not allowed');
  }
  // An allowed action could still be denied, and a denied one allowed, with a value that the simulation was not given.
  if (missing.length > 0 && result.EvalDecision !== 'explicitDeny') {
    return unknown(subject, `hangs on ${[...missing].sort().join(', ')}, which the simulation was not given`);
  }
  return holds(subject, isAllowed ? 'is allowed' : 'is not allowed');
}

function nameOf({ EvalActionName = '', EvalResourceName = '*' }: EvaluationResult): string {
  return EvalResourceName === '*' ? EvalActionName : `${EvalActionName} on ${EvalResourceName}`;
}

async function arnOf(place: LiveEnvironment, { physicalId }: LiveResource): Promise<string> {
  const client = sharedClient(IAMClient, place);
  const { Role } = await client.send(new GetRoleCommand({ RoleName: physicalId }), { abortSignal: place.signal });
  return Role?.Arn ?? '';
}
