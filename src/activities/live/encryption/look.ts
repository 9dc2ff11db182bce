import { GetTopicAttributesCommand, NotFoundException, SNSClient } from '@aws-sdk/client-sns';
import { sharedClient } from '../../../aws/clients.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { isGone, type LiveEnvironment, type LiveResource, ofType, subjectOf } from '../environment.ts';
import { fails, type Finding, holds } from '../finding.ts';
import { isTlsOnly, statementsOf } from '../policy.ts';
import { lookAtBuckets, lookAtDatabases, lookAtTables } from './data.ts';
import { lookAtVolumes } from './volumes.ts';

/** Checks that every bucket, table, volume, database and topic is encrypted, and that buckets and topics require TLS. */
export async function lookAtEncryption(environment: LiveEnvironment): Promise<Finding[]> {
  return [
    ...(await lookAtBuckets(environment)),
    ...(await lookAtTables(environment)),
    ...(await lookAtVolumes(environment)),
    ...(await lookAtDatabases(environment)),
    ...(await lookAtTopics(environment)),
  ];
}

/** Checks that topics are encrypted with a KMS key, and deny publishing without TLS. */
async function lookAtTopics(environment: LiveEnvironment): Promise<Finding[]> {
  return aFewAtATime(ofType(environment, 'AWS::SNS::Topic'), (topic) => judge(environment, topic));
}

async function judge(environment: LiveEnvironment, topic: LiveResource): Promise<Finding> {
  const subject = subjectOf(environment, topic);
  const { physicalId: arn } = topic;
  const attributes = await attributesOf(environment, arn);
  if (attributes === undefined) return fails(subject, 'does not exist');
  if ((attributes['KmsMasterKeyId'] ?? '') === '') return fails(subject, 'is not encrypted');
  const statements = statementsOf(attributes['Policy'] ?? '') ?? [];
  const covers = (resources: readonly string[]) => resources.includes(arn) || resources.includes('*');
  const isTls = isTlsOnly(statements, ['sns:publish', 'sns:*', '*'], covers);
  return isTls ? holds(subject, 'is encrypted (KMS), TLS only') : fails(subject, 'is published to without TLS as well');
}

/** Attributes of a topic; `undefined` when it does not exist. */
export async function attributesOf(
  place: LiveEnvironment,
  arn: string,
): Promise<{ readonly [name: string]: string } | undefined> {
  try {
    const { Attributes = {} } = await sharedClient(SNSClient, place).send(
      new GetTopicAttributesCommand({ TopicArn: arn }),
      { abortSignal: place.signal },
    );
    return Attributes;
  } catch (error) {
    if (error instanceof NotFoundException || isGone(error, 'NotFound')) return undefined;
    throw error;
  }
}
