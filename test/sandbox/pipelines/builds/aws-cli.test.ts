import type {
  BatchGetBuildsOutput,
  BatchGetProjectsOutput,
  CreateProjectOutput,
  ListBuildsOutput,
  ListProjectsOutput,
  StartBuildOutput,
} from '@aws-sdk/client-codebuild';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsCli, commands } from '../../../support/aws-cli.ts';
import { Bench } from '../harness.ts';
import { CodeBuildHere, spec as buildspecOf } from './support.ts';

describe('The AWS CLI and the stand-in of CodeBuild', function () {
  this.timeout(120_000);
  let bench: Bench;
  let builds: CodeBuildHere;
  let aws: AwsCli;

  beforeEach(async () => {
    builds = await CodeBuildHere.create();
    bench = await Bench.start({ codeBuild: builds.operations });
    aws = new AwsCli(bench.url);
  });
  afterEach(async () => {
    await bench.stop();
    await builds.remove();
  });

  it('a project and its builds: every operation of CodeBuild that builds/SPEC.md lists', async () => {
    const buildspec = buildspecOf({
      phases: { build: { commands: ['echo built by $WHO', 'test "$WHO" != sleeper || sleep 60'] } },
    });
    const definition = {
      name: 'app',
      source: { type: 'NO_SOURCE', buildspec },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        ...{ type: 'LINUX_CONTAINER', image: 'aws/codebuild/standard:7.0', computeType: 'BUILD_GENERAL1_SMALL' },
        environmentVariables: [{ name: 'WHO', value: 'a test' }],
      },
      serviceRole: 'arn:aws:iam::000000000000:role/build',
    };
    const create = ['create-project', '--cli-input-json', JSON.stringify(definition)] as const;
    const { project } = await aws.json<CreateProjectOutput>('codebuild', ...create);
    assert.equal(project?.arn, 'arn:aws:codebuild:eu-west-1:000000000000:project/app');
    const update = ['update-project', '--name', 'app', '--description', 'builds the service'] as const;
    await aws.json('codebuild', ...update);
    const got = await aws.json<BatchGetProjectsOutput>('codebuild', 'batch-get-projects', '--names', 'app', 'none');
    assert.deepEqual(
      [got.projects?.map(({ name, description }) => [name, description]), got.projectsNotFound],
      [[['app', 'builds the service']], ['none']],
    );
    const { projects } = await aws.json<ListProjectsOutput>('codebuild', 'list-projects');
    assert.deepEqual(projects, ['app']);

    const { build } = await aws.json<StartBuildOutput>('codebuild', 'start-build', '--project-name', 'app');
    await builds.ended(build!.id!);
    const { builds: ended = [] } = await aws.json<BatchGetBuildsOutput>(
      ...(['codebuild', 'batch-get-builds', '--ids', build!.id!] as const),
    );
    assert.deepEqual(
      ended.map(({ buildStatus, buildComplete }) => [buildStatus, buildComplete]),
      [['SUCCEEDED', true]],
    );
    const again = (await aws.json<StartBuildOutput>('codebuild', 'retry-build', '--id', build!.id!)).build!.id!;
    const longer = ['--environment-variables-override', 'name=WHO,value=sleeper'];
    const long = (await aws.json<StartBuildOutput>('codebuild', 'start-build', '--project-name', 'app', ...longer))
      .build;
    const stopped = await aws.json<StartBuildOutput>('codebuild', 'stop-build', '--id', long!.id!);
    assert.equal(stopped.build?.buildStatus, 'STOPPED');

    const newestFirst = [long!.id, again, build!.id];
    assert.deepEqual((await aws.json<ListBuildsOutput>('codebuild', 'list-builds')).ids, newestFirst);
    const ofApp = ['list-builds-for-project', '--project-name', 'app', '--sort-order', 'ASCENDING'] as const;
    assert.deepEqual((await aws.json<ListBuildsOutput>('codebuild', ...ofApp)).ids, newestFirst.toReversed());
    assert.equal(await aws.text('codebuild', 'delete-project', '--name', 'app'), '');

    const spec = await readFile(
      join(import.meta.dirname, '../../../../scripts/sandbox/pipelines/builds/SPEC.md'),
      'utf8',
    );
    const [, listed = ''] = /^## Operations\n\n([^.]*)\./m.exec(spec) ?? [];
    const operations = [...listed.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    assert.deepEqual([...aws.succeeded].sort(), commands('codebuild', operations));
  });

  it('a refusal: the CLI tells the error by its name', async () => {
    const refused = await aws.refused('codebuild', 'start-build', '--project-name', 'none');
    assert.match(refused, /\(ResourceNotFoundException\) when calling the StartBuild .*none/);
  });
});
