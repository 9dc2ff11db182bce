import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { BatchGetProjectsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import {
  CodePipelineClient,
  GetPipelineStateCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { clientFor, Stacks } from '../support/emulator-stacks.ts';
import { freePort } from '../support/sandbox.ts';

interface Call {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

describe('CodePipeline and CodeBuild of the emulator', function () {
  this.timeout(60_000);
  const calls: Call[] = [];
  let recorder: Server;
  let emulator: Emulator;
  let stacks: Stacks;

  before(async () => {
    recorder = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const operation = String(request.headers['x-amz-target']);
        const input = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        calls.push({ operation, input });
        const [status, body] = answer(operation, input);
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
      });
    }).listen(0, '127.0.0.1');
    await once(recorder, 'listening');
    const { port } = recorder.address() as AddressInfo;
    const pipelines = `http://127.0.0.1:${port}`;
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0, auth: true, pipelines });
    stacks = new Stacks(clientFor(emulator));
  });

  after(async () => {
    await emulator.stop();
    recorder.close();
  });

  beforeEach(() => void calls.splice(0));

  it("make a template's pipeline and project in the stand-in, spelt as the API has it", async () => {
    const outputs = await stacks.create('delivery', template('first'));
    assert.equal(outputs['Pipeline'], 'release');
    assert.equal(outputs['Version'], '1');
    assert.equal(outputs['Project'], 'build');
    assert.equal(outputs['ProjectArn'], 'arn:aws:codebuild:eu-west-1:000000000000:project/build');
    const operations = calls.map(({ operation }) => operation);
    assert.deepEqual(operations, [
      'CodeBuild_20161006.CreateProject',
      'CodePipeline_20150709.CreatePipeline',
      'CodePipeline_20150709.DisableStageTransition',
    ]);
    const [project, pipeline, transition] = calls.map(({ input }) => input);
    assert.deepEqual(project, {
      name: 'build',
      description: 'first',
      source: { type: 'CODEPIPELINE', buildspec: 'version: 0.2' },
      artifacts: { type: 'CODEPIPELINE' },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/standard:8.0',
        computeType: 'BUILD_GENERAL1_SMALL',
        environmentVariables: [{ name: 'STAGE', value: 'development', type: 'PLAINTEXT' }],
      },
      serviceRole: 'arn:aws:iam::000000000000:role/build',
      timeoutInMinutes: 15,
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: '/builds' } },
      tags: [{ key: 'team', value: 'orders' }],
    });
    assert.deepEqual(pipeline?.['tags'], [{ key: 'team', value: 'orders' }]);
    assert.deepEqual(pipeline['pipeline'], {
      name: 'release',
      roleArn: 'arn:aws:iam::000000000000:role/pipeline',
      pipelineType: 'V2',
      executionMode: 'QUEUED',
      artifactStore: { type: 'S3', location: 'artifacts' },
      variables: [{ name: 'revision', defaultValue: 'none' }],
      stages: [
        {
          name: 'Source',
          actions: [
            {
              name: 'Sources',
              actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' },
              configuration: { S3Bucket: 'sources', S3ObjectKey: 'app.zip', PollForSourceChanges: 'false' },
              outputArtifacts: [{ name: 'sources' }],
              runOrder: 1,
            },
          ],
        },
        {
          name: 'Production',
          onSuccess: {
            conditions: [
              {
                result: 'ROLLBACK',
                rules: [
                  {
                    name: 'errors',
                    ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'CloudWatchAlarm', version: '1' },
                    configuration: { AlarmName: 'errors', WaitTime: '1' },
                  },
                ],
              },
            ],
          },
          actions: [
            {
              name: 'Approve',
              actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
            },
          ],
        },
      ],
    });
    assert.deepEqual(transition, {
      pipelineName: 'release',
      stageName: 'Production',
      transitionType: 'Inbound',
      reason: 'a later phase',
    });
  });

  it('change and delete them', async () => {
    const outputs = await stacks.update('delivery', template('second', 'none'));
    assert.equal(outputs['Version'], '2');
    assert.deepEqual(
      calls.map(({ operation }) => operation.split('.')[1]),
      ['UpdateProject', 'UpdatePipeline', 'EnableStageTransition'],
    );
    calls.splice(0);
    await stacks.remove('delivery');
    assert.deepEqual(calls.map(({ operation }) => operation.split('.')[1]).sort(), ['DeletePipeline', 'DeleteProject']);
  });

  it('fail a stack with the reason of the stand-in, or for a property that the API does not have', async () => {
    await assert.rejects(
      stacks.create('refused', template('first').replace('Name: release', 'Name: taken')),
      /PipelineNameInUse.*taken/,
    );
    await assert.rejects(
      stacks.create('misspelt', template('first').replace('RoleArn:', 'RolArn:')),
      /extraneous key \[RolArn\] is not permitted/,
    );
  });

  it('pass requests on, answers and faults alike', async () => {
    const client = new CodePipelineClient(clientFor(emulator));
    const { pipelineExecutionId } = await client.send(new StartPipelineExecutionCommand({ name: 'release' }));
    assert.equal(pipelineExecutionId, 'an-execution');
    await assert.rejects(client.send(new GetPipelineStateCommand({ name: 'unknown' })), {
      name: 'PipelineNotFoundException',
    });
    const { projects } = await new CodeBuildClient(clientFor(emulator)).send(
      new BatchGetProjectsCommand({ names: ['build'] }),
    );
    assert.deepEqual(projects, []);
  });

  it('ask IAM first', async () => {
    const iam = new IAMClient(clientFor(emulator));
    const UserName = 'releaser';
    await iam.send(new CreateUserCommand({ UserName }));
    const Resource = 'arn:aws:codepipeline:eu-west-1:000000000000:release';
    const Statement = [{ Effect: 'Allow', Action: 'codepipeline:StartPipelineExecution', Resource }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    const client = new CodePipelineClient({ ...clientFor(emulator), credentials });
    await client.send(new StartPipelineExecutionCommand({ name: 'release' }));
    await assert.rejects(
      client.send(new StartPipelineExecutionCommand({ name: 'another' })),
      /releaser.*codepipeline:StartPipelineExecution/,
    );
    assert.equal(calls.length, 1);
  });
});

