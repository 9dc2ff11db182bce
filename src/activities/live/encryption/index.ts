import { liveCheck } from '../check.ts';

/** `{check: encryption}`: at rest, and in transit where a policy can require it. */
export const encryptionCheck = liveCheck({
  kind: 'encryption',
  summary: 'every bucket, table, volume, database and topic is encrypted; buckets and topics take TLS alone',
  things: 'buckets, tables, volumes, databases and topics',
  needed: 'everywhere',
  look: async () => (await import('./look.ts')).lookAtEncryption,
});
