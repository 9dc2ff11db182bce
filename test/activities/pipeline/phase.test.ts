import assert from 'node:assert/strict';
import { action, deploy, pipeline, stage } from '../../sandbox/pipelines/definitions.ts';
import { Bench } from '../../sandbox/pipelines/harness.ts';
import { pointAt } from './support.ts';
import { type PhaseHandle, withWorker } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = (region: string) => `people:
  dana: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent] }
operators: [Delivery Lead]
environments: { production: { region: ${region}, protected: true, destructive: Stakeholder } }
pipelines:
  shop: { pipeline: shop-release, revisions: { Fetch: v7 }, approvals: [Production/Approve] }
milestones:
  '9.1':
    tasks: { a1: { pipeline: shop } }
    exit: { 1: { check: { pipeline: shop } } }
`;

describe('a phase that releases through a pipeline', function () {
  this.timeout(120_000);
  let bench: Bench;
  let pointBack: () => void;
  let region = '';
  let count = 0;

  beforeEach(async () => {
    bench = await Bench.start();
    pointBack = pointAt(bench);
    count += 1;
    // Clients are shared by region, and each test has a stand-in of its own.
    region = `eu-phase-${count}`;
  });
  afterEach(async () => {
    pointBack();
    await bench.stop();
  });

  async function running(test: (phase: PhaseHandle) => Promise<void>): Promise<void> {
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook(region) } };
    await withWorker({ phases }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
      await test(phase);
    });
  }

  it('asks once for both approvals, its own and that of the pipeline, and ends with the check of the release', async () => {
    const stages = [stage('Production', [action('Approve', 'Approval'), deploy('Ship', 'succeed', { runOrder: 2 })])];
    await bench.create(pipeline('shop-release', stages));
    await running(async (phase) => {
      await phase.untilOpen('9.1/a1/changes');
      const [gate] = (await phase.gates()).gates;
      assert.match(gate?.unmet[0]?.text ?? '', /shop: approval Production\/Approve of revision Fetch v7, in execution/);
      await phase.say('approve', { gate: '9.1/a1/changes', by: 'dana' });
      await phase.complete('9.1/a2', 'lee');
      for (const name of ['9.1/quality', 'completion']) await phase.approve(name, 'dana');
      await phase.workflow.result();
      assert.deepEqual(bench.toy.order, ['Fetch', 'Ship']);
    });
  });

  it('blocks its task with the reason when the pipeline fails, and a retry releases again', async () => {
    const stages = [stage('Production', [action('Approve', 'Approval'), deploy('Ship', 'hang', { runOrder: 2 })])];
    await bench.create(pipeline('shop-release', stages));
    await running(async (phase) => {
      for (const how of ['fail', 'succeed'] as const) {
        await phase.untilOpen('9.1/a1/changes');
        await phase.say('approve', { gate: '9.1/a1/changes', by: 'dana' });
        await bench.toy.release('Ship', how);
        if (how === 'succeed') continue;
        await phase.untilOnDesk('9.1/a1', 'blocked');
        const reason = (await phase.status()).desk.find(({ task }) => task === '9.1/a1')?.reason ?? '';
        assert.match(reason, /action Production\/Ship failed: JobFailed: Ship was told to fail/);
        await phase.say('retry', { task: '9.1/a1', by: 'lee' });
      }
      await phase.complete('9.1/a2', 'lee');
      await phase.untilOpen('9.1/quality');
      await phase.workflow.terminate();
    });
  });

  it('stops the execution when it is cancelled', async () => {
    await bench.create(pipeline('shop-release', [stage('Deploy', [deploy('Ship', 'hang')])]));
    const cleared = playbook(region).replace(', approvals: [Production/Approve]', '');
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': cleared } };
    await withWorker({ phases }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
      const { executionId } = await bench.toy.hanging('Ship');
      await phase.workflow.cancel();
      await bench.reaches('shop-release', executionId, 'Stopping');
      await bench.toy.release('Ship');
      await bench.reaches('shop-release', executionId, 'Stopped');
      await assert.rejects(phase.workflow.result());
    });
  });
});
