import { S3Client } from '@aws-sdk/client-s3';

/** Folders of app/ that are made from its sources, or installed. They are no part of what is delivered or tested. */
export const LEFT_OUT = new Set(['node_modules', 'dist', 'reports', 'coverage']);

/** A client for the bucket of releases. */
export function bucketClient(region) {
  // Buckets of the sandbox have no host names of their own.
  return new S3Client({ region, forcePathStyle: (process.env.AWS_ENDPOINT_URL ?? '') !== '' });
}
