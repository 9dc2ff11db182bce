import { machineRoles, roles, type Role } from './roles.ts';

export interface Caller {
  /** Subject of the token: a person's, or the id of a machine client. */
  readonly subject: string;
  readonly kind: 'person' | 'machine';
  readonly roles: readonly Role[];
}

export type Claims = Readonly<Record<string, unknown>>;

/**
 * Reads the claims that the gateway's JWT authorizer has verified. An HTTP API hands a list over as text, `[operator admin]`, and
 * group names that are no roles count for nothing. A token of a person names a user; one of a machine does not.
 */
export function callerOf(claims: Claims): Caller | undefined {
  const subject = claims['sub'];
  if (typeof subject !== 'string' || subject === '' || claims['token_use'] !== 'access') return undefined;
  if (typeof claims['username'] === 'string')
    return { subject, kind: 'person', roles: words(claims['cognito:groups']).filter(isRole) };
  const scopes = words(claims['scope']);
  return {
    subject,
    kind: 'machine',
    roles: [
      ...new Set(scopes.flatMap((scope) => (Object.hasOwn(machineRoles, scope) ? machineRoles[scope] : []) ?? [])),
    ],
  };
}

function isRole(name: string): name is Role {
  return (roles as readonly string[]).includes(name);
}

/** Words of `a b`, `[a b]`, `[a, b]` or a list. */
function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string');
  if (typeof value !== 'string') return [];
  const inner = value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value;
  return inner.split(/[\s,]+/).filter((word) => word !== '');
}
