import type {
  CreatePipelineOutput,
  GetPipelineExecutionOutput,
  GetPipelineOutput,
  GetPipelineStateOutput,
  ListActionExecutionsOutput,
  ListPipelineExecutionsOutput,
  ListPipelinesOutput,
  ListRuleExecutionsOutput,
  ListTagsForResourceOutput,
  PipelineDeclaration,
  UpdatePipelineOutput,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmulator } from '../../../scripts/sandbox/emulator.ts';
import { variableCheck } from '../../../scripts/sandbox/pipelines/rules/variable-check.ts';
import { AwsCli, commands } from '../../support/aws-cli.ts';
import { freePort } from '../../support/sandbox.ts';
import { action, deploy, pipeline, stage } from './definitions.ts';
import { Bench } from './harness.ts';

/** Source, then a deployment that the test ends and whose result a variable decides, then an approval. */
const orders: PipelineDeclaration = pipeline(
  'orders',
  [
    stage('Deploy', [deploy('Ship', 'hang')], {
      onSuccess: {
        conditions: [
          {
            result: 'FAIL',
            rules: [
              {
                name: 'Good',
                ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'VariableCheck', version: '1' },
                configuration: { Variable: '#{variables.Outcome}', Value: 'good', Operator: 'EQ' },
              },
            ],
          },
        ],
      },
    }),
    stage('Release', [action('Approve', 'Approval')]),
  ],
  { variables: [{ name: 'Outcome', defaultValue: 'good' }] },
);

const arn = 'arn:aws:codepipeline:eu-west-1:000000000000:orders';

