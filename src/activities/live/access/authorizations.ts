import {
  type EntityType,
  type IAMClient,
  type ManagedPolicyDetail,
  paginateGetAccountAuthorizationDetails,
  type RoleDetail,
} from '@aws-sdk/client-iam';

/** A role as IAM has it. */
export interface LiveRole {
  readonly arn: string;
  /** JSON of its trust policy. */
  readonly trust: string;
  /** ARN of its permissions boundary. */
  readonly boundary?: string | undefined;
  readonly inline: readonly InlinePolicy[];
  /** ARNs of the managed policies that are attached. */
  readonly attached: readonly string[];
}

export interface InlinePolicy {
  readonly name: string;
  /** JSON. */
  readonly text: string;
}

/** A managed policy of the account, in the version that is in force. */
export interface LivePolicy {
  /** JSON. */
  readonly text: string;
  /** True when it is attached to a principal; a policy that is only a permissions boundary grants nothing. */
  readonly isGranted: boolean;
}

/** The roles of an account by name, and its customer managed policies by ARN. */
export interface Authorizations {
  readonly roles: ReadonlyMap<string, LiveRole>;
  readonly policies: ReadonlyMap<string, LivePolicy>;
}

export interface Walking {
  readonly withPolicies: boolean;
  /** Calls that the same answer costs without a walk. */
  readonly otherwise: number;
  readonly signal: AbortSignal;
}

/** Roles and policies that are asked for on one page; IAM may answer with fewer. */
const PAGE = 300;
/** Pages of the longest walk, with 3,000 roles and policies at most. */
const MOST_PAGES = 10;

/** Pages that an account has at least, known from earlier walks; infinite where a walk is denied. */
const known = new WeakMap<IAMClient, number>();

/**
 * Reads the roles of an account, and its customer managed policies, page by page.
 *
 * The process remembers a denial, because accounts have alarms on denied requests. It also remembers how many pages it has read
 * without reaching the end, so that the next look at a large account starts no walk.
 *
 * @returns `undefined` when the walk is denied, takes more calls than `otherwise`, or has too many pages
 */
export async function readAuthorizations(
  client: IAMClient,
  { withPolicies, otherwise, signal }: Walking,
): Promise<Authorizations | undefined> {
  const most = Math.min(MOST_PAGES, otherwise);
  if ((known.get(client) ?? 1) > most) return undefined;
  const Filter: EntityType[] = withPolicies ? ['Role', 'LocalManagedPolicy'] : ['Role'];
  const roles = new Map<string, LiveRole>();
  const policies = new Map<string, LivePolicy>();
  let pages = 0;
  try {
    const walk = paginateGetAccountAuthorizationDetails(
      { client, pageSize: PAGE },
      { Filter },
      { abortSignal: signal },
    );
    for await (const { RoleDetailList = [], Policies = [], IsTruncated = false } of walk) {
      for (const role of RoleDetailList) roles.set(role.RoleName ?? '', liveRole(role));
      for (const policy of Policies) {
        const live = livePolicy(policy);
        if (live !== undefined) policies.set(policy.Arn ?? '', live);
      }
      pages += 1;
      if (!IsTruncated || pages < most) continue;
      known.set(client, pages + 1);
      return undefined;
    }
  } catch (error) {
    if (!isDenied(error)) throw error;
    known.set(client, Infinity);
    return undefined;
  }
  return { roles, policies };
}

function liveRole(role: RoleDetail): LiveRole {
  const { Arn: arn = '', AssumeRolePolicyDocument = '', RolePolicyList = [], AttachedManagedPolicies = [] } = role;
  return {
    arn,
    trust: decodeURIComponent(AssumeRolePolicyDocument),
    boundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
    inline: RolePolicyList.map(({ PolicyName: name = '', PolicyDocument = '' }) => ({
      name,
      text: decodeURIComponent(PolicyDocument),
    })),
    attached: AttachedManagedPolicies.map(({ PolicyArn = '' }) => PolicyArn),
  };
}

function livePolicy(policy: ManagedPolicyDetail): LivePolicy | undefined {
  const { DefaultVersionId, PolicyVersionList = [], AttachmentCount = 0 } = policy;
  const inForce = PolicyVersionList.find(({ VersionId }) => VersionId === DefaultVersionId);
  if (inForce?.Document === undefined) return undefined;
  return { text: decodeURIComponent(inForce.Document), isGranted: AttachmentCount > 0 };
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AccessDenied' || error.name === 'AccessDeniedException');
}
