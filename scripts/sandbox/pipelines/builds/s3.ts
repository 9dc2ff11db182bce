import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sharedClient, type AwsPlace } from '../../../../src/aws/clients.ts';
import { ZIP_BYTES, ZIP_ENTRIES } from './zips.ts';

/** An object in S3. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string | undefined;
}

/** What S3 tells of an object. */
export interface S3Taken {
  readonly etag: string;
  readonly version: string | undefined;
  readonly metadata: { readonly [name: string]: string };
}

/**
 * Downloads an object to a file, which appears complete or not at all.
 *
 * @throws the SDK's error, or an Error when the object is larger than an artifact may be
 */
export async function download(
  object: S3Object,
  file: string,
  place: AwsPlace,
  signal?: AbortSignal,
): Promise<S3Taken> {
  const { bucket: Bucket, key: Key, version: VersionId } = object;
  const client = sharedClient(S3Client, place);
  const answer = await client.send(
    new GetObjectCommand({ Bucket, Key, ...(VersionId === undefined ? {} : { VersionId }) }),
    signal === undefined ? {} : { abortSignal: signal },
  );
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.draft`;
  await pipeline(answer.Body as Readable, bounded(`s3://${Bucket}/${Key}`), createWriteStream(draft), { signal });
  await rename(draft, file);
  const { ETag = '', VersionId: taken, Metadata = {} } = answer;
  return { etag: ETag.replaceAll('"', ''), version: taken === 'null' ? undefined : taken, metadata: Metadata };
}

/** Downloads everything below a prefix into a folder. */
export async function downloadFolder(bucket: string, prefix: string, folder: string, place: AwsPlace): Promise<void> {
  const client = sharedClient(S3Client, place);
  let files = 0;
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }));
    for (const { Key: key = '' } of page.Contents ?? []) {
      const target = resolve(folder, key.slice(prefix.length));
      if (key.endsWith('/')) continue;
      if (!target.startsWith(resolve(folder) + sep)) throw new Error(`"${key}" would lie outside of the folder`);
      files += 1;
      if (files > ZIP_ENTRIES) throw new Error(`s3://${bucket}/${prefix} has more than ${ZIP_ENTRIES} objects`);
      await download({ bucket, key }, target, place);
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  if (files === 0) throw new Error(`there is no object below s3://${bucket}/${prefix}`);
}

/** Uploads a file. */
export async function upload(file: string, { bucket, key }: S3Object, place: AwsPlace): Promise<S3Taken> {
  const { size } = await stat(file);
  const { ETag = '', VersionId } = await sharedClient(S3Client, place).send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: createReadStream(file), ContentLength: size }),
  );
  return { etag: ETag.replaceAll('"', ''), version: VersionId, metadata: {} };
}

/** Splits `bucket/key`, `s3://bucket/key` and `arn:aws:s3:::bucket/key`. */
export function splitLocation(location: string): { readonly bucket: string; readonly key: string } {
  const path = location.replace(/^(s3:\/\/|arn:aws:s3:::)/, '');
  const slash = path.indexOf('/');
  return slash < 0 ? { bucket: path, key: '' } : { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

/** Joins the parts of a key, which may be empty or begin and end with slashes. */
export function joinKey(...parts: readonly string[]): string {
  return join(...parts.map((part) => part.replace(/^\/+|\/+$/g, ''))).replace(/^\.$/, '');
}

function bounded(what: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > ZIP_BYTES) done(new Error(`${what} has more than ${ZIP_BYTES / 1024 / 1024} MiB`));
      else done(undefined, chunk);
    },
  });
}
