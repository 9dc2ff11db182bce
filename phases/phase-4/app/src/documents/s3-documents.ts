import { GetObjectCommand, HeadObjectCommand, NotFound, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Settings } from '../settings/settings.ts';
import { documentKey } from './document.ts';
import type { DocumentStore } from './store.ts';

export interface S3DocumentsOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly settings: Settings['documents'];
  readonly now: () => Date;
}

/** @param endpoint an emulator's, which has no DNS name for each bucket */
export function s3Client(endpoint: string | undefined): S3Client {
  return new S3Client({
    forcePathStyle: endpoint !== undefined,
    // Else a presigned upload would carry the checksum of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}

export function s3Documents({ client, bucket, settings, now }: S3DocumentsOptions): DocumentStore {
  const expiry = (seconds: number) => new Date(now().getTime() + seconds * 1000).toISOString();
  return {
    async upload(document) {
      const { uploadSeconds } = settings;
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: documentKey(document),
        ContentType: document.contentType,
        ContentLength: document.length,
        ChecksumSHA256: document.sha256,
        // A document is written once: the address is good for one upload, even within its life.
        IfNoneMatch: '*',
      });
      const headers = {
        'content-type': document.contentType,
        'content-length': String(document.length),
        'x-amz-checksum-sha256': document.sha256,
        'if-none-match': '*',
      };
      // Signed as headers: S3 refuses an upload of another type, length or content.
      const names = new Set(Object.keys(headers));
      const url = await getSignedUrl(client, command, {
        expiresIn: uploadSeconds,
        signableHeaders: new Set(['host', ...names]),
        unhoistableHeaders: names,
      });
      return { method: 'PUT', url, headers, expiresAt: expiry(uploadSeconds) };
    },

    async download(document) {
      const { downloadSeconds } = settings;
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: documentKey(document),
        ResponseContentType: document.contentType,
        ResponseContentDisposition: `attachment; filename="${document.name}"`,
      });
      const url = await getSignedUrl(client, command, { expiresIn: downloadSeconds });
      return { method: 'GET', url, expiresAt: expiry(downloadSeconds) };
    },

    async look(document) {
      try {
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: documentKey(document) }));
        return { length: head.ContentLength ?? 0, contentType: head.ContentType ?? '' };
      } catch (error) {
        if (error instanceof NotFound) return undefined;
        throw error;
      }
    },
  };
}
