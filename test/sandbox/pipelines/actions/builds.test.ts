import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Projects } from '../../../../scripts/sandbox/pipelines/builds/projects.ts';
import { readFromZip } from '../../../../scripts/sandbox/pipelines/builds/zips.ts';
import { emulator } from '../../../support/emulator.ts';
import { CodeBuildHere, contextOf, isRunning, spec } from '../builds/support.ts';
import { Actions, bucket, put, succeeded, zipOf } from './support.ts';

describe('The source action S3', () => {
  let actions: Actions;
  let source: { s3: S3Client; name: string; versions: string[] };
  before(async () => {
    await emulator();
    actions = new Actions(await mkdtemp(join(tmpdir(), 'phasegate-actions-')));
    const name = `source-${randomUUID()}`;
    const s3 = await bucket(name);
    const versions: string[] = [];
    for (const text of ['one', 'two']) {
      const zip = join(actions.stateDir, `${text}.zip`);
      await zipOf(zip, { 'file.txt': text });
      versions.push(await put(s3, name, 'app/source.zip', zip));
    }
    source = { s3, name, versions };
  });
  after(() => rm(actions.stateDir, { recursive: true, force: true }));

  const run = (more: object = {}, configuration: { readonly [key: string]: string } = {}) =>
    actions.run(
      'Source/S3',
      { S3Bucket: source.name, S3ObjectKey: 'app/source.zip', ...configuration },
      { outputs: [{ name: 'App' }], ...more },
    );

  it('takes the latest version, and tells it', async () => {
    const outcome = succeeded(await actions.carryOut(run()));
    const { ETag, ...variables } = outcome.variables!;
    assert.match(ETag!, /^[0-9a-f]{32}$/);
    const [, latest] = source.versions;
    assert.deepEqual(variables, { BucketName: source.name, ObjectKey: 'app/source.zip', VersionId: latest });
    assert.equal(outcome.revision?.revisionId, latest);
    assert.equal(await readFromZip(outcome.artifacts!['App']!, 'file.txt'), 'two');
  });

  it('takes the version that the execution was started with, and the same one after a restart', async () => {
    const [first = '', second] = source.versions;
    const wanted = run({ revision: { type: 'S3_OBJECT_VERSION_ID', value: first } });
    const outcome = succeeded(await actions.carryOut(wanted));
    assert.equal(await readFromZip(outcome.artifacts!['App']!, 'file.txt'), 'one');
    // Called again with the same run, it has its outcome: the latest version does not matter.
    const again = await actions.carryOut({ ...run(), folder: wanted.folder });
    assert.equal(again.revision?.revisionId, first);
    assert.notEqual(first, second);
  });

  it('fails for an object, version or bucket that is not there, and for a bucket without versions', async () => {
    const missing = await actions.carryOut(run({}, { S3ObjectKey: 'no.zip' }));
    assert.equal(missing.error?.code, 'RevisionUnavailable');
    assert.match(missing.error.message, /no\.zip cannot be read: NoSuchKey/);
    const noBucket = await actions.carryOut(run({}, { S3Bucket: 'there-is-no-such-bucket' }));
    assert.equal(noBucket.error?.code, 'RevisionUnavailable');
    const revision = { type: 'S3_OBJECT_VERSION_ID', value: 'unknown' };
    assert.equal((await actions.carryOut(run({ revision }))).status, 'Failed');
    const plain = `plain-${randomUUID()}`;
    const s3 = await bucket(plain, false);
    await put(s3, plain, 'app/source.zip', join(actions.stateDir, 'one.zip'));
    const unversioned = await actions.carryOut(run({}, { S3Bucket: plain }));
    assert.match(unversioned.error?.message ?? '', /keeps no versions/);
  });

  it('takes another object key only where the action allows it', async () => {
    const revision = { type: 'S3_OBJECT_KEY', value: 'other.zip' };
    assert.match((await actions.carryOut(run({ revision }))).error?.message ?? '', /does not allow/);
    await put(source.s3, source.name, 'other.zip', join(actions.stateDir, 'one.zip'));
    const outcome = succeeded(await actions.carryOut(run({ revision }, { AllowOverrideForS3ObjectKey: 'true' })));
    assert.equal(outcome.variables?.['ObjectKey'], 'other.zip');
  });
});