let version = 0;

function answer(operation: string, input: Record<string, unknown>): [status: number, body: object] {
  const name = (input['pipeline'] as { name?: string } | undefined)?.name ?? input['name'];
  switch (operation.split('.')[1]) {
    case 'CreatePipeline':
      if (name === 'taken') return fault('PipelineNameInUseException', 'taken is taken');
      return [200, { pipeline: { ...(input['pipeline'] as object), version: (version = 1) } }];
    case 'UpdatePipeline':
      return [200, { pipeline: { ...(input['pipeline'] as object), version: ++version } }];
    case 'CreateProject':
    case 'UpdateProject':
      return [200, { project: { name, arn: `arn:aws:codebuild:eu-west-1:000000000000:project/${String(name)}` } }];
    case 'StartPipelineExecution':
      return [200, { pipelineExecutionId: 'an-execution' }];
    case 'GetPipelineState':
      return fault('PipelineNotFoundException', 'there is none');
    case 'BatchGetProjects':
      return [200, { projects: [] }];
    default:
      return [200, {}];
  }
}

function fault(__type: string, message: string): [status: number, body: object] {
  return [400, { __type, message }];
}

const template = (description: string, closed = 'Production'): string => `
Resources:
  Project:
    Type: AWS::CodeBuild::Project
    Properties:
      Name: build
      Description: ${description}
      ServiceRole: arn:aws:iam::000000000000:role/build
      Source: { Type: CODEPIPELINE, BuildSpec: 'version: 0.2' }
      Artifacts: { Type: CODEPIPELINE }
      Environment:
        Type: LINUX_CONTAINER
        Image: aws/codebuild/standard:8.0
        ComputeType: BUILD_GENERAL1_SMALL
        EnvironmentVariables: [{ Name: STAGE, Value: development, Type: PLAINTEXT }]
      TimeoutInMinutes: '15'
      LogsConfig: { CloudWatchLogs: { Status: ENABLED, GroupName: /builds } }
      Tags: [{ Key: team, Value: orders }]
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    DependsOn: Project
    Properties:
      Name: release
      RoleArn: arn:aws:iam::000000000000:role/pipeline
      PipelineType: V2
      ExecutionMode: QUEUED
      ArtifactStore: { Type: S3, Location: artifacts }
      Variables: [{ Name: revision, DefaultValue: none }]
      ${closed === 'none' ? '' : `DisableInboundStageTransitions: [{ StageName: ${closed}, Reason: a later phase }]`}
      Stages:
        - Name: Source
          Actions:
            - Name: Sources
              ActionTypeId: { Category: Source, Owner: AWS, Provider: S3, Version: '1' }
              Configuration: { S3Bucket: sources, S3ObjectKey: app.zip, PollForSourceChanges: false }
              OutputArtifacts: [{ Name: sources }]
              RunOrder: 1
        - Name: Production
          OnSuccess:
            Conditions:
              - Result: ROLLBACK
                Rules:
                  - Name: errors
                    RuleTypeId: { Category: Rule, Owner: AWS, Provider: CloudWatchAlarm, Version: '1' }
                    Configuration: { AlarmName: errors, WaitTime: 1 }
          Actions:
            - Name: Approve
              ActionTypeId: { Category: Approval, Owner: AWS, Provider: Manual, Version: '1' }
      Tags: [{ Key: team, Value: orders }]
Outputs:
  Pipeline: { Value: !Ref Pipeline }
  Version: { Value: !GetAtt Pipeline.Version }
  Project: { Value: !Ref Project }
  ProjectArn: { Value: !GetAtt Project.Arn }
`;
