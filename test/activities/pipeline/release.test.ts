import { type StageDeclaration } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { findStarted } from '../../../src/activities/pipeline/engine/adopt.ts';
import { readDefinition } from '../../../src/activities/pipeline/engine/definition.ts';
import { startExecution } from '../../../src/activities/pipeline/engine/start.ts';
import { releaseToken } from '../../../src/activities/pipeline/engine/token.ts';
import { PermanentError } from '../../../src/base/errors.ts';
import { memoryStore } from '../../support/tools.ts';
import type { RuleProvider } from '../../../scripts/sandbox/pipelines/rules/rule.ts';
import { deploy, pipeline, stage } from '../../sandbox/pipelines/definitions.ts';
import { refusal, Releases } from './support.ts';

describe('a release through a pipeline', function () {
  this.timeout(60_000);
  let releases: Releases;

  beforeEach(async () => {
    releases = await Releases.start();
  });
  afterEach(() => releases.stop());

  it('ends with the revisions that were asked for', async () => {
    await releases.create();
    const released = await releases.attempt({ revisions: { Fetch: 'v7' } }).ended;
    const [id] = await releases.executions();
    assert.deepEqual(released, {
      outcome: 'released',
      executionId: id,
      arn: 'arn:aws:codepipeline:us-east-1:000000000000:release',
      revisions: [{ source: 'Fetch', revision: 'v7' }],
    });
  });

  it('starts one execution when the answer to the start is lost and the attempt dies', async () => {
    await releases.create('hang');
    await releases.bench.order({ kind: 'lost', operation: 'StartPipelineExecution' });
    const records = memoryStore();
    await assert.rejects(
      releases.attempt({}, { tools: { records } }).ended,
      (error) => !(error instanceof PermanentError),
    );
    assert.equal((await releases.executions()).length, 1);
    const second = releases.attempt({}, { tools: { records, attempt: 2 } });
    await releases.bench.toy.release('Ship');
    const { executionId } = await second.ended;
    assert.deepEqual(await releases.executions(), [executionId]);
    assert.equal(releases.asked.filter((operation) => operation === 'StartPipelineExecution').length, 2);
  });

  it('starts one execution when the worker is killed at any request before its end', async () => {
    await releases.create();
    const records = memoryStore();
    const whole = releases.attempt({}, { call: { identity: 'counted' } });
    await whole.ended;
    const requests = releases.asked.length;
    const before = (await releases.executions()).length;
    for (let dies = 1; dies <= requests; dies += 1) {
      const killed = new AbortController();
      const attempt = releases.attempt({}, { tools: { records, signal: killed.signal } });
      let sent = 0;
      attempt.address.client.middlewareStack.add(
        (next) => async (input) => {
          const answer = await next(input);
          sent += 1;
          // The answer has come, and nobody is there any more to take it.
          if (sent === dies) {
            killed.abort(new Error('killed'));
            throw new Error('killed');
          }
          return answer;
        },
        { step: 'initialize' },
      );
      await attempt.ended.catch(() => undefined);
    }
    const { executionId } = await releases.attempt({}, { tools: { records, attempt: requests + 1 } }).ended;
    const all = await releases.executions();
    assert.equal(all.length, before + 1);
    assert.equal(all[0], executionId);
  });

  it('finds its execution by the variable that carries the token, when AWS has forgotten the token', async () => {
    await releases.create('hang', { variables: [{ name: 'Release', defaultValue: 'none' }] });
    const address = releases.address('release');
    const definition = await readDefinition(address);
    const request = { variables: {}, revisions: {}, releaseVariable: 'Release', since: Date.now() };
    const token = releaseToken('run/1', address);
    const variables = [{ name: 'Release', value: token }];
    const ours = await releases.bench.startExecution('release', { variables });
    await releases.bench.startExecution('release', { variables: [{ name: 'Release', value: 'another' }] });
    const found = await startExecution(address, definition, { ...request, token, isFirstAttempt: false });
    assert.equal(found, ours);
    assert.equal((await releases.executions()).length, 2);
  });

  it('finds its execution by variables and revisions only where there is no other like it', async () => {
    await releases.create('succeed', { variables: [{ name: 'Ticket', defaultValue: 'none' }] });
    const address = releases.address('release');
    const request = { token: 't', variables: { Ticket: 'T-1' }, revisions: {}, since: Date.now() };
    const ticket = (value: string) =>
      releases.bench.startExecution('release', { variables: [{ name: 'Ticket', value }] });
    await ticket('T-2');
    assert.equal(await findStarted(address, request), undefined);
    const ours = await ticket('T-1');
    assert.deepEqual(await findStarted(address, request), { id: ours, isCertain: false });
    await ticket('T-1');
    assert.equal(await findStarted(address, request), undefined);
  });

  it('tells a pipeline that does not exist', async () => {
    assert.equal(
      await refusal(releases.attempt().ended),
      'Pipeline release in us-east-1 does not exist. Deploy the pipeline, or correct its name in the playbook; then send retry.',
    );
  });

  it('tells a variable that is not declared, and starts nothing', async () => {
    await releases.create('succeed', { variables: [{ name: 'Commit', defaultValue: 'none' }] });
    const says = await refusal(releases.attempt({ variables: { Comit: 'abc' } }).ended);
    assert.match(says, /declares no variable "Comit" \(Did you mean "Commit"\?\). Nothing was started/);
    assert.deepEqual(await releases.executions(), []);
  });

  it('waits for a pipeline that is busy, and says so', async () => {
    await releases.create();
    const busy = { kind: 'error', operation: 'StartPipelineExecution', code: 'ConflictException' };
    await releases.bench.order(busy);
    const attempt = releases.attempt();
    assert.equal((await attempt.ended).outcome, 'released');
    assert.equal(attempt.shown[0]?.['blocked'], 'the pipeline is busy with another change of it, so it starts nothing');
  });

  it('gives up on a pipeline that stays busy', async () => {
    await releases.create();
    const code = 'ConcurrentPipelineExecutionsLimitExceededException';
    await releases.bench.order({ kind: 'error', operation: 'StartPipelineExecution', code, times: 50 });
    const address = releases.address('release');
    const release = { token: 't', variables: {}, revisions: {}, since: Date.now(), isFirstAttempt: true };
    const definition = await readDefinition(address);
    const started = startExecution(address, definition, release, { busyMs: 200, pauseMs: 20 });
    assert.match(await refusal(started), /has as many executions as AWS allows at once/);
  });

  it('waits for an execution that AWS does not show yet', async () => {
    await releases.create();
    await releases.bench.order({ kind: 'unseen', milliseconds: 500 });
    assert.equal((await releases.attempt().ended).outcome, 'released');
    assert.ok(releases.asked.filter((operation) => operation === 'GetPipelineExecution').length > 1);
  });

  it('gives up on an execution that AWS does not show in time', async () => {
    await releases.create();
    await releases.bench.order({ kind: 'unseen', milliseconds: 60_000 });
    assert.match(await refusal(releases.attempt().ended), /AWS does not know execution \S+\. Look for it on AWS/);
  });

  it('stops an execution that runs another revision than the one that was asked for', async () => {
    await releases.create('hang');
    const records = memoryStore();
    const other = await releases.bench.startExecution('release');
    await releases.bench.toy.hanging('Ship');
    const token = releaseToken('run/1/9.1/a1/1', releases.address('release'));
    await records.write(
      `phase-9/run/pipelines/${token}.json`,
      JSON.stringify({ since: Date.now(), executionId: other }),
    );
    const attempt = releases.attempt({ revisions: { Fetch: 'v7' } }, { tools: { records, attempt: 2 } });
    await releases.bench.reaches('release', other, 'Stopping');
    await releases.bench.toy.release('Ship');
    const says = await refusal(attempt.ended);
    assert.match(says, /runs revision latest of source Fetch, and v7 was asked for; execution \S+ was stopped/);
  });

  it('stops an execution that does not end before its deadline', async () => {
    await releases.create('hang');
    const attempt = releases.attempt({ deadlineMs: 2_000 });
    const { executionId } = await releases.bench.toy.hanging('Ship');
    await releases.bench.reaches('release', executionId, 'Stopping');
    await releases.bench.toy.release('Ship');
    assert.match(await refusal(attempt.ended), /did not end before its deadline; execution \S+ was stopped/);
  });

  describe('that a person tries again', () => {
    const call = (identity: string) => ({ call: { identity } });

    it('goes on with the execution that still runs, when the same is asked for', async () => {
      await releases.create('hang');
      const records = memoryStore();
      const ending = new AbortController();
      const first = releases.attempt({}, { tools: { records, signal: ending.signal }, ...call('run/1') });
      const { executionId } = await releases.bench.toy.hanging('Ship');
      await releases.waitFor(() =>
        records.files.size > 1 && releases.asked.includes('GetPipelineExecution') ? true : undefined,
      );
      ending.abort(new Error('ended'));
      await assert.rejects(first.ended, /ended/);
      const second = releases.attempt({}, { tools: { records }, ...call('run/2') });
      await releases.waitFor(() => second.shown[0]);
      await releases.bench.toy.release('Ship');
      assert.equal((await second.ended).executionId, executionId);
      assert.equal((await releases.executions()).length, 1);
    });

    it('starts another execution after one that failed', async () => {
      await releases.create('hang');
      const records = memoryStore();
      const first = releases.attempt({ revisions: { Fetch: 'v1' } }, { tools: { records }, ...call('run/1') });
      await releases.bench.toy.release('Ship', 'fail');
      await refusal(first.ended);
      const second = releases.attempt({ revisions: { Fetch: 'v1' } }, { tools: { records }, ...call('run/2') });
      await releases.bench.toy.release('Ship');
      const { executionId } = await second.ended;
      assert.deepEqual([(await releases.executions()).length, (await releases.executions())[0]], [2, executionId]);
    });
  });

  describe('through a stage with conditions', () => {
    const failing: RuleProvider = {
      provider: 'CloudWatchAlarm',
      run: () => Promise.resolve({ status: 'Failed', summary: 'the alarm rings' }),
    };
    const watch = {
      name: 'Watch',
      ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'CloudWatchAlarm', version: '1' },
      configuration: { AlarmName: 'errors' },
    } as const;
    const create = (keys: Partial<StageDeclaration>) =>
      releases.bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')], keys)]));

    it('tells the rule of the condition that failed', async () => {
      await releases.restart({ rules: [failing] });
      await create({ onSuccess: { conditions: [{ result: 'FAIL', rules: [{ ...watch }] }] } });
      const says = await refusal(releases.attempt().ended);
      assert.match(says, /failed: rule Watch of a condition of stage Deploy failed: the alarm rings\. Mend the cause/);
    });

    it('shows a condition that is in progress, and its rule', async () => {
      let end: (() => void) | undefined;
      const waiting: RuleProvider = {
        provider: 'CloudWatchAlarm',
        run: () =>
          new Promise((resolve) => {
            end = () => {
              resolve({ status: 'Succeeded', summary: 'quiet' });
            };
          }),
      };
      await releases.restart({ rules: [waiting] });
      await create({ beforeEntry: { conditions: [{ result: 'FAIL', rules: [{ ...watch }] }] } });
      const attempt = releases.attempt();
      const shown = await releases.waitFor(() => attempt.shown.find(({ blocked }) => blocked !== undefined));
      assert.match(String(shown['blocked']), /^the entry condition of stage Deploy \(Watch\) is in progress/);
      end?.();
      assert.equal((await attempt.ended).outcome, 'released');
    });
  });
});
