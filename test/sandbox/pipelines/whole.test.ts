import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  ListBuildsForProjectCommand,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  type ActionDeclaration,
  CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  ListActionExecutionsCommand,
  type StageDeclaration,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPipelines, type Pipelines } from '../../../scripts/sandbox/pipelines.ts';
import { parts } from '../../../scripts/sandbox/pipelines/parts.ts';
import { serve } from '../../../scripts/sandbox/pipelines/server.ts';
import { emulator } from '../../support/emulator.ts';
import { bucket, put, zipOf } from './actions/support.ts';

const roleArn = 'arn:aws:iam::000000000000:role/pipeline';

/** The stack's parameter is the digest of the template, so the value went through every stage. */
const template = {
  Parameters: { Digest: { Type: 'String' } },
  Resources: { Value: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: { Ref: 'Digest' } } } },
  Outputs: { Digest: { Value: { Ref: 'Digest' } } },
};

describe('A pipeline of the stand-in that really executes', () => {
  let stateDir: string;
  let running: Pipelines | undefined;
  let name: string;
  let version: string;

  before(() => emulator());
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'phasegate-whole-'));
    name = `release-${randomUUID()}`;
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await rm(stateDir, { recursive: true, force: true });
  });

  it('takes a source, builds, checks and deploys it; each answer is as botocore describes it', async () => {
    const { url, stop } = await serve({
      port: 0,
      stateDir,
      rules: [],
      strict: true,
      region: 'eu-west-1',
      ...parts(stateDir),
    });
    const { builds, pipelines } = clients(url);
    await create(url, ['export DIGEST=$(sha256sum template.json | cut -c1-12)']);
    const id = await start(pipelines);
    assert.equal(await ended(pipelines, id), 'Succeeded');
    const { Stacks: [stack] = [] } = await new CloudFormationClient({ region: 'eu-west-1' }).send(
      new DescribeStacksCommand({ StackName: name }),
    );
    assert.match(stack?.Outputs?.[0]?.OutputValue ?? '', /^[0-9a-f]{12}$/);
    const { pipelineExecution } = await pipelines.send(
      new GetPipelineExecutionCommand({ pipelineName: 'release', pipelineExecutionId: id }),
    );
    assert.equal(pipelineExecution?.artifactRevisions?.[0]?.revisionId, version);

    const { ids = [] } = await builds.send(new ListBuildsForProjectCommand({ projectName: 'app' }));
    const { builds: [build] = [] } = await builds.send(new BatchGetBuildsCommand({ ids }));
    assert.equal(build?.buildStatus, 'SUCCEEDED');
    const override = { sourceTypeOverride: 'NO_SOURCE', artifactsOverride: { type: 'NO_ARTIFACTS' } } as const;
    const buildspecOverride = 'version: 0.2\nphases: { build: { commands: [sleep 60] } }';
    const { build: another } = await builds.send(
      new StartBuildCommand({ projectName: 'app', ...override, buildspecOverride }),
    );
    const { build: stopped } = await builds.send(new StopBuildCommand({ id: another?.id }));
    assert.equal(stopped?.buildStatus, 'STOPPED');
    await stop();
  });

  it('builds once when the stand-in is killed while it builds, and asks for an alarm at the end', async () => {
    const [count, go] = [join(stateDir, 'count'), join(stateDir, 'go')];
    running = await startPipelines({ stateDir });
    const commands = [`echo x >> ${count}; while [ ! -f ${go} ]; do sleep 0.05; done`, 'export DIGEST=after'];
    await create(running.url, commands, await quietAlarm(name));
    const id = await start(clients(running.url).pipelines);
    while (!existsSync(count)) await delay(50);
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
    await writeFile(go, '');

    running = await startPipelines({ stateDir });
    const { pipelines } = clients(running.url);
    assert.equal(await ended(pipelines, id), 'Succeeded');
    assert.equal(await readFile(count, 'utf8'), 'x\n');
    const { actionExecutionDetails = [] } = await pipelines.send(
      new ListActionExecutionsCommand({ pipelineName: 'release' }),
    );
    assert.deepEqual(
      actionExecutionDetails.map(({ actionName, status }) => `${actionName ?? ''} ${status ?? ''}`),
      ['Deploy Succeeded', 'Check Succeeded', 'Build Succeeded', 'Source Succeeded'],
    );
  });

  /** A pipeline Source, Build, Check, Deploy, whose project runs these commands. */
  async function create(url: string, commands: string[], onSuccess?: StageDeclaration['onSuccess']): Promise<void> {
    const { builds, pipelines } = clients(url);
    const s3 = await bucket(name);
    const phases = { build: { commands } };
    const buildspec = JSON.stringify({
      ...{ version: 0.2, env: { 'exported-variables': ['DIGEST'] }, phases },
      artifacts: { files: ['template.json'] },
    });
    const zip = join(stateDir, 'source.zip');
    await zipOf(zip, { 'template.json': JSON.stringify(template), 'buildspec.yml': buildspec });
    version = await put(s3, name, 'source.zip', zip);
    await builds.send(
      new CreateProjectCommand({
        name: 'app',
        source: { type: 'CODEPIPELINE' },
        artifacts: { type: 'CODEPIPELINE' },
        environment: {
          type: 'LINUX_CONTAINER',
          image: 'aws/codebuild/standard:7.0',
          computeType: 'BUILD_GENERAL1_SMALL',
        },
        serviceRole: 'arn:aws:iam::000000000000:role/build',
      }),
    );
    const [Source, App] = [[{ name: 'Source' }], [{ name: 'App' }]];
    const stages: StageDeclaration[] = [
      stage('Source', 'Source', 'S3', {
        configuration: { S3Bucket: name, S3ObjectKey: 'source.zip' },
        outputArtifacts: Source,
      }),
      stage('Build', 'Build', 'CodeBuild', {
        configuration: { ProjectName: 'app' },
        inputArtifacts: Source,
        outputArtifacts: App,
      }),
      stage('Check', 'Compute', 'Commands', {
        ...{
          commands: ['test -f template.json', 'export SEEN="#{Build.DIGEST}"'],
          outputVariables: ['SEEN'],
          inputArtifacts: App,
        },
      }),
      stage('Deploy', 'Deploy', 'CloudFormation', {
        configuration: {
          ...{ ActionMode: 'CREATE_UPDATE', StackName: name, TemplatePath: 'App::template.json' },
          ParameterOverrides: '{"Digest":"#{Check.SEEN}"}',
        },
        inputArtifacts: App,
      }),
    ];
    const artifactStore = { type: 'S3', location: name } as const;
    const pipeline = { name: 'release', pipelineType: 'V2', roleArn, artifactStore } as const;
    const last = { ...stages.pop()!, ...(onSuccess === undefined ? {} : { onSuccess }) };
    await pipelines.send(new CreatePipelineCommand({ pipeline: { ...pipeline, stages: [...stages, last] } }));
  }
});

