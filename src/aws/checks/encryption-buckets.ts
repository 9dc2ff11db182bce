import { GetBucketEncryptionCommand, GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { sharedClient } from '../clients.ts';
import { aFewAtATime } from './at-a-time.ts';
import { fails, holds, type Finding } from './finding.ts';
import { isGone, ofType, subjectOf, type LiveEnvironment, type LiveResource } from './live.ts';
import { isTlsOnly, statementsOf } from './policy.ts';

/** Buckets: encrypted by default, and denied to whoever comes without TLS. */
export async function lookAtBuckets(environment: LiveEnvironment): Promise<Finding[]> {
  return aFewAtATime(ofType(environment, 'AWS::S3::Bucket'), (bucket) => judge(environment, bucket));
}

async function judge(environment: LiveEnvironment, bucket: LiveResource): Promise<Finding> {
  const subject = subjectOf(environment, bucket);
  const { physicalId: name } = bucket;
  const algorithm = await algorithmOf(environment, name);
  if (algorithm === 'no bucket') return fails(subject, 'does not exist');
  if (algorithm === undefined) return fails(subject, 'is not encrypted');
  const statements = statementsOf(await policyOf(environment, name)) ?? [];
  // Both the bucket and the objects in it: `arn:aws:s3:::name` and `arn:aws:s3:::name/*`.
  const covers = (resources: readonly string[]) =>
    resources.includes('*') ||
    [`:::${name}`, `:::${name}/*`].every((end) => resources.some((resource) => resource.endsWith(end)));
  if (!isTlsOnly(statements, ['s3:*', '*'], covers)) return fails(subject, 'is reached without TLS as well');
  return holds(subject, `is encrypted (${algorithm}), TLS only`);
}

async function algorithmOf(place: LiveEnvironment, Bucket: string): Promise<string | undefined> {
  try {
    const { ServerSideEncryptionConfiguration } = await sharedClient(S3Client, place).send(
      new GetBucketEncryptionCommand({ Bucket }),
      { abortSignal: place.signal },
    );
    const [rule] = ServerSideEncryptionConfiguration?.Rules ?? [];
    return rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
  } catch (error) {
    if (isGone(error, 'ServerSideEncryptionConfigurationNotFoundError')) return undefined;
    if (isGone(error, 'NoSuchBucket')) return 'no bucket';
    throw error;
  }
}

async function policyOf(place: LiveEnvironment, Bucket: string): Promise<string> {
  try {
    const answer = await sharedClient(S3Client, place).send(new GetBucketPolicyCommand({ Bucket }), {
      abortSignal: place.signal,
    });
    return answer.Policy ?? '';
  } catch (error) {
    if (isGone(error, 'NoSuchBucketPolicy')) return '';
    throw error;
  }
}
