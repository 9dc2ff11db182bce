import { liveCheck } from '../check.ts';

/** `{check: config-rules}`: AWS Config records, and its rules are complied with. */
export const configRulesCheck = liveCheck({
  kind: 'config-rules',
  summary: 'AWS Config records, and every rule of the stacks has been evaluated and is complied with',
  things: 'rules',
  needed: 'in each region',
  look: async () => (await import('./look.ts')).lookAtConfigRules,
});
