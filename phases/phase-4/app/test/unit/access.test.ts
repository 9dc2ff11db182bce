import assert from 'node:assert/strict';
import { callerOf } from '../../src/access/caller.ts';
import { allowed, permissions, roles, type Permission, type Role } from '../../src/access/roles.ts';
import { person } from '../support/http.ts';

/** The same table as in roles.ts, so that a change of access has to be made twice and shows in review. */
const table: Record<Permission, Record<Role, boolean>> = {
  'orders:create': { viewer: false, operator: true, admin: true },
  'orders:read': { viewer: true, operator: true, admin: true },
  'orders:list': { viewer: true, operator: true, admin: true },
  'orders:advance': { viewer: false, operator: true, admin: true },
  'orders:cancel': { viewer: false, operator: false, admin: true },
  'documents:attach': { viewer: false, operator: true, admin: true },
  'documents:read': { viewer: true, operator: true, admin: true },
  'reports:read': { viewer: false, operator: false, admin: true },
};

describe('access', () => {
  for (const permission of permissions)
    for (const role of roles)
      it(`${role} ${table[permission][role] ? 'has' : 'lacks'} ${permission}`, () => {
        assert.equal(allowed([role], permission), table[permission][role]);
      });

  it('gives nothing without a role', () => {
    assert.ok(permissions.every((permission) => !allowed([], permission)));
  });

  for (const [groups, held] of [
    ['[operator admin]', ['operator', 'admin']],
    ['[viewer]', ['viewer']],
    ['viewer', ['viewer']],
    ['[]', []],
    ['[Admin superuser administrators]', []],
    ['[operator-admin]', []],
    ['[__proto__ constructor]', []],
  ] as const)
    it(`reads the groups ${groups} as ${held.join(' and ') || 'no role'}`, () => {
      assert.deepEqual(callerOf({ ...person(), 'cognito:groups': groups })?.roles, held);
    });

  it('takes no role from attributes that a person can write', () => {
    const claims = { ...person(), 'custom:role': 'admin', groups: '[admin]', role: 'admin', scope: 'orders/write' };
    assert.deepEqual(callerOf(claims)?.roles, []);
  });

  it('takes the roles of a machine from its scopes, and never the admin role', () => {
    const machine = {
      sub: 'client',
      client_id: 'client',
      token_use: 'access',
      scope: 'orders/read orders/write orders/admin',
    };
    assert.deepEqual(callerOf(machine), { subject: 'client', kind: 'machine', roles: ['viewer', 'operator'] });
  });

  for (const [what, claims] of [
    ['an ID token', { ...person('admin'), token_use: 'id' }],
    ['a token without a subject', { ...person('admin'), sub: '' }],
    ['no token', {}],
  ] as const)
    it(`knows no caller by ${what}`, () => {
      assert.equal(callerOf(claims), undefined);
    });
});
