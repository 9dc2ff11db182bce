import { liveCheck } from '../check.ts';

/** `{check: drift, every: 10m}`: nothing has been changed beside the templates. */
export const driftCheck = liveCheck({
  kind: 'drift',
  summary: 'what the stacks hold is still as their templates say, by drift detection',
  things: 'stacks',
  needed: 'everywhere',
  look: async () => (await import('./look.ts')).lookAtDrift,
});
