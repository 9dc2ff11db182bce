import { liveCheck } from '../check.ts';

/** `{check: targets}`: behind every load balancer something healthy stands. */
export const targetsCheck = liveCheck({
  kind: 'targets',
  summary: 'every target group of the stacks has targets, all of them healthy',
  things: 'target groups',
  needed: 'everywhere',
  look: async () => (await import('./look.ts')).lookAtTargets,
});
