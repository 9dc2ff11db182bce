import { HeadObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../activities/define.ts';
import { sha256 } from '../plan/digest.ts';
import type { StackDeployment } from './deployment.ts';
import { explainError } from './errors.ts';

/** What a request can carry, in bytes of UTF-8; larger templates have to lie in S3. */
const LARGEST_BODY = 51_200;

/** How a template goes to CloudFormation: in the request, or as an object that the request names. */
export type TemplateSource = { readonly TemplateBody: string } | { readonly TemplateURL: string };

/**
 * Uploads a template that is too large for a request. The object is named after what it holds, so nobody ever overwrites what
 * somebody else is deploying, and a repeated upload changes nothing.
 *
 * @throws PermanentError when it is too large and the playbook names no bucket
 */
export async function templateSource(deployment: StackDeployment, body: string): Promise<TemplateSource> {
  const bytes = Buffer.byteLength(body);
  if (bytes <= LARGEST_BODY) return { TemplateBody: body };
  const { region, template, settings = {} } = deployment;
  const { templateBucket } = settings;
  if (templateBucket === undefined) {
    throw new PermanentError(
      `Template ${template.path} has ${bytes} bytes; CloudFormation takes at most ${LARGEST_BODY} in a request. ` +
        'Split it, or name a bucket under "templateBucket" of the environment.',
    );
  }
  const key = `phasegate/templates/${sha256(body)}`;
  await upload(deployment, templateBucket, key, body);
  // By path, since a bucket with a dot in its name has no certificate. China has a domain of its own.
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { TemplateURL: `https://s3.${region}.${domain}/${templateBucket}/${key}` };
}

async function upload(
  { client, region, signal }: StackDeployment,
  Bucket: string,
  Key: string,
  body: string,
): Promise<void> {
  const s3 = await s3Beside(client, region);
  try {
    if (await exists(s3, { Bucket, Key }, signal)) return;
    // S3 refuses what does not arrive as it was sent.
    const ChecksumSHA256 = Buffer.from(sha256(body), 'hex').toString('base64');
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: body, ChecksumSHA256 }), { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    throw explainError(error, { subject: `s3://${Bucket}/${Key}`, service: `S3 in ${region}` });
  }
}

async function exists(s3: S3Client, object: { Bucket: string; Key: string }, signal: AbortSignal): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand(object), { abortSignal: signal });
    return true;
  } catch (error) {
    // Without the right to list the bucket, AWS says 403 of an object that is not there.
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 404 || status === 403) return false;
    throw error;
  }
}

const clients = new WeakMap<CloudFormationClient, S3Client>();

/** A client of S3 with the credentials, and the endpoint if it is not AWS's own, of a client of CloudFormation. */
async function s3Beside(client: CloudFormationClient, region: string): Promise<S3Client> {
  const known = clients.get(client);
  if (known !== undefined) return known;
  const { credentials, endpoint } = client.config;
  const own = client.config.isCustomEndpoint === true ? await endpoint?.() : undefined;
  const s3 = new S3Client({
    region,
    credentials,
    // Other endpoints have no host names for buckets.
    ...(own === undefined ? {} : { endpoint: own, forcePathStyle: true }),
    ...((process.env['AWS_ENDPOINT_URL'] ?? '') === '' ? {} : { forcePathStyle: true }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  });
  clients.set(client, s3);
  return s3;
}
