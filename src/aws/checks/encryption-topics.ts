import { GetTopicAttributesCommand, NotFoundException, SNSClient } from '@aws-sdk/client-sns';
import { sharedClient } from '../clients.ts';
import { aFewAtATime } from './at-a-time.ts';
import { fails, holds, type Finding } from './finding.ts';
import { isGone, ofType, subjectOf, type LiveEnvironment, type LiveResource } from './live.ts';
import { isTlsOnly, statementsOf } from './policy.ts';

/** Topics: encrypted with a key of KMS, and denied to whoever publishes without TLS. */
export async function lookAtTopics(environment: LiveEnvironment): Promise<Finding[]> {
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

/** What SNS says of a topic; nothing when there is none. */
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