describe('A build with files', () => {
  let here: CodeBuildHere;
  let actions: Actions;
  before(() => emulator());
  beforeEach(async () => {
    here = await CodeBuildHere.create();
    actions = new Actions(here.stateDir);
  });
  afterEach(() => here.remove());

  const buildspec = spec({
    env: { 'exported-variables': ['VERSION'] },
    phases: {
      build: {
        commands: [
          'mkdir -p dist/sub && cp input.txt dist/sub/ && echo "$GREETING" > dist/greeting.txt',
          'test -n "$CODEBUILD_SRC_DIR_Config" && cp "$CODEBUILD_SRC_DIR_Config/config.json" dist/ || true',
          'export VERSION=1.2.3',
        ],
      },
    },
    artifacts: {
      'base-directory': 'dist',
      files: ['**/*'],
      name: 'app-$VERSION.zip',
      'secondary-artifacts': { Extra: { files: ['dist/greeting.txt'], 'discard-paths': 'yes' } },
    },
  });

  const project = (name: string, source: object, artifacts: object) =>
    new Projects(here.stateDir).create(
      {
        name,
        source: source as never,
        artifacts: artifacts as never,
        environment: { type: 'LINUX_CONTAINER', image: 'none', computeType: 'BUILD_GENERAL1_SMALL' },
        serviceRole: 'arn:aws:iam::000000000000:role/build',
      },
      'eu-west-1',
    );

  it('takes its source from S3 and puts its artifact there, under the name that the buildspec gives', async () => {
    const name = `build-${randomUUID()}`;
    const s3 = await bucket(name);
    const zip = join(here.stateDir, 'source.zip');
    await zipOf(zip, { 'input.txt': 'input', 'buildspec.yml': buildspec });
    await put(s3, name, 'in/source.zip', zip);
    await project(
      'from-s3',
      { type: 'S3', location: `${name}/in/source.zip` },
      { type: 'S3', location: name, path: 'out', name: 'app.zip', packaging: 'ZIP', overrideArtifactName: true },
    );
    const build = await here.run('from-s3');
    assert.equal(build.buildStatus, 'SUCCEEDED', JSON.stringify(build.phases));
    assert.equal(build.artifacts?.location, `arn:aws:s3:::${name}/out/app-1.2.3.zip`);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: name, Key: 'out/app-1.2.3.zip' }));
    assert.ok((await Body!.transformToByteArray()).length > 100);

    const missing = await here.run('from-s3', { sourceLocationOverride: `${name}/no.zip` });
    assert.match(contextOf(missing, 'DOWNLOAD_SOURCE').message, /no\.zip cannot be taken as source: NoSuchKey/);
  });

  it('is an action: artifacts in and out, variables, exported variables; once for one action execution', async () => {
    await project('app', { type: 'CODEPIPELINE' }, { type: 'CODEPIPELINE' });
    const inputs = [
      await actions.artifact('Source', { 'input.txt': 'input', 'buildspec.yml': buildspec }),
      await actions.artifact('Config', { 'config.json': '{}' }),
    ];
    const EnvironmentVariables = JSON.stringify([{ name: 'GREETING', value: 'hello', type: 'PLAINTEXT' }]);
    const configuration = { ProjectName: 'app', PrimarySource: 'Source', EnvironmentVariables };
    const one = actions.run('Build/CodeBuild', configuration, { inputs, outputs: [{ name: 'Dist' }] });
    const outcome = await actions.carryOut(one);
    // Primary and secondary artifacts: the only output is the primary artifact.
    succeeded(outcome);
    assert.deepEqual(outcome.variables, { VERSION: '1.2.3' });
    const dist = outcome.artifacts!['Dist']!;
    assert.equal(await readFromZip(dist, 'sub/input.txt'), 'input');
    assert.equal(await readFromZip(dist, 'config.json'), '{}');
    assert.equal(await readFromZip(dist, 'greeting.txt'), 'hello\n');
    assert.match(outcome.externalExecutionUrl ?? '', /^file:.*log\.txt$/);

    const again = await actions.carryOut(one);
    assert.equal(again.externalExecutionId, outcome.externalExecutionId);
    const { ids } = await here.ask<{ ids: string[] }>('ListBuildsForProject', { projectName: 'app' });
    assert.deepEqual(ids, [outcome.externalExecutionId]);

    const extra = await actions.carryOut(
      actions.run('Test/CodeBuild', configuration, { inputs, outputs: [{ name: 'Extra' }] }),
    );
    assert.equal(await readFromZip(succeeded(extra).artifacts!['Extra']!, 'greeting.txt'), 'hello\n');
  });

  it('fails its action with the failing command and its last lines', async () => {
    await project('app', { type: 'CODEPIPELINE' }, { type: 'CODEPIPELINE' });
    const failing = spec({ phases: { build: { commands: ['echo "3 tests failed"; exit 2'] } } });
    const inputs = [await actions.artifact('Source', { 'buildspec.yml': failing })];
    const outcome = await actions.carryOut(actions.run('Build/CodeBuild', { ProjectName: 'app' }, { inputs }));
    assert.equal(outcome.status, 'Failed');
    assert.equal(outcome.error?.code, 'JobFailed');
    assert.match(outcome.error.message, /FAILED in phase BUILD.*exit status 2\n3 tests failed$/s);
    const noProject = await actions.carryOut(actions.run('Build/CodeBuild', { ProjectName: 'no' }, { inputs }));
    assert.match(noProject.error?.message ?? '', /no CodeBuild project "no"/);
  });

  it('fails for an artifact without files, and for a buildspec that is not in the source', async () => {
    await project('app', { type: 'CODEPIPELINE' }, { type: 'CODEPIPELINE' });
    const empty = spec({ phases: { build: { commands: ['true'] } }, artifacts: { files: ['dist/**/*'] } });
    const more = {
      inputs: [await actions.artifact('Source', { 'buildspec.yml': empty })],
      outputs: [{ name: 'Dist' }],
    };
    const outcome = await actions.carryOut(actions.run('Build/CodeBuild', { ProjectName: 'app' }, more));
    assert.match(outcome.error?.message ?? '', /UPLOAD_ARTIFACTS.*no matching artifact paths found for "dist/);
    const inputs = [await actions.artifact('Source', { 'other.txt': '' })];
    const without = await actions.carryOut(actions.run('Build/CodeBuild', { ProjectName: 'app' }, { inputs }));
    assert.match(without.error?.message ?? '', /YAML_FILE_ERROR: YAML file does not exist/);
  });

  it('is a Commands action: files and output variables, not listed as a build of CodeBuild', async () => {
    const inputs = [await actions.artifact('Source', { 'input.txt': 'input' })];
    const run = actions.run(
      'Compute/Commands',
      {},
      {
        inputs,
        commands: [
          'mkdir out; cp input.txt out/; echo "$LEVEL" > out/level.txt',
          'export COUNT=$(ls out | wc -l | tr -d " ")',
        ],
        environmentVariables: [{ name: 'LEVEL', value: 'high' }],
        outputVariables: ['COUNT'],
        outputs: [{ name: 'Out', files: ['out/**/*'] }],
      },
    );
    const outcome = succeeded(await actions.carryOut(run));
    assert.deepEqual(outcome.variables, { COUNT: '2' });
    assert.equal(await readFromZip(outcome.artifacts!['Out']!, 'out/level.txt'), 'high\n');
    assert.deepEqual(await here.ask('ListBuilds', {}), {});
    const failing = await actions.carryOut(
      actions.run('Compute/Commands', {}, { commands: ['true', 'echo why; false', 'true'] }),
    );
    assert.match(failing.error?.message ?? '', /echo why; false\. Reason: exit status 1\nwhy$/);
  });

  it('is ended when its execution is abandoned', async () => {
    const pidFile = join(here.stateDir, 'pid');
    const abort = new AbortController();
    const run = actions.run('Compute/Commands', {}, { commands: [`echo $$ > ${pidFile}; sleep 600`] });
    const outcome = actions.carryOut(run, abort.signal);
    while (!existsSync(pidFile)) await delay(20);
    abort.abort();
    assert.equal((await outcome).status, 'Failed');
    const pid = Number(await readFile(pidFile, 'utf8'));
    assert.equal(await isRunning(pid), false);
  });

  it('refuses a source that is no zip file, and one that would leave its folder', async () => {
    const build = (file: string) =>
      actions.carryOut(actions.run('Compute/Commands', {}, { inputs: [{ name: 'Source', file }], commands: ['true'] }));
    const text = await build(join(import.meta.dirname, 'support.ts'));
    assert.match(text.error?.message ?? '', /cannot be read as a zip file/);
    const { file } = await actions.artifact('Evil', { 'aa/evil.txt': 'text' });
    const bytes = (await readFile(file, 'latin1')).replaceAll('aa/evil.txt', '../evil.txt');
    await writeFile(file, bytes, 'latin1');
    assert.match(
      (await build(file)).error?.message ?? '',
      /invalid relative path: \.\.\/evil\.txt|outside of the folder/,
    );
  });
});
