/**
 * Delivers the application's sources: a zip of app/, as a version of an object in S3.
 *
 *     node deliver.mjs s3://BUCKET/KEY REGION [REVISION]
 *     node deliver.mjs --revision
 *
 * REVISION is what the developers have delivered: the note says whether the sources have changed since. `--revision` prints that of the
 * sources as they are: the SHA-256 of the zip.
 *
 * The same files give the same zip; what is there already is not uploaded again. Outputs: VersionId and Sha256.
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import yazl from 'yazl';
import { bucketClient, LEFT_OUT } from './sources.mjs';

const [location, region, delivered] = process.argv.slice(2);
const isAsked = location === '--revision';
const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location ?? '') ?? [];
if (!isAsked && (Bucket === undefined || region === undefined)) {
  console.error('Say where to deliver, as s3://BUCKET/KEY, and the region.');
  process.exit(2);
}

const phase = join(import.meta.dirname, '..');
/** A zip holds local times, if it is made to: this one is the same in every zone. */
const TIME = new Date(1980, 0, 1);

let client;
let body;
let sha256;
try {
  const files = await filesBelow(join(phase, 'app'), LEFT_OUT);
  if (files.length === 0) throw new Error('app/ has no files to deliver');
  body = await zipOf(files);
  sha256 = createHash('sha256').update(body).digest('hex');
  if (isAsked) console.log(sha256);
  else await deliver();
} catch (error) {
  console.error(`${location}: ${error.message}`);
  process.exitCode = 1;
}

async function deliver() {
  client = bucketClient(region);
  const VersionId = (await present()) ?? (await upload());
  console.log(
    JSON.stringify({
      outputs: { VersionId, Sha256: sha256 },
      evidence: [{ where: `s3://${Bucket}/${Key}?versionId=${VersionId}`, sha256 }],
      note: `${Key} version ${VersionId}${since()}`,
    }),
  );
}

function since() {
  if (delivered === undefined) return '';
  return delivered === sha256
    ? ', as the developers delivered it'
    : `, changed since the developers delivered ${delivered}`;
}

async function present() {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    return head.Metadata?.sha256 === sha256 ? head.VersionId : undefined;
  } catch (error) {
    if (error.name === 'NotFound') return undefined;
    throw error;
  }
}

async function upload() {
  const put = await client.send(
    new PutObjectCommand({ Bucket, Key, Body: body, ContentType: 'application/zip', Metadata: { sha256 } }),
  );
  if (put.VersionId === undefined) throw new Error(`${Bucket} keeps no versions, so a release could not name one`);
  return put.VersionId;
}

/** @param leftOut names that do not count in the folder itself */
async function filesBelow(folder, leftOut = new Set()) {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !leftOut.has(name))
      .map((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return filesBelow(path);
        // A link could lead out of the folder, and the zip has no place for either.
        if (!entry.isFile() || entry.name.includes('\\')) {
          throw new Error(
            `${relative(phase, path)} cannot be delivered: it is a link or no file, or has a backslash in its name`,
          );
        }
        return [path];
      }),
  );
  return found.flat();
}

async function zipOf(files) {
  const zip = new yazl.ZipFile();
  for (const file of files.sort()) {
    const name = relative(phase, file).split(sep).join('/');
    zip.addFile(file, name, { mtime: TIME, mode: 0o100644, forceDosTimestamp: true });
  }
  zip.end();
  return buffer(zip.outputStream);
}
