import { liveCheck } from '../check.ts';

/** `{check: alarms}`: they exist, can act, and are OK on data of now. */
export const alarmsCheck = liveCheck({
  kind: 'alarms',
  summary: 'the alarms of the stacks exist and are OK; no data is not OK',
  things: 'alarms',
  needed: 'everywhere',
  look: async () => (await import('./look.ts')).lookAtAlarms,
});
