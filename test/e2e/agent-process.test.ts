import type { History } from '@temporalio/common/lib/proto-utils.js';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import { emulator } from '../support/emulator.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { devServer } from '../support/servers.ts';
import { unsealed } from '../../src/contract/seal.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Secure', agent: 'Security Agent', letter: 'a' }] }],
});
const template = 'Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  Arn: {Value: !Ref Topic}\n';

/** The emulator keeps accounts apart, so that the ARN of what was made tells in which role. */
const account = '222222222222';

describe('an agent with a process of its own', function () {
  this.timeout(120_000);

  it('deploys and runs programs on task queues of its own, in its own role, and nobody else does', async () => {
    await emulator();
    const taskQueue = `security-${randomUUID()}`;
    const playbook = [
      `agents: { Security Agent: { taskQueue: ${taskQueue}, role: 'arn:aws:iam::${account}:role/security' } }`,
      'environments: { development: { region: eu-west-1 } }',
      'stacks: { topic: infra/topic.yaml }',
      'milestones: { "9.1": { tasks: { a1: { stacks: [topic] }, a2: { command: [node, --version] } } } }',
      '',
    ].join('\n');
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook, 'infra/topic.yaml': template } };
    await withWorker({ phases }, async ({ folders, start }) => {
      const agent = await startWorker({
        log: 'security-agent',
        env: {
          TEMPORAL_ADDRESS: (await devServer()).address,
          PHASEGATE_TASK_QUEUE: taskQueue,
          PHASEGATE_PHASES: folders.phasesDir,
          PHASEGATE_RECORDS: folders.recordsDir,
        },
      });
      try {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.approve('9.1/exit');
        const { events } = await phase.milestone('9.1').fetchHistory();
        const deployed = completed(events, 'step.stacks');
        const ran = completed(events, 'step.command');
        assert.equal(deployed.taskQueue, `${taskQueue}-aws`);
        assert.equal(ran.taskQueue, `${taskQueue}-programs`);
        for (const { identity } of [deployed, ran]) assert.match(identity, new RegExp(`^${String(agent.pid)}@`));
        const { outputs } = deployed.result as { outputs: { Arn: string } };
        assert.match(outputs.Arn, new RegExp(`^arn:aws:sns:eu-west-1:${account}:`));
        await phase.workflow.terminate();
      } finally {
        await agent.stop();
      }
    });
  });
});

/** On which queue an activity of this type ran, who completed it, and how. */
function completed(events: History['events'], type: string): { taskQueue: string; identity: string; result: unknown } {
  const scheduled = events?.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === type);
  const ended = events
    ?.map((event) => event.activityTaskCompletedEventAttributes)
    .find((attributes) => attributes?.scheduledEventId?.toString() === scheduled?.eventId?.toString());
  assert.ok(scheduled && ended, type);
  return {
    taskQueue: scheduled.activityTaskScheduledEventAttributes?.taskQueue?.name ?? '',
    identity: ended.identity ?? '',
    result: unsealed(JSON.parse(Buffer.from(ended.result?.payloads?.[0]?.data ?? []).toString())),
  };
}
