import { UpdateStackCommand, waitUntilStackUpdateComplete } from '@aws-sdk/client-cloudformation';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cloudFormation } from '../../src/aws/clients.ts';
import { emulator } from '../support/emulator.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = `environments: { development: { region: eu-west-1 } }
stacks: { topic: infra/topic.yaml }
milestones:
  '9.1':
    tasks: { a1: { steps: [{ stacks: [topic] }, { report: configuration-document }] } }
    exit: { 1: { approve: true, evidence: configuration-document } }
`;
const template = 'Resources:\n  Topic: {Type: AWS::SNS::Topic}\n';

describe('a report that is approved', () => {
  it('is written anew before the next round, also when nothing was named to be done again', async function () {
    this.timeout(60_000);
    await emulator();
    const name = `reported-${randomUUID().slice(0, 8)}`;
    const files = { 'plan.md': plan, 'playbook.yaml': playbook, 'infra/topic.yaml': template };
    await withWorker({ phases: { [name]: files } }, async ({ start }) => {
      const phase = await start({ phase: name });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      await phase.complete('9.1/a2');
      const before = await reported(phase, 1);
      await mendByHand(`${name}-development-topic`);
      const rejected = await phase.say('reject', { gate: '9.1/exit', by: 'lee', reason: 'no tags' });
      assert.match(rejected.reason, /opens again on resubmit, once 9\.1\/a1 has reported anew/);
      await phase.say('resubmit', { gate: '9.1/exit', by: 'lee' });
      // The task that comes after it is a person's.
      await phase.complete('9.1/a2');
      assert.notEqual(await reported(phase, 2), before);
      await phase.workflow.terminate();
    });
  });
});

/** What the exit gate's check says of the report, once it has passed in that round. */
async function reported(phase: PhaseHandle, round: number): Promise<string | undefined> {
  const found = async () => {
    const gate = (await phase.gates()).gates.find((one) => one.gate === '9.1/exit' && one.round === round);
    return gate?.unmet[0]?.checks.find(({ state }) => state === 'passed')?.reason;
  };
  await phase.until('the report is there', async () => (await found()) !== undefined);
  return found();
}

async function mendByHand(stackName: string): Promise<void> {
  const client = cloudFormation('eu-west-1');
  const Tags = [{ Key: 'mended', Value: 'by hand' }];
  await client.send(new UpdateStackCommand({ StackName: stackName, UsePreviousTemplate: true, Tags }));
  await waitUntilStackUpdateComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName: stackName });
}
