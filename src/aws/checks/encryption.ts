import type { Finding } from './finding.ts';
import { lookAtBuckets } from './encryption-buckets.ts';
import { lookAtDatabases, lookAtTables } from './encryption-databases.ts';
import { lookAtTopics } from './encryption-topics.ts';
import { lookAtVolumes } from './encryption-volumes.ts';
import type { LiveEnvironment } from './live.ts';

/** Whether every bucket, table, volume, database and topic is encrypted, and buckets and topics are reached by TLS alone. */
export async function lookAtEncryption(environment: LiveEnvironment): Promise<Finding[]> {
  return [
    ...(await lookAtBuckets(environment)),
    ...(await lookAtTables(environment)),
    ...(await lookAtVolumes(environment)),
    ...(await lookAtDatabases(environment)),
    ...(await lookAtTopics(environment)),
  ];
}
