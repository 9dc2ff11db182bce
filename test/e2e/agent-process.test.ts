import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import { emulator } from '../support/emulator.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { devServer } from '../support/servers.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Secure', agent: 'Security Agent', letter: 'a' }] }],
});
const template = 'Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  Arn: {Value: !Ref Topic}\n';

/** The emulator keeps accounts apart, so that the ARN of what was made tells in which role. */
const account = '222222222222';

describe('an agent with a process of its own', function () {
  this.timeout(120_000);

  it('deploys on its own task queue, in its own role, and nobody else does', async () => {
    await emulator();
    const taskQueue = `security-${randomUUID()}`;
    const playbook = [
      `agents: { Security Agent: { taskQueue: ${taskQueue}, role: 'arn:aws:iam::${account}:role/security' } }`,
      'environments: { development: { region: eu-west-1 } }',
      'stacks: { topic: infra/topic.yaml }',
      'milestones: { "9.1": { tasks: { a1: { stacks: [topic] } } } }',
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
        await phase.untilOnDesk('9.1/a2', 'complete');
        const history = await phase.milestone('9.1').fetchHistory();
        const deployed = (history.events ?? []).find(
          ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'step.stacks',
        );
        const ended = (history.events ?? []).find(
          ({ activityTaskCompletedEventAttributes: completed }) =>
            completed?.scheduledEventId?.toString() === deployed?.eventId?.toString(),
        );
        assert.ok(deployed !== undefined && ended !== undefined);
        assert.equal(deployed.activityTaskScheduledEventAttributes?.taskQueue?.name, `${taskQueue}-aws`);
        assert.match(ended.activityTaskCompletedEventAttributes?.identity ?? '', new RegExp(`^${String(agent.pid)}@`));
        const [result] = ended.activityTaskCompletedEventAttributes?.result?.payloads ?? [];
        const { outputs } = JSON.parse(Buffer.from(result?.data ?? []).toString()) as { outputs: { Arn: string } };
        assert.match(outputs.Arn, new RegExp(`^arn:aws:sns:eu-west-1:${account}:`));
        await phase.workflow.terminate();
      } finally {
        await agent.stop();
      }
    });
  });
});