describe('The AWS CLI and the stand-in of CodePipeline', function () {
  // Each start of the CLI takes up to two seconds of processor time on a slow machine.
  this.timeout(240_000);
  let bench: Bench;
  let aws: AwsCli;

  beforeEach(async () => {
    bench = await Bench.start({ rules: [variableCheck], region: 'eu-west-1' });
    aws = new AwsCli(bench.url);
  });
  afterEach(() => bench.stop());

  /** Runs `aws codepipeline OPERATION --pipeline-name orders ARGS`. */
  const ofOrders = <Answer>(operation: string, ...args: string[]): Promise<Answer> =>
    aws.json<Answer>('codepipeline', operation, '--pipeline-name', 'orders', ...args);

  async function inputFile(input: object): Promise<string> {
    const file = join(bench.stateDir, 'input.json');
    await writeFile(file, JSON.stringify(input));
    return `file://${file}`;
  }

  async function start(...args: string[]): Promise<string> {
    const command = ['start-pipeline-execution', '--name', 'orders', ...args] as const;
    return (await aws.json<{ pipelineExecutionId: string }>('codepipeline', ...command)).pipelineExecutionId;
  }

  /** Resolves when the approval is open; its token is then in `get-pipeline-state`. */
  const approvalOpens = () =>
    bench.until(async () => (await bench.stageState('orders', 'Release')).actionStates?.[0]?.latestExecution?.token);

  /** Answers the approval with the token that the CLI shows. */
  async function answer(status: 'Approved' | 'Rejected'): Promise<void> {
    await approvalOpens();
    const query = "stageStates[?stageName=='Release'].actionStates[0].latestExecution.token | [0]";
    const text = ['--query', query, '--output', 'text'];
    const token = (await aws.text('codepipeline', 'get-pipeline-state', '--name', 'orders', ...text)).trim();
    const approval = ['--stage-name', 'Release', '--action-name', 'Approve', '--token', token];
    const { approvedAt } = await ofOrders<{ approvedAt?: unknown }>(
      ...(['put-approval-result', ...approval, '--result', `summary=as reviewed,status=${status}`] as const),
    );
    assert.ok(approvedAt !== undefined);
  }

  it('a release, from its definition to its end: every operation of CodePipeline that SPEC.md lists', async () => {
    await defines();
    const first = await releases();
    const second = await retriesAndStops();
    const third = await overridesACondition();
    const fourth = await rollsBackTo(first);
    await lists([fourth, third, second, first]);
    await tags();
    await changesAndDeletes();

    const spec = await readFile(join(import.meta.dirname, '../../../scripts/sandbox/pipelines/SPEC.md'), 'utf8');
    const [, listed = ''] = /^Here: ([^.]*)\./m.exec(spec) ?? [];
    assert.deepEqual([...aws.succeeded].sort(), commands('codepipeline', listed.split(/,\s+/)));
  });

  async function defines(): Promise<void> {
    const input = await inputFile({ pipeline: orders, tags: [{ key: 'team', value: 'orders' }] });
    const created = await aws.json<CreatePipelineOutput>('codepipeline', 'create-pipeline', '--cli-input-json', input);
    assert.deepEqual(created, { pipeline: { ...orders, version: 1 }, tags: [{ key: 'team', value: 'orders' }] });
    const got = await aws.json<GetPipelineOutput>('codepipeline', 'get-pipeline', '--name', 'orders');
    assert.deepEqual([got.pipeline, got.metadata?.pipelineArn], [created.pipeline, arn]);
    const { pipelines = [] } = await aws.json<ListPipelinesOutput>('codepipeline', 'list-pipelines');
    assert.deepEqual(
      pipelines.map(({ name, version, pipelineType, executionMode }) => [name, version, pipelineType, executionMode]),
      [['orders', 1, 'V2', 'QUEUED']],
    );
  }

  /** A release that a disabled transition holds, and that is then approved. */
  async function releases(): Promise<string> {
    const inbound = ['--pipeline-name', 'orders', '--stage-name', 'Release', '--transition-type', 'Inbound'];
    const reason = ['--reason', 'release freeze'];
    assert.equal(await aws.text('codepipeline', 'disable-stage-transition', ...inbound, ...reason), '');
    const id = await start('--client-request-token', 'release-1');
    await bench.toy.release('Ship');
    await bench.until(async () => (await bench.stageState('orders', 'Release')).inboundExecution);
    const { stageStates } = await aws.json<GetPipelineStateOutput>(
      ...(['codepipeline', 'get-pipeline-state', '--name', 'orders'] as const),
    );
    const [, , release] = stageStates!;
    assert.deepEqual(
      [release?.inboundTransitionState?.enabled, release?.inboundTransitionState?.disabledReason],
      [false, 'release freeze'],
    );
    assert.equal(release?.inboundExecution?.pipelineExecutionId, id);
    assert.equal(await aws.text('codepipeline', 'enable-stage-transition', ...inbound), '');
    await answer('Approved');
    await bench.reaches('orders', id, 'Succeeded');
    const { pipelineExecution } = await ofOrders<GetPipelineExecutionOutput>(
      ...(['get-pipeline-execution', '--pipeline-execution-id', id] as const),
    );
    assert.deepEqual(
      [pipelineExecution?.status, pipelineExecution?.variables],
      ['Succeeded', [{ name: 'Outcome', resolvedValue: 'good' }]],
    );
    return id;
  }

  /** A release whose deployment fails, is retried, and is stopped before its approval. */
  async function retriesAndStops(): Promise<string> {
    const id = await start();
    await bench.toy.release('Ship', 'fail');
    await bench.reaches('orders', id, 'Failed');
    const stageOfId = ['--stage-name', 'Deploy', '--pipeline-execution-id', id];
    const retried = await ofOrders('retry-stage-execution', ...stageOfId, '--retry-mode', 'FAILED_ACTIONS');
    assert.deepEqual(retried, { pipelineExecutionId: id });
    await bench.toy.release('Ship');
    await approvalOpens();
    const why = ['--abandon', '--reason', 'not this one'];
    const stopped = await ofOrders('stop-pipeline-execution', '--pipeline-execution-id', id, ...why);
    assert.deepEqual(stopped, { pipelineExecutionId: id });
    await bench.reaches('orders', id, 'Stopped');
    return id;
  }

  /** A release whose condition fails and is overridden, and whose approval is refused. */
  async function overridesACondition(): Promise<string> {
    const id = await start('--variables', 'name=Outcome,value=bad');
    await bench.toy.release('Ship');
    await bench.reaches('orders', id, 'Failed');
    const { ruleExecutionDetails = [] } = await ofOrders<ListRuleExecutionsOutput>(
      ...(['list-rule-executions', '--filter', `pipelineExecutionId=${id}`] as const),
    );
    assert.deepEqual(
      ruleExecutionDetails.map(({ ruleName, status, output }) => [
        ruleName,
        status,
        output?.executionResult?.externalExecutionSummary,
      ]),
      [['Good', 'Failed', "'bad' EQ 'good' is false."]],
    );
    const condition = ['--stage-name', 'Deploy', '--condition-type', 'ON_SUCCESS', '--pipeline-execution-id', id];
    const override = ['override-stage-condition', '--pipeline-name', 'orders', ...condition] as const;
    assert.equal(await aws.text('codepipeline', ...override), '');
    await answer('Rejected');
    await bench.reaches('orders', id, 'Failed');
    return id;
  }

  async function rollsBackTo(target: string): Promise<string> {
    const { pipelineExecutionId } = await ofOrders<{ pipelineExecutionId: string }>(
      ...(['rollback-stage', '--stage-name', 'Deploy', '--target-pipeline-execution-id', target] as const),
    );
    await bench.toy.release('Ship');
    await bench.reaches('orders', pipelineExecutionId, 'Succeeded');
    return pipelineExecutionId;
  }

  /** Lists in one go, over the service's pages, and in the pages of the CLI's user. */
  async function lists(newestFirst: readonly string[]): Promise<void> {
    const list = (...args: string[]) =>
      ofOrders<ListPipelineExecutionsOutput & { NextToken?: string }>('list-pipeline-executions', ...args);
    const idsIn = ({ pipelineExecutionSummaries = [] }: ListPipelineExecutionsOutput) =>
      pipelineExecutionSummaries.map(({ pipelineExecutionId }) => pipelineExecutionId);
    const whole = await list('--page-size', '1');
    assert.deepEqual(idsIn(whole), newestFirst);
    assert.deepEqual(
      whole.pipelineExecutionSummaries?.map(({ status, executionType }) => `${status} ${executionType}`),
      ['Succeeded ROLLBACK', 'Failed STANDARD', 'Stopped STANDARD', 'Succeeded STANDARD'],
    );
    const page = await list('--max-items', '3');
    assert.deepEqual(idsIn(page), newestFirst.slice(0, 3));
    assert.deepEqual(idsIn(await list('--starting-token', page.NextToken!)), newestFirst.slice(3));

    const { actionExecutionDetails = [] } = await ofOrders<ListActionExecutionsOutput>(
      ...(['list-action-executions', '--filter', `pipelineExecutionId=${newestFirst.at(-1)}`] as const),
    );
    assert.deepEqual(
      actionExecutionDetails.map(({ actionName, status }) => `${actionName} ${status}`),
      ['Approve Succeeded', 'Ship Succeeded', 'Fetch Succeeded'],
    );
  }

  async function tags(): Promise<void> {
    const resource = ['--resource-arn', arn];
    assert.equal(await aws.text('codepipeline', 'tag-resource', ...resource, '--tags', 'key=cost,value=1'), '');
    assert.equal(await aws.text('codepipeline', 'untag-resource', ...resource, '--tag-keys', 'team'), '');
    const listed = await aws.json<ListTagsForResourceOutput>('codepipeline', 'list-tags-for-resource', ...resource);
    assert.deepEqual(listed.tags, [{ key: 'cost', value: '1' }]);
  }

  async function changesAndDeletes(): Promise<void> {
    const input = await inputFile({ pipeline: { ...orders, executionMode: 'SUPERSEDED' } });
    const updated = await aws.json<UpdatePipelineOutput>('codepipeline', 'update-pipeline', '--cli-input-json', input);
    assert.deepEqual(updated.pipeline, { ...orders, executionMode: 'SUPERSEDED', version: 2 });
    assert.equal(await aws.text('codepipeline', 'delete-pipeline', '--name', 'orders'), '');
    assert.deepEqual(await aws.json('codepipeline', 'list-pipelines'), { pipelines: [] });
  }

  it('refusals: the CLI tells the error by its name', async () => {
    await bench.create(orders);
    const id = await bench.startExecution('orders');
    await bench.toy.hanging('Ship');
    const execution = ['--pipeline-name', 'orders', '--pipeline-execution-id', id];
    const retry = ['--stage-name', 'Deploy', '--retry-mode', 'FAILED_ACTIONS'];
    const cases: [command: string[], error: RegExp][] = [
      [
        ['codepipeline', 'get-pipeline', '--name', 'order'],
        /\(PipelineNotFoundException\) when calling the GetPipeline /,
      ],
      [['codepipeline', 'retry-stage-execution', ...execution, ...retry], /\(StageNotRetryableException\).*InProgress/],
      [
        ['codepipeline', 'start-pipeline-execution', '--name', 'orders', '--variables', 'name=Outcom,value=bad'],
        /\(ValidationException\).*Outcom/,
      ],
      [['codepipeline', 'list-webhooks'], /\(NotImplementedException\).*SPEC\.md/],
    ];
    for (const [[service = '', operation = '', ...args], error] of cases) {
      assert.match(await aws.refused(service, operation, ...args), error);
    }
  });

  it('works through the emulator, with what `npm run sandbox` prints', async () => {
    await bench.create(orders);
    const id = await bench.startExecution('orders');
    const emulator = await startEmulator({ port: await freePort(), auth: true, pipelines: bench.url });
    try {
      aws = new AwsCli(emulator.url);
      const { pipelineExecutionSummaries } = await ofOrders<ListPipelineExecutionsOutput>('list-pipeline-executions');
      assert.deepEqual(
        pipelineExecutionSummaries?.map(({ pipelineExecutionId, status }) => [pipelineExecutionId, status]),
        [[id, 'InProgress']],
      );
      const refused = await aws.refused('codepipeline', 'get-pipeline-state', '--name', 'order');
      assert.match(refused, /\(PipelineNotFoundException\) when calling the GetPipelineState /);
    } finally {
      await emulator.stop();
    }
  });
});
