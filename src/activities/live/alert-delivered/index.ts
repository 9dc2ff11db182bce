import { liveCheck, probeName } from '../check.ts';

/** `{check: alert-delivered, ttl: 1d}`: an alarm that is set off arrives. People who are subscribed get the message, too. */
export const alertDeliveredCheck = liveCheck({
  kind: 'alert-delivered',
  summary: 'an alarm that is set off for a moment arrives by the topic that the alarms speak to',
  things: 'topics of alarms',
  needed: 'everywhere',
  look: async (_options, call) => (await import('./look.ts')).lookAtAlerts(probeName(call)),
});
