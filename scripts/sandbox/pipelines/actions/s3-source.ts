import { join } from 'node:path';
import type { ActionOutcome, ActionProvider, ActionRun } from '../action.ts';
import { readJson, writeJson } from '../builds/files.ts';
import { download } from '../builds/s3.ts';
import { placeOf } from '../builds/place.ts';
import { ActionError, provider, setting } from './outcome.ts';

const SUMMARY = 'codepipeline-artifact-revision-summary';

/**
 * The source action S3: takes one version of an object. The version is the latest one, or the one that the execution was started with.
 * Its outcome is on disk before it is told, so after a restart it is the same version.
 */
export const s3Source: ActionProvider = provider(
  { category: 'Source', owner: 'AWS', provider: 'S3' },
  async (run, { signal }) => {
    const file = join(run.folder, 'source.json');
    const known = await readJson<ActionOutcome>(file);
    if (known !== undefined) return known;
    const outcome = await take(run, signal);
    await writeJson(file, outcome);
    return outcome;
  },
);

async function take(run: ActionRun, signal: AbortSignal): Promise<ActionOutcome> {
  const bucket = setting(run, 'S3Bucket');
  const key = keyOf(run);
  const version = run.revision?.type === 'S3_OBJECT_VERSION_ID' ? run.revision.value : undefined;
  const [output] = run.outputs;
  if (output === undefined)
    throw new ActionError('ConfigurationError', `action "${run.action}" has no output artifact`);
  const zip = join(run.folder, 'source.zip');
  const { etag, version: taken, metadata } = await fetched(bucket, key, version, zip);
  if (taken === undefined) {
    throw new ActionError(
      'ConfigurationError',
      `bucket ${bucket} keeps no versions; turn versioning on for a source bucket`,
    );
  }
  return {
    status: 'Succeeded',
    externalExecutionId: taken,
    artifacts: { [output.name]: zip },
    variables: { BucketName: bucket, ObjectKey: key, VersionId: taken, ETag: etag },
    revision: {
      revisionId: taken,
      revisionSummary: metadata[SUMMARY] ?? `Amazon S3 version id: ${taken}`,
      revisionUrl: `https://${run.region}.console.aws.amazon.com/s3/object/${bucket}?prefix=${encodeURIComponent(key)}&versionId=${taken}`,
    },
  };

  async function fetched(Bucket: string, Key: string, wanted: string | undefined, target: string) {
    try {
      return await download({ bucket: Bucket, key: Key, version: wanted }, target, placeOf(run), signal);
    } catch (error) {
      const { name, message } = error as Error;
      if (!['NoSuchKey', 'NoSuchVersion', 'NoSuchBucket', 'NotFound', 'InvalidArgument'].includes(name)) throw error;
      const what = `s3://${Bucket}/${Key}${wanted === undefined ? '' : ` version ${wanted}`}`;
      throw new ActionError('RevisionUnavailable', `${what} cannot be read: ${name}: ${message}`);
    }
  }
}

function keyOf(run: ActionRun): string {
  const key = setting(run, 'S3ObjectKey');
  if (run.revision?.type !== 'S3_OBJECT_KEY') return key;
  if (run.configuration['AllowOverrideForS3ObjectKey'] === 'true') return run.revision.value;
  throw new ActionError(
    'ConfigurationError',
    `the execution was started with the object key ${run.revision.value}, which action "${run.action}" does not allow; ` +
      'set AllowOverrideForS3ObjectKey to true',
  );
}
