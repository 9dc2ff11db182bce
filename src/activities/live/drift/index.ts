import { z } from 'zod';
import { liveCheck } from '../check.ts';

/**
 * `{check: drift, every: 10m}`: nothing has been changed beside the templates. `{check: {drift: {existing: ['{environment}-app']}}}` for a
 * stack that another deployer owns, such as a pipeline.
 */
export const driftCheck = liveCheck({
  kind: 'drift',
  summary: 'what the stacks hold is still as their templates say, by drift detection',
  things: 'stacks',
  needed: 'everywhere',
  options: {
    existing: z
      .array(z.string().min(1))
      .default([])
      .describe('Names on AWS of stacks that others deploy, such as a pipeline. They may hold {environment}.'),
  },
  look: async ({ existing }) => (await import('./look.ts')).lookAlsoAt(existing),
});
