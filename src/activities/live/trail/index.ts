import { z } from 'zod';
import { liveCheck } from '../check.ts';

/** `{check: trail}`, or `{check: {trail: {existing: [NAME]}}}` for a trail that no stack of the playbook makes. */
export const trailCheck = liveCheck({
  kind: 'trail',
  summary: 'a trail of CloudTrail is logging, validates its files, and delivers',
  things: 'trails',
  needed: 'in each account',
  options: {
    existing: z.array(z.string()).default([]).describe('Names or ARNs of trails that the account has from elsewhere.'),
  },
  look: async ({ existing }) => (await import('./look.ts')).lookAtTrails(existing),
});
