import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { MilestoneStatus } from '../../src/contract/answers.ts';
import { withWorker, type Harness, type PhaseHandle } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';
import { indexOf, verified } from '../support/records.ts';
import { startDevServer } from '../support/servers.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const waiting = 'milestones: { "9.1": { tasks: { a1: { wait: deployment } } } }\n';
const hanging = 'milestones: { "9.1": { tasks: { a1: { hang: deployment } } } }\n';

/** A server that soon suggests to continue as new. */
const impatient = () => startDevServer(['limit.historyCount.suggestContinueAsNew=60']);

async function intoMilestone(phase: PhaseHandle): Promise<void> {
  await phase.approve('entry');
  await phase.approve('9.1/entry');
}

async function untilNewRun(phase: PhaseHandle, before: string): Promise<string> {
  let runId = before;
  for (let index = 0; runId === before; index += 1) {
    await phase.current.signal('progress', { task: '9.1/a2', by: 'lee', note: String(index) });
    ({ runId } = await phase.current.describe());
  }
  return runId;
}

async function finish(harness: Harness, phase: PhaseHandle): Promise<void> {
  for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
  await harness.client.workflow.getHandle(phase.id).result();
  await phase.until('the record is closed', async () => (await indexOf(harness, phase))?.state === 'closed', 60_000);
  await verified(harness, phase);
}

