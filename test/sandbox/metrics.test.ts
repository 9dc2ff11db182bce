import assert from 'node:assert/strict';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { clientFor, Stacks, type Outputs } from '../support/emulator-stacks.ts';
import { freePort } from '../support/sandbox.ts';

describe('metrics of Lambda and of HTTP APIs, and alarms on them', function () {
  this.timeout(60_000);
  let emulator: Emulator;
  let cloudWatch: CloudWatchClient;
  let outputs: Outputs;

  before(async () => {
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0 });
    cloudWatch = new CloudWatchClient(clientFor(emulator));
    outputs = await new Stacks(clientFor(emulator)).create('functions', functions);
  });

  after(() => emulator.stop());

  it('start without data: OK where missing data is not breaching', async () => {
    assert.deepEqual(await states(), {
      'errors-of-alias': 'OK',
      'errors-of-failing': 'OK',
      'errors-of-working': 'OK',
      'server-errors': 'OK',
      'three-of-three': 'INSUFFICIENT_DATA',
    });
  });

  it('count invocations that come through API Gateway, and only the alarms of that function go off', async () => {
    assert.equal((await call('/works')).status, 200);
    assert.equal((await call('/works')).status, 200);
    const failed = await call('/fails');
    assert.equal(failed.status, 500);
    assert.deepEqual(await failed.json(), { message: 'Internal Server Error' });
    assert.equal(await sum('Invocations', { FunctionName: 'working' }), 2);
    assert.equal(await sum('Errors', { FunctionName: 'working' }), 0);
    assert.equal(await sum('Invocations', { FunctionName: 'failing' }), 1);
    assert.equal(await sum('Errors', { FunctionName: 'failing' }), 1);
    assert.equal(await sum('Errors', { FunctionName: 'failing', Resource: 'failing:live' }), 1);
    assert.equal(await sum('Invocations', {}), 3);
    assert.ok((await sum('Duration', { FunctionName: 'working' })) > 0);
    assert.deepEqual(await states(), {
      'errors-of-alias': 'ALARM',
      'errors-of-failing': 'ALARM',
      'errors-of-working': 'OK',
      'server-errors': 'ALARM',
      'three-of-three': 'INSUFFICIENT_DATA',
    });
  });

  it('count the answers of the API, and the alarm on its 5xx goes off', async () => {
    assert.equal((await call('/unknown')).status, 404);
    const ApiId = outputs['Api'] ?? '';
    const count = (MetricName: string) => sum(MetricName, { ApiId }, 'AWS/ApiGateway');
    assert.deepEqual(await Promise.all(['Count', '4xx', '5xx'].map(count)), [4, 1, 1]);
    assert.equal(await sum('Count', { ApiId, Stage: '$default' }, 'AWS/ApiGateway'), 4);
    assert.ok((await count('Latency')) > 0);
    assert.equal((await states())['server-errors'], 'ALARM');
  });

  it("count invocations through Lambda's own API once", async () => {
    const FunctionName = 'working';
    await new LambdaClient(clientFor(emulator)).send(new InvokeCommand({ FunctionName }));
    assert.equal(await sum('Invocations', { FunctionName }), 3);
  });

  it('look at each period by itself, and need as many of them as the alarm says', async () => {
    const put = (Value: number, minutesAgo: number) =>
      cloudWatch.send(
        new PutMetricDataCommand({
          Namespace: 'Test',
          MetricData: [{ MetricName: 'Depth', Value, Timestamp: new Date(Date.now() - minutesAgo * 60_000) }],
        }),
      );
    const state = async () => (await states())['three-of-three'];
    // Together they would be over the threshold.
    await put(30, 0);
    await put(1, 1);
    await put(1, 2);
    assert.equal(await state(), 'OK');
    await put(30, 1);
    await put(30, 2);
    assert.equal(await state(), 'ALARM');
  });

  it('leave alone a state that was set by hand, until there is data', async () => {
    const AlarmName = 'errors-of-working';
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a rehearsal' }));
    assert.equal((await states())[AlarmName], 'ALARM');
    await call('/works');
    assert.equal((await states())[AlarmName], 'OK');
  });

  it('end when the errors have become too old', async function () {
    this.timeout(90_000);
    // The shortest period of an alarm is 10 s.
    const deadline = Date.now() + 40_000;
    while ((await states())['errors-of-alias'] === 'ALARM' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.equal((await states())['errors-of-alias'], 'OK');
  });

  function call(path: string): Promise<Response> {
    return fetch(`${emulator.url}/_aws/execute-api/${outputs['Api'] ?? ''}/%24default${path}`);
  }

  async function sum(
    MetricName: string,
    dimensions: Readonly<Record<string, string>>,
    Namespace = 'AWS/Lambda',
  ): Promise<number> {
    const { Datapoints = [] } = await cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(Date.now() - 3_600_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 3600,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0);
  }

  async function states(): Promise<Record<string, string>> {
    const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand());
    return Object.fromEntries(
      MetricAlarms.map(({ AlarmName = '', StateValue = '' }) => [AlarmName, StateValue] as const).sort(),
    );
  }
});

const lambda = (name: string, code: string): string => `
  ${name}:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: ${name.toLowerCase()}
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: { ZipFile: "${code}" }
  ${name}Version:
    Type: AWS::Lambda::Version
    Properties: { FunctionName: !Ref ${name} }
  ${name}Alias:
    Type: AWS::Lambda::Alias
    Properties: { FunctionName: !Ref ${name}, FunctionVersion: !GetAtt ${name}Version.Version, Name: live }
  ${name}Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Ref ${name}Alias
      PayloadFormatVersion: '2.0'
`;

const errors = (name: string, alarm: string, dimensions: string, period: number): string => `
  ${name}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: ${alarm}
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [${dimensions}]
      Statistic: Sum
      Period: ${period}
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
`;

const functions = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: lambda.amazonaws.com } }]
${lambda('Working', "exports.handler = async () => ({ statusCode: 200, body: 'works' });")}
${lambda('Failing', "exports.handler = async () => { throw new Error('fails'); };")}
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: { Name: functions, ProtocolType: HTTP }
  Works:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: GET /works, Target: !Sub 'integrations/\${WorkingIntegration}' }
  Fails:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: GET /fails, Target: !Sub 'integrations/\${FailingIntegration}' }
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true }
${errors('OfWorking', 'errors-of-working', '{ Name: FunctionName, Value: working }', 60)}
${errors('OfFailing', 'errors-of-failing', '{ Name: FunctionName, Value: failing }', 60)}
${errors('OfAlias', 'errors-of-alias', "{ Name: FunctionName, Value: failing }, { Name: Resource, Value: 'failing:live' }", 10)}
  ServerErrors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: server-errors
      Namespace: AWS/ApiGateway
      MetricName: 5xx
      Dimensions: [{ Name: ApiId, Value: !Ref Api }]
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
  ThreeOfThree:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: three-of-three
      Namespace: Test
      MetricName: Depth
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 3
      DatapointsToAlarm: 3
      Threshold: 20
      ComparisonOperator: GreaterThanThreshold
Outputs:
  Api: { Value: !Ref Api }
`;
