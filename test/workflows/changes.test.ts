import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readRuns } from '../../src/record/files.ts';
import type { MilestoneStatus } from '../../src/contract/answers.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';
import { verify } from '../support/verify.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = `people:
  dana: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent] }
operators: [Delivery Lead]
environments: { production: { region: eu-west-1, protected: true, destructive: Stakeholder } }
milestones: { '9.1': { tasks: { a1: { steps: [{ destroy: database, environments: [production] }] } } } }
`;
const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };

/** A phase whose first task asks. */
async function asking(
  action: (phase: PhaseHandle, bench: Bench, records: string) => Promise<void>,
  bench = new Bench(),
): Promise<void> {
  await withWorker({ phases, steps: [bench.destroy] }, async ({ start, folders }) => {
    const phase = await start({ phase: 'small' });
    for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
    await phase.untilOpen('9.1/a1/changes');
    await action(phase, bench, folders.recordsDir);
  });
}

describe('a step that would destroy something', () => {
  it('waits for a person, is told what was agreed to, goes on in the same try, and the record verifies', async () => {
    await asking(async (phase, bench, records) => {
      const [gate] = (await phase.gates()).gates;
      assert.match(gate?.unmet[0]?.text ?? '', /database: replaces everything/);
      assert.deepEqual(gate?.unmet[0]?.who, ['dana']);
      assert.equal((await phase.say('approve', { gate: '9.1/a1/changes', by: 'lee' })).code, 'DENIED');
      assert.deepEqual(bench.ran, []);
      await phase.say('approve', { gate: '9.1/a1/changes', by: 'dana' });
      await bench.began('database');
      assert.match(bench.identities[0] ?? '', /\/9\.1\/a1\/1$/);
      await phase.complete('9.1/a2', 'lee');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate, 'dana');
      await phase.workflow.result();
      const found = await verify(await readRuns([join(records, await archived(phase))]));
      assert.ok('gates' in found, JSON.stringify(found));
      assert.equal(found.gates, 6);
    });
  });

  it('asks again when what it would do is not what was agreed to', async () => {
    await asking(async (phase, bench) => {
      bench.plans.set('database', 'removes the database');
      await phase.say('approve', { gate: '9.1/a1/changes', by: 'dana' });
      await phase.until('it asks again', async () => (await phase.gates()).gates[0]?.round === 2);
      assert.match((await phase.gates()).gates[0]?.unmet[0]?.text ?? '', /removes the database/);
      assert.deepEqual(bench.ran, []);
      await phase.say('approve', { gate: '9.1/a1/changes', by: 'dana' });
      await bench.began('database');
      await phase.workflow.terminate();
    });
  });

  it('blocks its task when it is rejected, and a retry finds anew what it would do', async () => {
    await asking(async (phase, bench) => {
      await phase.say('reject', { gate: '9.1/a1/changes', by: 'dana', reason: 'not on Fridays' });
      await phase.untilOnDesk('9.1/a1', 'blocked');
      assert.match((await phase.status()).desk[0]?.reason ?? '', /dana rejected .*not on Fridays/);
      const resubmitted = await phase.say('resubmit', { gate: '9.1/a1/changes', by: 'lee' });
      assert.equal(resubmitted.code, 'REFUSED');
      assert.match(resubmitted.reason, /send retry for 9\.1\/a1/);
      await phase.say('retry', { task: '9.1/a1', by: 'lee' });
      await phase.untilOpen('9.1/a1/changes');
      assert.equal(new Set(bench.asked).size, 2, 'a retry is another try, with an identity of its own');
      await phase.say('approve', { gate: '9.1/a1/changes', by: 'dana' });
      await bench.began('database');
      await phase.workflow.terminate();
    });
  });

  it('is not run when its task is skipped meanwhile, and its gate closes with the milestone', async () => {
    await asking(async (phase, bench) => {
      await phase.say('skip', { task: '9.1/a1', by: 'lee', reason: 'done by hand' });
      await phase.complete('9.1/a2', 'lee');
      await phase.untilOpen('9.1/exit');
      assert.deepEqual(bench.ran, []);
      assert.deepEqual(
        (await phase.gates()).gates.map(({ gate }) => gate),
        ['9.1/exit'],
      );
      await phase.workflow.terminate();
    });
  });

  it('is asked about once by a milestone that was reset while people were thinking', async () => {
    await withWorker({ phases, steps: [new Bench().destroy] }, async ({ client, start }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
      await phase.untilOpen('9.1/a1/changes');
      const { events } = await phase.milestone('9.1').fetchHistory();
      const first = (events ?? []).find((event) => event.workflowTaskCompletedEventAttributes);
      await client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: `${phase.id}:9.1` },
        workflowTaskFinishEventId: first?.eventId ?? null,
        requestId: randomUUID(),
        reason: 'a test',
      });
      await phase.until('it has asked again', async () => (await waiting(phase))?.[0] === 'gate 9.1/a1/changes');
      await phase.say('approve', { gate: '9.1/a1/changes', by: 'dana' });
      await phase.untilOnDesk('9.1/a2', 'complete');
      const [changes] = (await phase.status()).gates.filter(({ gate }) => gate === '9.1/a1/changes');
      assert.deepEqual([changes?.state, changes?.round], ['cleared', 1]);
      await phase.workflow.terminate();
    });
  });

  it('is not let through by a report in other words than its own', async () => {
    await asking(async (phase, bench) => {
      const [ask] = (await phase.gates()).gates[0]?.unmet ?? [];
      const forged = { lines: ['database: adds a tag'], where: 'plan of database', sha256: ask?.changes?.sha256 };
      await phase.signal('milestoneReport', [{ task: '9.1/a1', state: 'waiting', desk: null, asks: [forged] }]);
      await phase.until('it is told', async () =>
        (await phase.ledger()).recent.some(({ what }) => what === 'report refused'),
      );
      assert.match((await phase.gates()).gates[0]?.unmet[0]?.text ?? '', /replaces everything/);
      assert.equal((await waiting(phase))?.[0], 'gate 9.1/a1/changes');
      assert.deepEqual(bench.ran, []);
      await phase.workflow.terminate();
    });
  });
});

async function waiting(phase: PhaseHandle): Promise<readonly string[] | undefined> {
  const { lanes } = await phase.milestone('9.1').query<MilestoneStatus>('status');
  return lanes[0]?.tasks[0]?.waitsFor;
}

async function archived(phase: PhaseHandle): Promise<string> {
  return ((await phase.archive().result()) as { where: string }).where;
}
