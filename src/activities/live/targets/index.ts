import { liveCheck } from '../check.ts';

/** `{check: targets}`: every target group has healthy targets. */
export const targetsCheck = liveCheck({
  kind: 'targets',
  summary: 'every target group of the stacks has targets, all of them healthy',
  things: 'target groups',
  needed: 'everywhere',
  look: async () => (await import('./look.ts')).lookAtTargets,
});
