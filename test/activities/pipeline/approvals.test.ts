import { PutApprovalResultCommand, type PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import type { AwaitingApproval } from '../../../src/activities/pipeline/engine/release.ts';
import { PermanentError } from '../../../src/base/errors.ts';
import { memoryStore } from '../../support/tools.ts';
import { action, deploy, pipeline, stage } from '../../sandbox/pipelines/definitions.ts';
import { idOf, Releases } from './support.ts';

const clears = ['Production/Approve'];

describe('a manual approval of a pipeline', function () {
  this.timeout(60_000);
  let releases: Releases;

  beforeEach(async () => {
    releases = await Releases.start();
  });
  afterEach(() => releases.stop());

  async function create(more: Partial<PipelineDeclaration> = {}): Promise<void> {
    const approve = action('Approve', 'Approval');
    const ship = deploy('Ship', 'succeed', { runOrder: 2 });
    await releases.bench.create(pipeline('release', [stage('Production', [approve, ship])], more));
  }

  async function asked(ended: Promise<unknown>): Promise<AwaitingApproval> {
    const awaiting = (await ended) as AwaitingApproval;
    assert.equal(awaiting.outcome, 'needs approval');
    return awaiting;
  }

  async function summaryOf(approval: string): Promise<string | undefined> {
    const { actionStates = [] } = await releases.bench.stageState('release', 'Production');
    return actionStates.find(({ actionName }) => actionName === approval)?.latestExecution?.summary;
  }

  for (const executionMode of ['QUEUED', 'SUPERSEDED', 'PARALLEL'] as const) {
    it(`in mode ${executionMode} is asked of our gate for exactly this execution and revision, then given on AWS`, async () => {
      await create({ executionMode });
      // In mode PARALLEL this is another execution whose approval waits at the same time.
      if (executionMode === 'PARALLEL') await releases.bench.startExecution('release');
      const records = memoryStore();
      const awaiting = await asked(
        releases.attempt({ clears, revisions: { Fetch: 'v7' } }, { tools: { records } }).ended,
      );
      assert.deepEqual([awaiting.stage, awaiting.action], ['Production', 'Approve']);
      assert.deepEqual(awaiting.revisions, [{ source: 'Fetch', revision: 'v7' }]);

      const call = { approved: [idOf(awaiting)] };
      const released = await releases.attempt({ clears, revisions: { Fetch: 'v7' } }, { tools: { records }, call })
        .ended;
      assert.deepEqual([released.outcome, released.executionId], ['released', awaiting.executionId]);
      assert.equal(releases.asked.filter((operation) => operation === 'PutApprovalResult').length, 1);
      if (executionMode !== 'PARALLEL') assert.equal(await summaryOf('Approve'), 'phasegate: phase-9 9.1/a1');
    });
  }

  it('is not given by the agreement to another execution', async () => {
    await create();
    const records = memoryStore();
    const awaiting = await asked(releases.attempt({ clears }, { tools: { records } }).ended);
    const call = { approved: [idOf({ ...awaiting, executionId: 'another' })] };
    const again = await asked(releases.attempt({ clears }, { tools: { records }, call }).ended);
    assert.deepEqual(again, awaiting);
    assert.ok(!releases.asked.includes('PutApprovalResult'));
  });

  it('that a person has given on AWS meanwhile is not given again', async () => {
    await create();
    const records = memoryStore();
    const awaiting = await asked(releases.attempt({ clears }, { tools: { records } }).ended);
    const { stage: stageName, action: actionName, token } = awaiting;
    const result = { status: 'Approved' as const, summary: 'by hand' };
    const put = new PutApprovalResultCommand({ pipelineName: 'release', stageName, actionName, token, result });
    await releases.bench.client.send(put);
    const released = await releases.attempt({ clears }, { tools: { records }, call: { approved: [idOf(awaiting)] } })
      .ended;
    assert.equal(released.outcome, 'released');
    assert.equal(await summaryOf('Approve'), 'by hand');
  });

  for (const code of ['ApprovalAlreadyCompletedException', 'InvalidApprovalTokenException']) {
    it(`is read again after ${code}`, async () => {
      await create();
      const records = memoryStore();
      const awaiting = await asked(releases.attempt({ clears }, { tools: { records } }).ended);
      await releases.bench.order({ kind: 'error', operation: 'PutApprovalResult', code });
      const attempt = releases.attempt({ clears }, { tools: { records }, call: { approved: [idOf(awaiting)] } });
      await releases.waitFor(() => (releases.asked.includes('PutApprovalResult') ? true : undefined));
      const { stage: stageName, action: actionName, token } = awaiting;
      const result = { status: 'Approved' as const, summary: 'by hand' };
      await releases.bench.client.send(
        new PutApprovalResultCommand({ pipelineName: 'release', stageName, actionName, token, result }),
      );
      assert.equal((await attempt.ended).outcome, 'released');
    });
  }

  it('is given once, although the answer is lost', async () => {
    await create();
    const records = memoryStore();
    const awaiting = await asked(releases.attempt({ clears }, { tools: { records } }).ended);
    await releases.bench.order({ kind: 'lost', operation: 'PutApprovalResult' });
    const call = { approved: [idOf(awaiting)] };
    await assert.rejects(
      releases.attempt({ clears }, { tools: { records }, call }).ended,
      (error) => !(error instanceof PermanentError),
    );
    const released = await releases.attempt({ clears }, { tools: { records, attempt: 2 }, call }).ended;
    assert.equal(released.executionId, awaiting.executionId);
    assert.equal(releases.asked.filter((operation) => operation === 'PutApprovalResult').length, 1);
  });

  it('that is rejected on AWS fails the release with what the person said', async () => {
    await create();
    const records = memoryStore();
    const {
      stage: stageName,
      action: actionName,
      token,
    } = await asked(releases.attempt({ clears }, { tools: { records } }).ended);
    const result = { status: 'Rejected' as const, summary: 'not today' };
    await releases.bench.client.send(
      new PutApprovalResultCommand({ pipelineName: 'release', stageName, actionName, token, result }),
    );
    const attempt = releases.attempt({ clears }, { tools: { records, attempt: 2 } });
    await assert.rejects(attempt.ended, (error) => {
      assert.ok(error instanceof PermanentError);
      assert.match(error.message, /action Production\/Approve failed.*not today/);
      return true;
    });
  });

  it('that the playbook does not name waits for a person on AWS, and is shown', async () => {
    await create();
    const attempt = releases.attempt();
    const shown = await releases.waitFor(() => attempt.shown.find(({ blocked }) => blocked !== undefined));
    assert.equal(shown['blocked'], 'it waits for manual approval Production/Approve');
    const { actionStates = [] } = await releases.bench.stageState('release', 'Production');
    const token = actionStates[0]?.latestExecution?.token;
    const result = { status: 'Approved' as const, summary: 'fine' };
    const put = { pipelineName: 'release', stageName: 'Production', actionName: 'Approve', token, result };
    await releases.bench.client.send(new PutApprovalResultCommand(put));
    assert.equal((await attempt.ended).outcome, 'released');
  });

  it('that the pipeline does not have is refused before anything is started', async () => {
    await create();
    await assert.rejects(releases.attempt({ clears: ['Production/Aprove'] }).ended, (error) => {
      assert.ok(error instanceof PermanentError);
      assert.match(error.message, /has no manual approval "Production\/Aprove" \(it has Production\/Approve\)/);
      return true;
    });
    assert.ok(!releases.asked.includes('StartPipelineExecution'));
  });

  it('that our gate rejected is asked for again, of the same execution, when a person sends retry', async () => {
    await create();
    const records = memoryStore();
    const first = await asked(releases.attempt({ clears }, { tools: { records }, call: { identity: 'run/1' } }).ended);
    const again = await asked(releases.attempt({ clears }, { tools: { records }, call: { identity: 'run/2' } }).ended);
    assert.deepEqual(again, first);
  });

  it('is rejected on AWS when a retry releases something else, so that it does not keep its stage', async () => {
    await create();
    const records = memoryStore();
    const one = { clears, revisions: { Fetch: 'v1' } };
    const first = await asked(releases.attempt(one, { tools: { records }, call: { identity: 'run/1' } }).ended);
    const other = { clears, revisions: { Fetch: 'v2' } };
    const second = await asked(releases.attempt(other, { tools: { records }, call: { identity: 'run/2' } }).ended);
    assert.notEqual(second.executionId, first.executionId);
    assert.deepEqual(second.revisions, [{ source: 'Fetch', revision: 'v2' }]);
    const { status } = await releases.bench.execution('release', first.executionId);
    assert.equal(status, 'Failed');
  });
});
