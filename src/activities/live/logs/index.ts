import { liveCheck, probeName } from '../check.ts';

/** `{check: logs}`: log groups exist, with retention and encryption, and give back what is written to them. */
export const logsCheck = liveCheck({
  kind: 'logs',
  summary: 'the log groups of the stacks have a retention and a key, and give back a line that is written',
  things: 'log groups',
  needed: 'everywhere',
  look: async (_options, call) => (await import('./look.ts')).lookAtLogs(probeName(call)),
});
