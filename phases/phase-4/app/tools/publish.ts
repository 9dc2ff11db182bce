import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, NotFound, PutObjectCommand } from '@aws-sdk/client-s3';
import { s3Client } from '../src/documents/s3-documents.ts';
import { Manifest } from './manifest.ts';
import { runTool, say, variable } from './report.ts';

/** Reports of the build, and what its packages were, which a gate reads. */
const REPORTS = [
  'reports/coverage/coverage-summary.json',
  'reports/licences.json',
  'reports/sbom.json',
  'reports/secrets.json',
  'package.json',
  'package-lock.json',
] as const;

/**
 * Uploads the zips to CODE_BUCKET. A key holds the digest of its content, so what is there already is right. The reports of the build follow,
 * under `reports/RELEASE/`.
 */
await runTool('publish', async () => {
  const bucket = variable('CODE_BUCKET');
  const dist = join(import.meta.dirname, '..');
  const client = s3Client(process.env['AWS_ENDPOINT_URL']);
  const manifest = Manifest.parse(JSON.parse(await readFile(join(dist, 'manifest.json'), 'utf8')));
  for (const { key, codeSha256 } of Object.values(manifest.functions)) {
    if (await there(key)) {
      say(`${key} is there`);
      continue;
    }
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: await readFile(join(dist, key)),
        ContentType: 'application/zip',
        ChecksumSHA256: codeSha256,
      }),
    );
    say(`${key} uploaded`);
  }
  for (const report of REPORTS) {
    const Key = `reports/${manifest.release}/${report.replace(/^reports\//, '')}`;
    const Body = await readFile(join(dist, '..', report));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'application/json' }));
  }
  say(`release ${manifest.release} is in ${bucket}, with its reports`);

  async function there(key: string): Promise<boolean> {
    try {
      await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return true;
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
  }
});
