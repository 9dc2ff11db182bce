import { z } from 'zod';
import { liveCheck } from '../check.ts';

/** `{check: {network: {open: [80, 443]}}}`: no other port is open to everybody, and routes are those of the templates. */
export const networkCheck = liveCheck({
  kind: 'network',
  summary: 'no port but those stated is open to everybody; subnets, routes and network ACLs are as in the stacks',
  things: 'VPCs, security groups, subnets, routes and network ACLs',
  needed: 'everywhere',
  options: {
    open: z
      .array(z.int().min(0).max(65_535))
      .default([])
      .describe('Ports that may be open to everybody; none unless stated.'),
  },
  look: async ({ open }) => (await import('./look.ts')).lookAtNetwork(open),
});
