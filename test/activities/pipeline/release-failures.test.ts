import {
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  StopPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { deploy, pipeline, stage } from '../../sandbox/pipelines/definitions.ts';
import { refusal, Releases } from './support.ts';

describe('a release that does not succeed', function () {
  this.timeout(60_000);
  let releases: Releases;

  beforeEach(async () => {
    releases = await Releases.start();
  });
  afterEach(() => releases.stop());

  it('tells the action that failed, with its code, its message and its log', async () => {
    await releases.create('fail');
    const says = await refusal(releases.attempt().ended);
    const [id = ''] = await releases.executions();
    assert.ok(
      says.startsWith(`Pipeline release in us-east-1: execution ${id} failed: action Deploy/Ship failed: JobFailed: `),
    );
    assert.match(
      says,
      /Ship was told to fail: The toy has failed\.; see arn:aws:logs:.*:Ship\. Mend the cause and send retry\.$/,
    );
  });

  it('tells the last lines of the log of the action that failed', async () => {
    await releases.create('fail');
    const log = (arn: string) =>
      Promise.resolve(arn.endsWith(':Ship') ? ['FAIL  orders.test.ts', '1 test failed'] : []);
    const says = await refusal(releases.attempt({}, { log }).ended);
    assert.match(says, /; its log ends with: FAIL orders\.test\.ts \| 1 test failed; see arn:aws:logs:/);
  });

  it('tells the failure although the log cannot be read', async () => {
    await releases.create('fail');
    const says = await refusal(releases.attempt({}, { log: () => Promise.reject(new Error('denied')) }).ended);
    assert.match(says, /Ship was told to fail: The toy has failed\.; see arn:aws:logs:/);
  });

  it('tells the failure although the diagnosis is denied', async () => {
    await releases.create('fail');
    for (const operation of ['ListActionExecutions', 'ListRuleExecutions', 'ListPipelineExecutions']) {
      await releases.bench.order({ kind: 'error', operation, code: 'AccessDeniedException', times: 10 });
    }
    assert.match(await refusal(releases.attempt().ended), /execution \S+ failed.* Mend the cause and send retry\.$/);
  });

  it('tells that the pipeline rolled the stage back', async () => {
    const ship = deploy('Ship', 'hang');
    const onFailure = { result: 'ROLLBACK' as const };
    await releases.bench.create(pipeline('release', [stage('Deploy', [ship], { onFailure })]));
    const first = releases.attempt({}, { call: { identity: 'first' } });
    await releases.bench.toy.release('Ship');
    const { executionId: target } = await first.ended;
    const second = releases.attempt({}, { call: { identity: 'second' } });
    await releases.bench.toy.release('Ship', 'fail');
    const says = await refusal(second.ended);
    assert.match(says, /action Deploy\/Ship failed: JobFailed/);
    assert.ok(says.includes(`its stage is rolled back to ${target} by execution `), says);
  });

  it('goes on when the pipeline retries its stage by itself', async () => {
    const onFailure = { result: 'RETRY' as const, retryConfiguration: { retryMode: 'FAILED_ACTIONS' as const } };
    await releases.bench.create(pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')], { onFailure })]));
    const attempt = releases.attempt();
    await releases.bench.toy.release('Ship', 'fail');
    await releases.bench.toy.release('Ship');
    assert.equal((await attempt.ended).outcome, 'released');
  });

  it('tells the permission that is missing', async () => {
    await releases.create();
    const message = 'User: arn:aws:iam::1:role/w is not authorized to perform: codepipeline:StartPipelineExecution';
    await releases.bench.order({
      ...{ kind: 'error', operation: 'StartPipelineExecution', code: 'AccessDeniedException', message },
    });
    assert.equal(
      await refusal(releases.attempt().ended),
      `Pipeline release: AccessDeniedException: ${message} Extend the permissions of the role that was refused.`,
    );
  });

  it('tells that it was superseded', async () => {
    await releases.bench.create(
      pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')])], { executionMode: 'SUPERSEDED' }),
    );
    await releases.bench.startExecution('release');
    await releases.bench.toy.hanging('Ship');
    const attempt = releases.attempt({ revisions: { Fetch: 'v2' } });
    await releases.bench.until(async () => {
      const { inboundExecutions = [] } = await releases.bench.stageState('release', 'Deploy');
      return inboundExecutions.length > 0 ? true : undefined;
    });
    await releases.bench.startExecution('release');
    assert.match(await refusal(attempt.ended), /was superseded by a later execution/);
  });

  it('tells that it was stopped on AWS', async () => {
    await releases.create('hang');
    const attempt = releases.attempt();
    const { executionId: pipelineExecutionId } = await releases.bench.toy.hanging('Ship');
    const stop = { pipelineName: 'release', pipelineExecutionId, abandon: true, reason: 'wrong day' };
    await releases.bench.client.send(new StopPipelineExecutionCommand(stop));
    assert.match(await refusal(attempt.ended), /was stopped on AWS/);
  });

  it('tells that it was cancelled by a change of the pipeline', async () => {
    await releases.create('hang');
    const attempt = releases.attempt();
    await releases.bench.toy.hanging('Ship');
    const changed = pipeline('release', [stage('Deliver', [deploy('Send')])]);
    await releases.bench.client.send(new UpdatePipelineCommand({ pipeline: changed }));
    await releases.bench.toy.release('Ship');
    assert.match(await refusal(attempt.ended), /was cancelled, because the pipeline was changed/);
  });

  for (const executionMode of ['QUEUED', 'PARALLEL'] as const) {
    it(`shows a disabled transition with its reason, and goes on when it is enabled, in mode ${executionMode}`, async () => {
      await releases.create('succeed', { executionMode });
      const transition = { pipelineName: 'release', stageName: 'Deploy', transitionType: 'Inbound' as const };
      await releases.bench.client.send(new DisableStageTransitionCommand({ ...transition, reason: 'change freeze' }));
      const attempt = releases.attempt({ clears: [] });
      const shown = await releases.waitFor(() => attempt.shown.find(({ blocked }) => blocked !== undefined));
      assert.equal(shown['blocked'], 'the transition into stage Deploy is disabled: change freeze');
      await releases.bench.client.send(new EnableStageTransitionCommand(transition));
      assert.equal((await attempt.ended).outcome, 'released');
    });
  }
});