describe('a phase that continues as new while a milestone runs', () => {
  it('takes it over, as often as it has to, and gets what it brings', async function () {
    this.timeout(120_000);
    const bench = new Bench();
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': waiting } };
    await withWorker({ env: await impatient(), phases, steps: [bench.wait] }, async (harness) => {
      const started = await harness.start({ phase: 'small' });
      await intoMilestone(started);
      await bench.began('deployment');
      const second = await untilNewRun(started, String(started.firstRunId));
      await untilNewRun(started, second);
      const phase = harness.again(started, started.firstRunId);
      bench.release();
      await phase.complete('9.1/a2');
      await finish(harness, phase);
      assert.deepEqual(bench.ran, ['deployment'], 'it was deployed once');
    });
  });

  it('keeps what waits for people, and passes on what they say', async function () {
    this.timeout(120_000);
    const bench = new Bench();
    bench.failing.add('deployment');
    const playbook = 'milestones: { "9.1": { tasks: { a1: { act: deployment } } } }\n';
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ env: await impatient(), phases, steps: [bench.act] }, async (harness) => {
      const started = await harness.start({ phase: 'small' });
      await intoMilestone(started);
      await started.untilOnDesk('9.1/a1', 'blocked');
      await untilNewRun(started, String(started.firstRunId));
      const phase = harness.again(started, started.firstRunId);
      await phase.untilOnDesk('9.1/a1', 'blocked');
      await phase.hear('hold', { on: '9.1/a2', by: 'lee', reason: 'audit' });
      await phase.hear('retry', { task: '9.1/a1', by: 'lee' });
      await phase.until('a2 is held', async () => {
        const { lanes } = await phase.milestone('9.1').query<MilestoneStatus>('status');
        return lanes[0]?.tasks[1]?.held === 'held by lee: audit' && lanes[0].tasks[0]?.state === 'done';
      });
      await phase.hear('release', { on: '9.1/a2', by: 'lee' });
      await phase.complete('9.1/a2');
      await finish(harness, phase);
    });
  });

  it('does the rework that was under way once', async function () {
    this.timeout(120_000);
    const bench = new Bench();
    const playbook = 'milestones: { "9.1": { tasks: { a1: { act: deployment } } } }\n';
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ env: await impatient(), phases, steps: [bench.act] }, async (harness) => {
      const started = await harness.start({ phase: 'small' });
      await intoMilestone(started);
      await started.complete('9.1/a2');
      const phase = harness.again(started, started.firstRunId);
      await phase.untilOpen('9.1/exit');
      await phase.hear('reject', { gate: '9.1/exit', by: 'lee', reason: 'again', rework: ['9.1/a1'] });
      await phase.untilOnDesk('9.1/a2');
      const { runId } = await phase.current.describe();
      await untilNewRun(phase, runId);
      await phase.complete('9.1/a2');
      await finish(harness, phase);
      assert.deepEqual(bench.ran, ['deployment', 'deployment']);
    });
  });

  it('cancels it when the phase is cancelled then', async function () {
    this.timeout(120_000);
    const bench = new Bench();
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': hanging } };
    await withWorker({ env: await impatient(), phases, steps: [bench.hang] }, async (harness) => {
      const started = await harness.start({ phase: 'small' });
      await intoMilestone(started);
      await bench.began('deployment');
      await untilNewRun(started, String(started.firstRunId));
      await started.current.cancel();
      await assert.rejects(harness.client.workflow.getHandle(started.id).result());
      assert.equal((await started.milestone('9.1').describe()).status.name, 'CANCELLED');
      assert.deepEqual(bench.ran, ['deployment', 'settle deployment']);
    });
  });

  it('does not, once it is cancelled: what is cancelled settles and ends', async function () {
    this.timeout(120_000);
    const bench = new Bench();
    const slow = { ...bench.hang, settle: bench.slowly(bench.hang) };
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': hanging } };
    await withWorker({ env: await impatient(), phases, steps: [slow] }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await intoMilestone(phase);
      await bench.began('deployment');
      await phase.current.cancel();
      await bench.began('settle deployment');
      for (let index = 0; index < 60; index += 1) {
        await phase.current.signal('progress', { task: '9.1/a2', by: 'lee', note: String(index) });
      }
      bench.release();
      await assert.rejects(harness.client.workflow.getHandle(phase.id).result());
      const { status, runId } = await phase.current.describe();
      assert.deepEqual([status.name, runId], ['CANCELLED', phase.firstRunId]);
    });
  });

  it('keeps what was rejected as it was', async function () {
    this.timeout(120_000);
    const bench = new Bench();
    const playbook = 'milestones: { "9.1": { tasks: { a1: { destroy: database } } } }\n';
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ env: await impatient(), phases, steps: [bench.destroy] }, async (harness) => {
      const started = await harness.start({ phase: 'small' });
      await intoMilestone(started);
      await started.untilOpen('9.1/a1/changes');
      await started.hear('reject', { gate: '9.1/a1/changes', by: 'lee', reason: 'no' });
      await started.untilOnDesk('9.1/a1', 'blocked');
      await untilNewRun(started, String(started.firstRunId));
      const phase = harness.again(started, started.firstRunId);
      await phase.untilOnDesk('9.1/a1', 'blocked');
      // The milestone has said everything anew when it has passed this on.
      await phase.hear('hold', { on: '9.1/a2', by: 'lee', reason: 'audit' });
      await phase.until('a2 is held', async () => {
        const { lanes } = await phase.milestone('9.1').query<MilestoneStatus>('status');
        return lanes[0]?.tasks[1]?.held === 'held by lee: audit';
      });
      const gate = (await phase.status()).gates.find((one) => one.gate === '9.1/a1/changes');
      assert.deepEqual([gate?.state, gate?.round], ['rejected', 1]);
      await phase.current.terminate();
    });
  });

  it('goes on when a later run is reset to its very beginning', async function () {
    this.timeout(120_000);
    const bench = new Bench();
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': waiting } };
    await withWorker({ env: await impatient(), phases, steps: [bench.wait] }, async (harness) => {
      const started = await harness.start({ phase: 'small' });
      await intoMilestone(started);
      await bench.began('deployment');
      const runId = await untilNewRun(started, String(started.firstRunId));
      const phase = harness.again(started, started.firstRunId);
      await phase.until('it has taken over', async () => (await phase.status()).milestones[0]?.stage === 'work');
      const { events } = await harness.client.workflow.getHandle(phase.id, runId).fetchHistory();
      const first = events?.find((event) => event.workflowTaskCompletedEventAttributes);
      await harness.client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: phase.id, runId },
        workflowTaskFinishEventId: first?.eventId ?? null,
        requestId: randomUUID(),
        reason: 'a test',
      });
      bench.release();
      await phase.complete('9.1/a2');
      await finish(harness, phase);
      assert.deepEqual(bench.ran, ['deployment']);
    });
  });
});

describe('a milestone whose phase has been terminated', () => {
  it('settles what it has begun and ends, and says why', async function () {
    this.timeout(120_000);
    const bench = new Bench();
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': hanging } };
    await withWorker({ phases, steps: [bench.hang] }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await intoMilestone(phase);
      await bench.began('deployment');
      await phase.workflow.terminate('a test');
      await assert.rejects(phase.milestone('9.1').result(), (error: Error) => {
        assert.match(String(error.cause), /has ended \(TERMINATED\) without this milestone/);
        return true;
      });
      assert.deepEqual(bench.ran, ['deployment', 'settle deployment']);
    });
  });
});
