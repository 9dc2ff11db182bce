import assert from 'node:assert/strict';
import { emulator } from '../support/emulator.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = [
  'environments: {development: {region: eu-west-1}}',
  'stacks: {topic: infra/topic.yaml}',
  'milestones:',
  '  "9.1":',
  '    tasks: {a1: {stacks: [topic]}}',
  '',
].join('\n');
const template = 'Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  Arn: {Value: !Ref Topic}\n';

describe('a task that deploys a stack', () => {
  for (const [what, files, reason] of [
    ['missing', {}, /topic\.yaml does not exist in the phase folder; add it and send retry/],
    [
      'invalid',
      { 'infra/topic.yaml': 'Resources: [' },
      /topic\.yaml cannot be read: .* in line 1\. Mend it and send retry/,
    ],
  ] as const) {
    it(`blocks while its template is ${what}, and goes on after the mend and a retry`, async function () {
      this.timeout(60_000);
      await emulator();
      const phases = { 'small-stacks': { 'plan.md': plan, 'playbook.yaml': playbook, ...files } };
      await withWorker({ phases }, async ({ folders, start }) => {
        const phase = await start({ phase: 'small-stacks' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/a1', 'blocked');
        assert.match((await phase.status()).desk[0]?.reason ?? '', reason);

        await phase.say('retry', { task: '9.1/a1', by: 'lee' });
        await phase.untilOnDesk('9.1/a1', 'blocked');
        await folders.write('small-stacks', 'infra/topic.yaml', template);
        await phase.say('retry', { task: '9.1/a1', by: 'lee' });
        await phase.untilOnDesk('9.1/a2', 'complete');
        const { recent } = await phase.ledger();
        assert.ok(
          recent.some((entry) => entry.what === 'read anew' && /infra\/topic\.yaml .* → \w{12}/.test(entry.reason)),
        );
        await phase.workflow.terminate();
      });
    });
  }

  it('takes the mended template also when it is done again', async function () {
    this.timeout(60_000);
    await emulator();
    const phases = {
      'mended-stacks': { 'plan.md': plan, 'playbook.yaml': playbook, 'infra/topic.yaml': 'Resources: [' },
    };
    await withWorker({ phases }, async ({ folders, start }) => {
      const phase = await start({ phase: 'mended-stacks' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      await phase.untilOnDesk('9.1/a1', 'blocked');
      await folders.write('mended-stacks', 'infra/topic.yaml', template);
      await phase.say('retry', { task: '9.1/a1', by: 'lee' });
      await phase.complete('9.1/a2');
      await phase.untilOpen('9.1/exit');
      await phase.say('reject', { gate: '9.1/exit', by: 'lee', reason: 'once more', rework: ['9.1/a1'] });
      await phase.until('it waits for somebody', async () => (await phase.status()).desk.length > 0);
      const [item] = (await phase.status()).desk;
      assert.deepEqual([item?.task, item?.waits], ['9.1/a2', 'complete'], item?.reason);
      await phase.workflow.terminate();
    });
  });
});
