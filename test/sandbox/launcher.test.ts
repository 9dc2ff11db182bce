import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  AdminCreateUserCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { callJson, clientFor, Stacks, type Outputs } from '../support/emulator-stacks.ts';
import { listeners } from '../support/listeners.ts';
import { freePort } from '../support/sandbox.ts';

describe("the emulator's launcher", function () {
  this.timeout(60_000);
  let folder: string;
  let emulator: Emulator;
  let outputs: Outputs;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-test-'));
    process.env['TMPDIR'] = folder;
    const around = process.env['AWS_ENDPOINT_URL'];
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:9';
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0 });
    if (around === undefined) delete process.env['AWS_ENDPOINT_URL'];
    else process.env['AWS_ENDPOINT_URL'] = around;
    outputs = await new Stacks(clientFor(emulator)).create('api', api);
  });

  after(async () => {
    await emulator.stop();
    delete process.env['TMPDIR'];
    await rm(folder, { recursive: true, force: true });
  });

  it('gives functions its own address, wherever the clients of the process that starts it point', async () => {
    const { Payload = new Uint8Array() } = await new LambdaClient(clientFor(emulator)).send(
      new InvokeCommand({ FunctionName: 'hello' }),
    );
    const { endpoint } = JSON.parse(Buffer.from(Payload).toString()) as { endpoint: string };
    assert.equal(endpoint, emulator.url);
  });

  it('signs the tokens of a user pool', async () => {
    const { token, keys } = await signIn(emulator);
    const { payload } = await jwtVerify(token, createRemoteJWKSet(keys));
    assert.equal(payload['token_use'], 'access');
  });

  it('listens on this machine alone', async () => {
    const found = await listeners(emulator.pid);
    assert.ok(found.includes(emulator.url.replace('http://', '')), found.join(' '));
    assert.deepEqual(
      found.filter((address) => !address.startsWith('127.0.0.1:')),
      [],
    );
  });

  it('tells an address of an HTTP API at which it answers', async () => {
    const answer = await fetch(`${outputs['Endpoint'] ?? ''}/hello`);
    assert.equal(await answer.text(), 'hello');
  });

  it('lets an HTTP API answer a preflight, and allow an origin, as its template says', async () => {
    const url = `${emulator.url}/_aws/execute-api/${outputs['Api'] ?? ''}/%24default/hello`;
    const origin = 'https://app.example.com';
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
    assert.equal(preflight.headers.get('access-control-allow-methods'), 'GET,POST');
    assert.equal(preflight.headers.get('access-control-max-age'), '600');
    const answer = await fetch(url, { headers: { origin } });
    assert.equal(answer.headers.get('access-control-allow-origin'), origin);
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
    const stranger = await fetch(url, { headers: { origin: 'https://example.org' } });
    assert.equal(stranger.headers.get('access-control-allow-origin'), null);
  });

  it('leaves nothing in the temporary folder, the code of functions included', async () => {
    const other = await startEmulator({ port: await freePort(), resourceDelay: 0 });
    await new Stacks(clientFor(other)).create('api', api);
    const before = await readdir(folder);
    const { StatusCode } = await new LambdaClient(clientFor(other)).send(new InvokeCommand({ FunctionName: 'hello' }));
    assert.equal(StatusCode, 200);
    assert.equal(before.length, 2);
    await other.stop();
    assert.equal((await readdir(folder)).length, 1);
  });

  it('refuses builds, instead of calling them successes that did not run', async () => {
    await assert.rejects(
      callJson(emulator.url, 'codebuild', 'CodeBuild_20161006.StartBuild', { projectName: 'any' }),
      /Nothing stands in for CodeBuild/,
    );
    await assert.rejects(
      callJson(emulator.url, 'codepipeline', 'CodePipeline_20150709.ListPipelines', {}),
      /Nothing stands in for CodePipeline/,
    );
  });

  it('lists what is not as on AWS', async () => {
    const response = await fetch(`${emulator.url}/_phasegate/standins`);
    const list = (await response.json()) as { type: string; reality: string; missing: string | null }[];
    const reality = (type: string) => list.find((one) => one.type === type)?.reality;
    assert.equal(reality('AWS::RDS::DBInstance'), 'recorded');
    assert.equal(reality('AWS::CodePipeline::Pipeline'), 'refused');
    assert.equal(reality('AWS::CodeBuild::Project'), 'refused');
    assert.equal(reality("IAM's policies"), 'recorded');
    assert.equal(new Set(list.map(({ type }) => type)).size, list.length);
  });
});

/** Makes a user pool with a user; answers with an access token of hers and the address of the pool's keys. */
async function signIn(emulator: Emulator): Promise<{ token: string; keys: URL }> {
  const cognito = new CognitoIdentityProviderClient(clientFor(emulator));
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'people' }));
  const UserPoolId = UserPool?.Id ?? '';
  const ExplicitAuthFlows = ['ALLOW_ADMIN_USER_PASSWORD_AUTH' as const];
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'test', ExplicitAuthFlows }),
  );
  const ada = { UserPoolId, Username: 'ada', Password: 'Correct-horse-1' };
  await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username: ada.Username }));
  await cognito.send(new AdminSetUserPasswordCommand({ ...ada, Permanent: true }));
  const { AuthenticationResult } = await cognito.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId: UserPoolClient?.ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ada.Username, PASSWORD: ada.Password },
    }),
  );
  const keys = new URL(`${emulator.url}/${UserPoolId}/.well-known/jwks.json`);
  return { token: AuthenticationResult?.AccessToken ?? '', keys };
}

const api = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: lambda.amazonaws.com } }]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: hello
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: "exports.handler = async () => ({ statusCode: 200, body: 'hello', endpoint: process.env.AWS_ENDPOINT_URL });"
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: hello
      ProtocolType: HTTP
      CorsConfiguration:
        AllowOrigins: ['https://app.example.com']
        AllowMethods: [GET, POST]
        AllowCredentials: true
        MaxAge: 600
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Function.Arn
      PayloadFormatVersion: '2.0'
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: GET /hello, Target: !Sub 'integrations/\${Integration}' }
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true }
Outputs:
  Api: { Value: !Ref Api }
  Endpoint: { Value: !GetAtt Api.ApiEndpoint }
`;