/** A condition that a new alarm does not go off. */
async function quietAlarm(AlarmName: string): Promise<StageDeclaration['onSuccess']> {
  await new CloudWatchClient({ region: 'eu-west-1' }).send(
    new PutMetricAlarmCommand({
      ...{ AlarmName, Namespace: 'test', MetricName: AlarmName, Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
      ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
    }),
  );
  const ruleTypeId = { category: 'Rule', owner: 'AWS', provider: 'CloudWatchAlarm', version: '1' } as const;
  return { conditions: [{ result: 'FAIL', rules: [{ name: 'Quiet', ruleTypeId, configuration: { AlarmName } }] }] };
}

function clients(endpoint: string) {
  const settings = { endpoint, region: 'eu-west-1', maxAttempts: 1 };
  return { builds: new CodeBuildClient(settings), pipelines: new CodePipelineClient(settings) };
}

/** A stage with one action of its name; its variables are in a namespace of that name. */
function stage(
  name: string,
  category: 'Source' | 'Build' | 'Compute' | 'Deploy',
  provider: string,
  more: Partial<ActionDeclaration>,
): StageDeclaration {
  const actionTypeId = { category, owner: 'AWS', provider, version: '1' } as const;
  return { name, actions: [{ name, actionTypeId, namespace: name, ...more }] };
}

async function start(pipelines: CodePipelineClient): Promise<string> {
  const { pipelineExecutionId } = await pipelines.send(new StartPipelineExecutionCommand({ name: 'release' }));
  return pipelineExecutionId ?? assert.fail();
}

async function ended(pipelines: CodePipelineClient, pipelineExecutionId: string): Promise<string | undefined> {
  for (;;) {
    const request = { pipelineName: 'release', pipelineExecutionId };
    const { pipelineExecution } = await pipelines.send(new GetPipelineExecutionCommand(request));
    if (pipelineExecution?.status !== 'InProgress') return pipelineExecution?.status;
    await delay(100);
  }
}
