import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmulator, type Emulator } from '../../../../scripts/sandbox/emulator.ts';
import { sandboxEnvironment } from '../../../../scripts/sandbox/environment.ts';
import { CodeBuildHere, contextOf } from '../builds/support.ts';
import { freePort } from '../../../support/sandbox.ts';
import { Actions, bucket, put, succeeded, zipOf } from './support.ts';

describe('Roles of actions and builds, where the emulator enforces IAM', () => {
  let emulator: Emulator;
  let here: CodeBuildHere;
  let environment: NodeJS.ProcessEnv;
  const name = `roles-${randomUUID()}`;

  before(async () => {
    environment = { ...process.env };
    emulator = await startEmulator({ port: await freePort(), auth: true });
    Object.assign(process.env, sandboxEnvironment({ emulator: emulator.url }));
    here = await CodeBuildHere.create();
    const s3 = await bucket(name);
    const zip = join(here.stateDir, 'source.zip');
    await zipOf(zip, { 'file.txt': 'text' });
    await put(s3, name, 'source.zip', zip);
  });
  after(async () => {
    await here.remove();
    await emulator.stop();
    for (const variable of Object.keys(process.env))
      if (!(variable in environment)) Reflect.deleteProperty(process.env, variable);
    Object.assign(process.env, environment);
  });

  /** A role of a service, with these actions on everything. */
  async function role(service: string, actions: string[]): Promise<string> {
    const iam = new IAMClient({ region: 'eu-west-1' });
    const RoleName = `role-${randomUUID()}`;
    const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: `${service}.amazonaws.com` } };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
    return Role!.Arn!;
  }

  it('an action acts with its role, and a missing permission is named', async () => {
    const actions = new Actions(here.stateDir);
    const configuration = { S3Bucket: name, S3ObjectKey: 'source.zip' };
    const outputs = [{ name: 'App' }];
    const able = await role('codepipeline', ['s3:GetObject', 's3:GetObjectVersion']);
    succeeded(await actions.carryOut(actions.run('Source/S3', configuration, { outputs, roleArn: able })));
    const unable = await role('codepipeline', ['s3:ListBucket']);
    const outcome = await actions.carryOut(actions.run('Source/S3', configuration, { outputs, roleArn: unable }));
    assert.equal(outcome.error?.code, 'PermissionError');
    assert.match(outcome.error.message, /AccessDenied.*s3:GetObject/);
  });

  it('a build acts with its service role, also in its commands', async () => {
    const source = {
      type: 'S3',
      location: `${name}/source.zip`,
      buildspec: 'version: 0.2\nphases: { build: { commands: [env] } }\n',
    } as const;
    const able = await role('codebuild', ['s3:GetObject']);
    await here.project('able', {}, { source, serviceRole: able });
    const build = await here.run('able');
    assert.equal(build.buildStatus, 'SUCCEEDED', JSON.stringify(build.phases));
    const log = await readFile(fileURLToPath(build.logs!.deepLink!), 'utf8');
    assert.match(log, /^AWS_ACCESS_KEY_ID=ASIA/m);
    assert.match(log, /^AWS_SESSION_TOKEN=./m);
    await here.project('unable', {}, { source, serviceRole: await role('codebuild', ['s3:ListBucket']) });
    const context = contextOf(await here.run('unable'), 'DOWNLOAD_SOURCE');
    assert.match(context.message, /AccessDenied.*s3:GetObject/);
  });
});
