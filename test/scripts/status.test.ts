import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { devServer } from '../support/servers.ts';
import { runScript } from './run-script.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
const playbook = `people:
  dana: {roles: [Stakeholder]}
  nora: {roles: [Stakeholder]}
  ines: {agents: [Build Agent], roles: [Delivery Lead]}
operators: [Delivery Lead]
gates: {entry: {1: {approve: Stakeholder}}}
`;
const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };

async function status(...args: string[]) {
  const { address } = await devServer();
  return runScript('status', ['--limit', '1000', ...args], { TEMPORAL_ADDRESS: address, NO_COLOR: '1' });
}

interface Json {
  readonly phases?: readonly {
    readonly workflowId: string;
    readonly state: string;
    readonly problem?: string;
    readonly schedule?: {
      readonly done: number;
      readonly plannedEnd: string;
      readonly end: string;
      readonly difference: string;
    };
  }[];
  readonly waiting?: readonly {
    readonly workflowId: string;
    readonly on: string;
    readonly kind: string;
    readonly command?: string;
  }[];
  readonly more: boolean;
}

describe('npm run status', function () {
  this.timeout(120_000);

  it('lists the phases, says which do not answer, and gives a person every command that waits for them', async () => {
    const { client } = await devServer();
    await withWorker({ phases }, async ({ start }) => {
      const [atGate, atWork] = await Promise.all([
        start({ phase: 'small', by: 'lee' }),
        start({ phase: 'small', by: 'lee' }),
      ]);
      const silent = await client.workflow.start('phase', {
        taskQueue: `nobody-${randomUUID()}`,
        workflowId: `p-${randomUUID()}`,
        args: [{ phase: 'small', by: 'lee' }],
      });
      await atGate.untilOpen('entry');
      await atWork.approve('entry', 'dana');
      await atWork.approve('9.1/entry', 'dana');
      await atWork.untilOnDesk('9.1/a1', 'complete');
      await atGate.until('the server lists them', async () => {
        const ids: string[] = [];
        for await (const { workflowId } of client.workflow.list({
          query: 'WorkflowType = "phase" AND ExecutionStatus = "Running"',
        }))
          ids.push(workflowId);
        return [atGate.id, atWork.id, silent.workflowId].every((id) => ids.includes(id));
      });

      const { code, stdout, stderr } = await status();
      assert.equal(code, 0, stderr);
      const rowOf = (id: string) => stdout.split('\n').find((line) => line.startsWith(id)) ?? '';
      assert.match(rowOf(atGate.id), /Phase 9: Small Phase +waiting +0 of 1 +1 gate /);
      assert.match(rowOf(atWork.id), /waiting +0 of 1, now 9\.1 +1 task /);
      assert.match(rowOf(silent.workflowId), /\(no answer\)/);
      assert.ok(stdout.includes(`${silent.workflowId}: no worker answers; start one with npm start`), stdout);
      // Every list would wait for it.
      await silent.terminate();

      const ofNora = await status('--by', 'nora');
      assert.match(
        ofNora.stdout,
        new RegExp(
          `${atGate.id}  entry  Start of the phase  \\(since .* UTC\\)\\n  1 Plan approved \\(Stakeholder .*\\)\\n  temporal workflow signal --workflow-id ${atGate.id} --name approve --input '.*"by":"nora".*'\\n`,
        ),
      );
      assert.ok(!ofNora.stdout.includes(atWork.id));

      const mine = JSON.parse((await status('--by', 'ines', '--json')).stdout) as Json;
      const task = mine.waiting?.find(({ workflowId }) => workflowId === atWork.id);
      assert.deepEqual([task?.on, task?.kind], ['9.1/a1', 'task']);
      assert.ok(task?.command?.includes('--name complete'));
      const all = JSON.parse((await status('--json')).stdout) as Json;
      assert.equal(all.phases?.find(({ workflowId }) => workflowId === atWork.id)?.state, 'waiting');

      const dated = JSON.parse((await status('--dates', '--json')).stdout) as Json;
      const { schedule } = dated.phases?.find(({ workflowId }) => workflowId === atWork.id) ?? {};
      assert.deepEqual([schedule?.done, schedule?.difference], [0, 'on time']);
      assert.ok(Date.parse(schedule?.end ?? '') >= Date.parse(schedule?.plannedEnd ?? ''));
      assert.match((await status('--dates')).stdout, /Difference\n[^]* 0 % .* on time\n/);

      await Promise.all([atGate.workflow.terminate(), atWork.workflow.terminate()]);
      const ended = JSON.parse((await status('--all', '--json')).stdout) as Json;
      assert.equal(ended.phases?.find(({ workflowId }) => workflowId === atWork.id)?.state, 'terminated');
      const few = JSON.parse((await status('--all', '--json', '--limit', '1')).stdout) as Json;
      assert.deepEqual([few.phases?.length, few.more], [1, true]);
    });
  });

  it('refuses a limit that is none', async () => {
    for (const limit of ['0', 'many', '1001']) {
      const { code, stderr } = await status('--limit', limit);
      assert.deepEqual([code, stderr], [1, '--limit takes a whole number from 1 to 1000.\n']);
    }
  });
});
