import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  NoSuchEntityException,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
} from '@aws-sdk/client-iam';
import { sharedClient } from '../../../aws/clients.ts';
import { ofType, type LiveEnvironment } from '../environment.ts';
import {
  type Authorizations,
  type InlinePolicy,
  type LivePolicy,
  type LiveRole,
  readAuthorizations,
} from './authorizations.ts';

/**
 * Reads roles and policies for one run of a check. All environments of one role share a walk through the account. A role or policy
 * that the walk has not found is asked for by itself.
 *
 * A new run needs a new instance, so that no answer is older than its run.
 */
export class IamReading {
  readonly #walks = new Map<string, Promise<Authorizations | undefined>>();

  /** @returns nothing when there is no such role */
  async role(environment: LiveEnvironment, name: string): Promise<LiveRole | undefined> {
    const walked = await this.#walk(environment);
    // IAM answers from several replicas: a role that a walk has missed may exist.
    return walked?.roles.get(name) ?? readRole(environment, name);
  }

  /** @returns nothing when there is no such policy */
  async policy(environment: LiveEnvironment, arn: string): Promise<LivePolicy | undefined> {
    const walked = await this.#walk(environment);
    return walked?.policies.get(arn) ?? readPolicy(environment, arn);
  }

  /** IAM is global, so all regions of one role share a walk. */
  #walk(environment: LiveEnvironment): Promise<Authorizations | undefined> {
    const policies = ofType(environment, 'AWS::IAM::ManagedPolicy').length;
    const roles = ofType(environment, 'AWS::IAM::Role').length;
    const key = `${environment.role ?? ''} ${String(policies > 0)}`;
    const walk =
      this.#walks.get(key) ??
      readAuthorizations(sharedClient(IAMClient, environment), {
        withPolicies: policies > 0,
        otherwise: roles * CALLS_A_ROLE + policies * CALLS_A_POLICY,
        signal: environment.signal,
      });
    this.#walks.set(key, walk);
    return walk;
  }
}

/** Calls for a role without a walk; each inline policy is one call more. */
const CALLS_A_ROLE = 3;
const CALLS_A_POLICY = 2;

async function readRole(place: LiveEnvironment, RoleName: string): Promise<LiveRole | undefined> {
  const client = sharedClient(IAMClient, place);
  const options = { abortSignal: place.signal };
  const role = await unlessMissing(async () => (await client.send(new GetRoleCommand({ RoleName }), options)).Role);
  if (role === undefined) return undefined;
  const inline: InlinePolicy[] = [];
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName }, options)) {
    for (const name of PolicyNames) {
      const command = new GetRolePolicyCommand({ RoleName, PolicyName: name });
      const { PolicyDocument = '' } = await client.send(command, options);
      inline.push({ name, text: decodeURIComponent(PolicyDocument) });
    }
  }
  const attached: string[] = [];
  for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies({ client }, { RoleName }, options)) {
    attached.push(...AttachedPolicies.map(({ PolicyArn = '' }) => PolicyArn));
  }
  return {
    arn: role.Arn ?? '',
    trust: decodeURIComponent(role.AssumeRolePolicyDocument ?? ''),
    boundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
    inline,
    attached,
  };
}

async function readPolicy(place: LiveEnvironment, PolicyArn: string): Promise<LivePolicy | undefined> {
  const client = sharedClient(IAMClient, place);
  const options = { abortSignal: place.signal };
  return unlessMissing(async () => {
    const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn }), options);
    const version = new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId });
    const { PolicyVersion } = await client.send(version, options);
    const text = decodeURIComponent(PolicyVersion?.Document ?? '');
    return { text, isGranted: (Policy?.AttachmentCount ?? 0) > 0 };
  });
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}
