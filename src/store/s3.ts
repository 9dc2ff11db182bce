import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { bucketsByPath } from '../aws/clients.ts';
import { explainError } from '../aws/errors.ts';
import { PermanentError } from '../base/errors.ts';
import type { RecordStore } from './store.ts';

const TIMEOUT_MS = 60_000;

/**
 * Stores records in an S3 bucket. The SDK reads credentials, region and endpoint (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3) from the
 * environment. Writing needs `s3:PutObject` below the prefix, reading needs `s3:GetObject`.
 *
 * @param location `s3://bucket/prefix`
 * @throws PermanentError when the location names no bucket
 */
export function s3Store(location: string): RecordStore {
  const { bucket, prefix } = parsed(location);
  const client = new S3Client({ forcePathStyle: bucketsByPath() });
  const address = (path: string) => ({ Bucket: bucket, Key: `${prefix}${path}` });
  const explained = async <T>(path: string, action: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      // The time-out covers all attempts of the SDK, which has no time-out by default.
      return await action(AbortSignal.timeout(TIMEOUT_MS));
    } catch (error) {
      throw explainError(error, { subject: `s3://${bucket}/${prefix}${path}`, service: 'S3' });
    }
  };
  const write = (path: string, content: string | Uint8Array, condition: { readonly IfNoneMatch?: string } = {}) =>
    explained(path, async (abortSignal) => {
      const ContentType = path.endsWith('.json') ? 'application/json' : 'text/plain';
      const command = new PutObjectCommand({ ...address(path), Body: content, ContentType, ...condition });
      try {
        await client.send(command, { abortSignal });
      } catch (error) {
        const isThere = error instanceof S3ServiceException && error.name === 'PreconditionFailed';
        if (!isThere || condition.IfNoneMatch === undefined) throw error;
      }
    });
  return {
    location,
    write: (path, text) => write(path, text),
    writeOnce: (path, content) => write(path, content, { IfNoneMatch: '*' }),
    add: (path, id, line) => write(`${path}/${id}.json`, `${line}\n`),
    read: (path) =>
      explained(path, async (abortSignal) => {
        try {
          const { Body } = await client.send(new GetObjectCommand(address(path)), { abortSignal });
          return await Body?.transformToString();
        } catch (error) {
          if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
          throw error;
        }
      }),
  };
}

function parsed(location: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(location) ?? [];
  if (bucket === undefined) {
    throw new PermanentError(`${location} names no bucket; write s3://bucket or s3://bucket/prefix`);
  }
  const prefix = path.replace(/^\/+|\/+$/g, '');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}
