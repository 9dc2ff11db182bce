/**
 * Roles and what each may do: the only place that decides. `test/unit/access.test.ts` holds the same table, role by operation.
 * Route scopes at the gateway say what a *client* may do; this table says what the *person or machine* behind it may do.
 */
export const permissions = [
  'orders:create',
  'orders:read',
  'orders:list',
  'orders:advance',
  'orders:cancel',
  'documents:attach',
  'documents:read',
  'reports:read',
] as const;

export type Permission = (typeof permissions)[number];

const viewer: readonly Permission[] = ['orders:read', 'orders:list', 'documents:read'];
const operator: readonly Permission[] = [...viewer, 'orders:create', 'orders:advance', 'documents:attach'];
const admin: readonly Permission[] = [...operator, 'orders:cancel', 'reports:read'];

const granted = { viewer, operator, admin };

export type Role = keyof typeof granted;

export const roles = Object.keys(granted) as Role[];

/** Roles of a machine client, which is in no group: they follow from the scopes that Cognito gave it. */
export const machineRoles: Readonly<Record<string, Role>> = { 'orders/read': 'viewer', 'orders/write': 'operator' };

export function allowed(held: readonly Role[], permission: Permission): boolean {
  return held.some((role) => granted[role].includes(permission));
}
