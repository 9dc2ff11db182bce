import { HeadObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { GetTemplateCommand, type CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../activities/define.ts';
import { sha256 } from '../plan/digest.ts';
import type { ChangeSet } from './change-set.ts';
import type { StackDeployment } from './deployment.ts';
import { explainError } from './errors.ts';
import type { StackAddress } from './stack.ts';

/** What a request can carry, in bytes of UTF-8; larger templates have to lie in S3. */
const LARGEST_BODY = 51_200;

/** How a template goes to CloudFormation: in the request, or as an object that the request names. */
export type TemplateSource = { readonly TemplateBody: string } | { readonly TemplateURL: string };

/** Whether a template is too large for a request. */
export function goesThroughBucket(body: string): boolean {
  return Buffer.byteLength(body) > LARGEST_BODY;
}

/** Whether a change set is made of a template, and not of what somebody else has put into the bucket in its place. */
export async function isMadeOf({ client, signal }: StackAddress, { id }: ChangeSet, body: string): Promise<boolean> {
  const command = new GetTemplateCommand({ ChangeSetName: id, TemplateStage: 'Original' });
  const { TemplateBody } = await client.send(command, { abortSignal: signal });
  return TemplateBody === body || TemplateBody === asAscii(body);
}

/** GetTemplate answers with a question mark for whatever is not ASCII. */
function asAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, '?');
}

/**
 * Uploads a template that is too large for a request. The object is named after what it holds, so nobody ever overwrites what
 * somebody else is deploying, and a repeated upload changes nothing.
 *
 * @throws PermanentError when it is too large and the playbook names no bucket
 */
export async function templateSource(deployment: StackDeployment, body: string): Promise<TemplateSource> {
  if (!goesThroughBucket(body)) return { TemplateBody: body };
  const { region, template, settings = {} } = deployment;
  const { templateBucket } = settings;
  if (templateBucket === undefined) {
    throw new PermanentError(
      `Template ${template.path} has ${Buffer.byteLength(body)} bytes; CloudFormation takes at most ${LARGEST_BODY} in a request. ` +
        'Split it, or name a bucket under "templateBucket" of the environment.',
    );
  }
  const key = `phasegate/templates/${sha256(body)}`;
  const s3 = await s3Beside(deployment.client, region);
  await upload(deployment, s3, { Bucket: templateBucket, Key: key }, body);
  // By path, since a bucket with a dot in its name has no certificate. Some partitions have a domain of their own.
  const { url } = s3.config.endpointProvider({ Region: region, Bucket: templateBucket, ForcePathStyle: true });
  return { TemplateURL: `${url.href}/${key}` };
}

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

async function upload({ region, signal }: StackDeployment, s3: S3Client, place: Place, body: string): Promise<void> {
  try {
    // S3 refuses what does not arrive as it was sent, and tells later what it holds.
    const ChecksumSHA256 = Buffer.from(sha256(body), 'hex').toString('base64');
    if ((await checksumOf(s3, place, signal)) === ChecksumSHA256) return;
    await s3.send(new PutObjectCommand({ ...place, Body: body, ChecksumSHA256 }), { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    throw explainError(error, { subject: `s3://${place.Bucket}/${place.Key}`, service: `S3 in ${region}` });
  }
}

/** @returns SHA-256 in Base64 of the object that is there; nothing when there is none, or it was put there by other means */
async function checksumOf(s3: S3Client, place: Place, signal: AbortSignal): Promise<string | undefined> {
  try {
    const command = new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' });
    return (await s3.send(command, { abortSignal: signal })).ChecksumSHA256;
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    // Without the right to list the bucket, AWS says 403 of an object that is not there.
    if (status === 404 || status === 403) return undefined;
    // An answer to HEAD has no body that could say so.
    if (status === 301) {
      throw new PermanentError(`Bucket ${place.Bucket} lies in another region; name one of the stack's own region.`);
    }
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
