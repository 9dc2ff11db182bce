import { z } from 'zod';
import { liveCheck } from '../check.ts';

/** An action such as `s3:GetObject`, or actions with their resources and conditions. */
const expectation = z.union([
  z.string().transform((action) => ({ actions: [action] })),
  z.strictObject({
    actions: z.array(z.string()).min(1),
    on: z.array(z.string()).min(1).optional().describe('ARNs of what is acted on; everything unless stated.'),
    with: z.record(z.string(), z.string()).optional().describe('Values of condition keys, such as aws:CalledViaFirst.'),
  }),
]);

/** `{check: access}`, or with `roles:` to have IAM simulate actions of single roles. */
export const accessCheck = liveCheck({
  kind: 'access',
  summary: 'roles and policies are those of the templates, none an administrator; roles may do what is stated',
  things: 'roles and policies',
  needed: 'everywhere',
  options: {
    roles: z
      .record(
        z.string(),
        z.strictObject({ may: z.array(expectation).optional(), mayNot: z.array(expectation).optional() }),
      )
      .default({})
      .describe('By logical id of a role: actions that it may take, and may not take.'),
  },
  look: async ({ roles }) => (await import('./look.ts')).lookAtAccess(roles),
});
