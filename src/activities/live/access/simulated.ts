import {
  IAMClient,
  paginateSimulatePrincipalPolicy,
  type EvaluationResult,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { sharedClient } from '../../../aws/clients.ts';
import type { IamReading } from './iam.ts';
import { fails, holds, unknown, type Finding, type Subject } from '../finding.ts';
import { subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';

/** Actions that a role is expected to be allowed, and not to be allowed. */
export interface Expectations {
  readonly may?: readonly Expectation[] | undefined;
  readonly mayNot?: readonly Expectation[] | undefined;
}

export interface Expectation {
  readonly actions: readonly string[];
  /** ARNs of the resources; all unless stated. */
  readonly on?: readonly string[] | undefined;
  /** Values of condition keys, as strings. */
  readonly with?: { readonly [key: string]: string } | undefined;
}

/**
 * Asks IAM what a role may do. The simulation knows the policies and the boundary of the role. It does not know the policies of
 * resources such as buckets and keys, nor condition keys that are not given: an answer that depends on such a key is unknown.
 */
export async function simulate(
  environment: LiveEnvironment,
  role: LiveResource,
  { may = [], mayNot = [] }: Expectations,
  iam: IamReading,
): Promise<Finding[]> {
  const arn = (await iam.role(environment, role.physicalId))?.arn ?? '';
  const about = { ...subjectOf(environment, role), arn };
  const findings: Finding[] = [];
  for (const expectation of may) findings.push(...(await compare(environment, about, expectation, true)));
  for (const expectation of mayNot) findings.push(...(await compare(environment, about, expectation, false)));
  return findings;
}

interface SimulatedRole extends Subject {
  readonly arn: string;
}

async function compare(
  environment: LiveEnvironment,
  { arn, ...about }: SimulatedRole,
  { actions, on = ['*'], with: given = {} }: Expectation,
  isWanted: boolean,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  // One request for each resource, since IAM decides on all resources of a request together.
  for (const resource of on) {
    const results = await ask(
      environment,
      { PolicySourceArn: arn, ActionNames: [...actions], ResourceArns: [resource] },
      given,
    );
    for (const action of actions) {
      const subject = { ...about, subject: `${about.subject} ${action}${resource === '*' ? '' : ` on ${resource}`}` };
      const result = results.find(({ EvalActionName = '' }) => EvalActionName.toLowerCase() === action.toLowerCase());
      findings.push(result === undefined ? unknown(subject, 'was not simulated') : judge(subject, result, isWanted));
    }
  }
  return findings;
}

async function ask(
  environment: LiveEnvironment,
  question: SimulatePrincipalPolicyCommandInput,
  given: { readonly [key: string]: string },
): Promise<EvaluationResult[]> {
  const pages = paginateSimulatePrincipalPolicy(
    { client: sharedClient(IAMClient, environment) },
    {
      ...question,
      ContextEntries: Object.entries(given).map(([key, value]) => ({
        ContextKeyName: key,
        ContextKeyType: 'string',
        ContextKeyValues: [value],
      })),
    },
    { abortSignal: environment.signal },
  );
  const results: EvaluationResult[] = [];
  for await (const { EvaluationResults = [] } of pages) results.push(...EvaluationResults);
  return results;
}

function judge(subject: Subject, result: EvaluationResult, isWanted: boolean): Finding {
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
