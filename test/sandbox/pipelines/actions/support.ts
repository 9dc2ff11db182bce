import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionOutcome, ActionRun } from '../../../../scripts/sandbox/pipelines/action.ts';
import { providers } from '../../../../scripts/sandbox/pipelines/actions/index.ts';
import type { StandInContext } from '../../../../scripts/sandbox/pipelines/builds/open.ts';
import { writeZip } from '../../../../scripts/sandbox/pipelines/builds/zips.ts';

/** Files of a zip by their path. */
export type Files = { readonly [path: string]: string };

/** Runs actions of one state folder, each in a folder of its own. */
export class Actions {
  readonly stateDir: string;
  readonly context: StandInContext;

  constructor(stateDir: string, artifactBucket?: string) {
    this.stateDir = stateDir;
    this.context = { stateDir, ...(artifactBucket === undefined ? {} : { artifactBucket: () => artifactBucket }) };
  }

  /** A run of an action, `Category/Provider`. */
  run(type: string, configuration: { readonly [key: string]: string }, more: Partial<ActionRun> = {}): ActionRun {
    const [category = '', provider = ''] = type.split('/');
    const actionExecutionId = randomUUID();
    return {
      pipeline: 'release',
      executionId: randomUUID(),
      stage: 'Stage',
      action: 'TheAction',
      actionExecutionId,
      type: { category, owner: 'AWS', provider, version: '1' },
      region: 'eu-west-1',
      configuration,
      inputs: [],
      outputs: [],
      folder: join(this.stateDir, 'runs', actionExecutionId),
      ...more,
    };
  }

  async carryOut(run: ActionRun, signal = new AbortController().signal): Promise<ActionOutcome> {
    await mkdir(run.folder, { recursive: true });
    const { category, provider } = run.type;
    const found = providers(this.context).find(({ type }) => type.category === category && type.provider === provider);
    return (found ?? assert.fail(`${category}/${provider}`)).run(run, { signal, started: () => undefined });
  }

  /** A zip file as an input artifact. */
  async artifact(name: string, files: Files): Promise<{ name: string; file: string }> {
    const file = join(this.stateDir, `${name}-${randomUUID()}.zip`);
    await zipOf(file, files);
    return { name, file };
  }
}

export async function zipOf(file: string, files: Files): Promise<void> {
  await writeZip(
    file,
    Object.entries(files).map(([path, text]) => ({ path, content: { text } })),
  );
}

/** Variables and status of an action that must succeed. */
export function succeeded(outcome: ActionOutcome): ActionOutcome {
  assert.equal(outcome.status, 'Succeeded', outcome.error?.message);
  return outcome;
}

/** Creates a bucket whose objects have versions. */
export async function bucket(name: string, versions = true): Promise<S3Client> {
  const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  if (versions) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
  }
  return s3;
}

/** Uploads a file; returns its version. */
export async function put(s3: S3Client, Bucket: string, Key: string, file: string): Promise<string> {
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(file) }));
  return VersionId ?? '';
}
