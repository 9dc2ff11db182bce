import type { Build } from '@aws-sdk/client-codebuild';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CodeBuildHere, contextOf, isRunning, phasesIn } from './support.ts';

describe('A build of the CodeBuild stand-in', () => {
  let here: CodeBuildHere;
  beforeEach(async () => (here = await CodeBuildHere.create()));
  afterEach(() => here.remove());

  const logOf = async (build: Build) => readFile(fileURLToPath(build.logs!.deepLink!), 'utf8');

  it('runs its commands, which hand on the folder and exported variables, and exports variables', async () => {
    await here.project('app', {
      env: { variables: { STAGE: 'from the buildspec', KEPT: 'kept' }, 'exported-variables': ['DIGEST', 'UNSET'] },
      phases: {
        install: { commands: ['mkdir sub && cd sub', 'export DIGEST="it\'s $STAGE"', 'plain=1'] },
        build: {
          commands: ['basename "$PWD"', 'echo "$DIGEST/$KEPT/$plain/$CODEBUILD_BUILD_NUMBER"', 'set -e; true; exit 0'],
        },
        post_build: { commands: ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"'] },
      },
    });
    const environmentVariablesOverride = [{ name: 'STAGE', value: 'dev', type: 'PLAINTEXT' }];
    const build = await here.run('app', { environmentVariablesOverride });
    assert.equal(build.buildStatus, 'SUCCEEDED');
    assert.deepEqual(phasesIn(build), [
      'SUBMITTED SUCCEEDED',
      'QUEUED SUCCEEDED',
      'PROVISIONING SUCCEEDED',
      'DOWNLOAD_SOURCE SUCCEEDED',
      'INSTALL SUCCEEDED',
      'PRE_BUILD SUCCEEDED',
      'BUILD SUCCEEDED',
      'POST_BUILD SUCCEEDED',
      'UPLOAD_ARTIFACTS SUCCEEDED',
      'FINALIZING SUCCEEDED',
      'COMPLETED -',
    ]);
    assert.deepEqual(build.exportedEnvironmentVariables, [{ name: 'DIGEST', value: "it's dev" }]);
    const log = await logOf(build);
    assert.match(log, /^sub$/m);
    assert.match(log, /^it's dev\/kept\/\/1$/m);
    assert.match(log, /^succeeding: 1$/m);
  });

  it('has a clean environment, and leaves no credentials or sources behind', async () => {
    process.env['PHASEGATE_TEST_LEAK'] = 'leaked';
    process.env['AWS_ENDPOINT_URL_CODEBUILD'] = 'http://127.0.0.1:1';
    try {
      await here.project('clean', { phases: { build: { commands: ['env | sort', 'touch "$HOME/x" "$TMPDIR/y"'] } } });
      const build = await here.run('clean');
      const log = await logOf(build);
      assert.equal(build.buildStatus, 'SUCCEEDED');
      assert.doesNotMatch(log, /leaked/);
      assert.match(log, /^AWS_ENDPOINT_URL_CODEBUILD=http:\/\/127\.0\.0\.1:1$/m);
      assert.match(log, /^CODEBUILD_SRC_DIR=/m);
      assert.doesNotMatch(log, /^TEMPORAL_|^npm_|^NODE_OPTIONS/m);
      const folder = join(here.stateDir, 'builds', build.id!.split(':')[1]!);
      // They go just after the build is seen to have ended: after a crash in between, the artifacts could be made again from them.
      const isClean = () => !existsSync(join(folder, 'work')) && !existsSync(join(folder, 'run', 'run.json'));
      await here.until(build.id!, isClean);
    } finally {
      Reflect.deleteProperty(process.env, 'PHASEGATE_TEST_LEAK');
      Reflect.deleteProperty(process.env, 'AWS_ENDPOINT_URL_CODEBUILD');
    }
  });

  it('fails with the first command that fails and its last lines; post_build still runs', async () => {
    await here.project('failing', {
      phases: {
        build: {
          commands: ['echo before', 'echo the reason; echo to stderr >&2; exit 7', 'echo never'],
          finally: ['echo final'],
        },
        post_build: { commands: ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"'] },
      },
    });
    const build = await here.run('failing');
    assert.equal(build.buildStatus, 'FAILED');
    const { statusCode, message } = contextOf(build, 'BUILD');
    assert.equal(statusCode, 'COMMAND_EXECUTION_ERROR');
    assert.equal(
      message,
      'Error while executing command: echo the reason; echo to stderr >&2; exit 7. Reason: exit status 7\nthe reason\nto stderr',
    );
    const log = await logOf(build);
    assert.doesNotMatch(log, /^never/m);
    assert.match(log, /^final$/m);
    assert.match(log, /^succeeding: 0$/m);
  });

  it('ends after a failure in pre_build, or in build with on-failure ABORT', async () => {
    await here.project('early', {
      phases: { pre_build: { commands: ['false'] }, build: { commands: ['true'] }, post_build: { commands: ['true'] } },
    });
    await here.project('abort', {
      phases: { build: { 'on-failure': 'ABORT', commands: ['false'] }, post_build: { commands: ['true'] } },
    });
    const [early, abort] = [await here.run('early'), await here.run('abort')];
    assert.deepEqual(phasesIn(early).slice(4), [
      'INSTALL SUCCEEDED',
      'PRE_BUILD FAILED',
      'FINALIZING SUCCEEDED',
      'COMPLETED -',
    ]);
    assert.deepEqual(phasesIn(abort).slice(6), ['BUILD FAILED', 'FINALIZING SUCCEEDED', 'COMPLETED -']);
  });

  it('goes on after a failure with on-failure CONTINUE, and has failed', async () => {
    await here.project('goes-on', {
      phases: { install: { 'on-failure': 'CONTINUE', commands: ['false'] }, build: { commands: ['echo built'] } },
    });
    const build = await here.run('goes-on');
    assert.equal(build.buildStatus, 'FAILED');
    assert.match(await logOf(build), /^built$/m);
  });

  it('fails with YAML_FILE_ERROR for a buildspec that cannot be used', async () => {
    await here.project('wrong', { phases: { deploy: { commands: ['ls'] } } });
    const wrong = contextOf(await here.run('wrong'), 'DOWNLOAD_SOURCE');
    assert.equal(wrong.statusCode, 'YAML_FILE_ERROR');
    assert.match(wrong.message, /invalid buildspec phase name: deploy/);

    const phases = { build: { commands: ['true'] } };
    await here.project('parameter', { env: { 'parameter-store': { URL: '/app/url' } }, phases });
    const parameter = contextOf(await here.run('parameter'), 'DOWNLOAD_SOURCE');
    assert.match(
      parameter.message,
      /client-ssm, which is not installed|parameter "\/app\/url" of variable URL cannot be read/,
    );
  });

  it('is ended at its time limit and when it is stopped, with programs that have left its group', async () => {
    const pidFile = join(here.stateDir, 'pid');
    const commands = [`setsid sleep 600 & echo $! > ${pidFile}; echo begun; sleep 600`];
    await here.project('slow', { phases: { build: { commands } } });
    // Requests that pass the protocol have at least five minutes.
    const timedOut = await here.run('slow', { timeoutInMinutesOverride: 0.02 });
    assert.equal(timedOut.buildStatus, 'TIMED_OUT');
    assert.deepEqual(contextOf(timedOut, 'BUILD').statusCode, 'BUILD_TIMED_OUT');
    assert.match(contextOf(timedOut, 'BUILD').message, /begun$/);
    await assertGone(pidFile);

    await rm(pidFile);
    const id = await here.start('slow');
    await here.until(id, () => existsSync(pidFile));
    const { build: stopped } = await here.ask<{ build: Build }>('StopBuild', { id });
    assert.equal(stopped.buildStatus, 'STOPPED');
    assert.equal(contextOf(stopped, 'BUILD').statusCode, 'BUILD_STOPPED');
    await assertGone(pidFile);
  });

  it('ends when its folder is deleted, because its sandbox is gone then', async () => {
    const pidFile = join(here.stateDir, 'pid');
    await here.project('orphan', { phases: { build: { commands: [`echo $$ > ${pidFile}; sleep 600`] } } });
    const id = await here.start('orphan');
    await here.until(id, () => existsSync(pidFile));
    const pid = Number(await readFile(pidFile, 'utf8'));
    await rm(join(here.stateDir, 'builds', id.split(':')[1]!, 'run'), { recursive: true });
    while (await isRunning(pid)) await delay(50);
  });

  it('runs two at once and queues the others, which can be stopped there', async () => {
    const go = join(here.stateDir, 'go');
    await here.project('waits', { phases: { build: { commands: [`while [ ! -f ${go} ]; do sleep 0.05; done`] } } });
    const ids: string[] = [];
    // One after the other: the order is asserted.
    for (let started = 0; started < 4; started += 1) ids.push(await here.start('waits'));
    const [first = '', second = '', third = '', fourth = ''] = ids;
    await here.until(first, ({ currentPhase }) => currentPhase === 'BUILD');
    await here.until(second, ({ currentPhase }) => currentPhase === 'BUILD');
    for (const id of [third, fourth]) {
      const { currentPhase, buildStatus } = await here.build(id);
      assert.deepEqual([currentPhase, buildStatus], ['QUEUED', 'IN_PROGRESS']);
    }
    const { build: stopped } = await here.ask<{ build: Build }>('StopBuild', { id: fourth });
    assert.deepEqual(phasesIn(stopped).slice(0, 2), ['SUBMITTED SUCCEEDED', 'QUEUED STOPPED']);
    await writeFile(go, '');
    for (const id of [first, second, third]) assert.equal((await here.ended(id)).buildStatus, 'SUCCEEDED');
  });

  it('has a log that is cut in the middle, and still tells the last lines', async () => {
    await here.project('loud', {
      phases: { build: { commands: ['yes "a line that is repeated" | head -c 30000000; echo the end; exit 1'] } },
    });
    const build = await here.run('loud');
    const { size } = await stat(fileURLToPath(build.logs!.deepLink!));
    assert.ok(size < 10.2 * 1024 * 1024, `${size}`);
    assert.match(await logOf(build), /The log is cut here: \d+ bytes were left out/);
    assert.match(contextOf(build, 'BUILD').message, /the end$/);
  });

  it('is the same build for the same idempotency token, and refused for other parameters', async () => {
    await here.project('once', { phases: { build: { commands: ['true'] } } });
    const idempotencyToken = 'release-1';
    const [first, second] = await Promise.all([1, 2].map(() => here.start('once', { idempotencyToken })));
    assert.equal(first, second);
    const other = here.start('once', { idempotencyToken, timeoutInMinutesOverride: 10 });
    await assert.rejects(other, { code: 'InvalidInputException' });
    const { ids } = await here.ask<{ ids: string[] }>('ListBuildsForProject', { projectName: 'once' });
    assert.deepEqual(ids, [first]);
    await here.ended(first!);
  });

  it('can be retried and listed; unknown ones are told', async () => {
    await here.project('again', { phases: { build: { commands: ['true'] } } });
    const { id } = await here.run('again');
    const { build } = await here.ask<{ build: Build }>('RetryBuild', { id });
    assert.equal(build.buildNumber, 2);
    await here.ended(build.id!);
    const { ids } = await here.ask<{ ids: string[] }>('ListBuilds', {});
    assert.deepEqual(ids, [build.id, id]);
    assert.deepEqual(await here.ask('BatchGetBuilds', { ids: ['again:no'] }), {
      builds: [],
      buildsNotFound: ['again:no'],
    });
    await assert.rejects(here.ask('StopBuild', { id: 'again:no' }), { code: 'ResourceNotFoundException' });
    await assert.rejects(here.start('never'), { code: 'ResourceNotFoundException' });
  });

  it('belongs to a project, which can be changed and deleted', async () => {
    await here.project('kept', { phases: { build: { commands: ['true'] } } });
    await assert.rejects(here.project('kept', {}), { code: 'ResourceAlreadyExistsException' });
    await here.ask('UpdateProject', { name: 'kept', description: 'changed' });
    const { projects, projectsNotFound } = await here.ask<{
      projects: { description?: string; created: Date }[];
      projectsNotFound: string[];
    }>('BatchGetProjects', { names: ['kept', 'missing'] });
    assert.equal(projects[0]?.description, 'changed');
    assert.ok(projects[0].created instanceof Date);
    assert.deepEqual(projectsNotFound, ['missing']);
    await here.ask('DeleteProject', { name: 'kept' });
    assert.deepEqual(await here.ask('ListProjects', {}), {});
    const git = here.project('git', {}, { source: { type: 'GITHUB', location: 'https://example.com' } });
    await git;
    await assert.rejects(here.start('git'), /sources of type GITHUB are not in the stand-in/);
  });
});

async function assertGone(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  assert.equal(await isRunning(pid), false);
}
