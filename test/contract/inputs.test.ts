import { defaultPayloadConverter } from '@temporalio/common';
import assert from 'node:assert/strict';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = [
  'people:',
  '  dana: {roles: [Stakeholder]}',
  '  ines: {agents: [Build Agent]}',
  '  lee: {roles: [Delivery Lead]}',
  'operators: [Delivery Lead]',
  'gates:',
  '  entry: {1: {approve: Stakeholder}}',
  '',
].join('\n');

describe('messages to a phase', () => {
  it('have one recorded verdict each, ten of every wrong kind, and the phase completes', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      const wrong: [code: string, name: string, ...args: unknown[]][] = [
        ['MALFORMED', 'approve'],
        ['MALFORMED', 'approve', 'entry'],
        ['MALFORMED', 'approve', { gate: 'entry' }],
        ['MALFORMED', 'approve', { gate: 'entry', by: 'dana' }, { gate: 'entry', by: 'dana' }],
        ['MALFORMED', 'reject', { gate: 'entry', by: 'dana' }],
        ['MALFORMED', 'skip', { task: '9.1/a1', by: 'lee' }],
        ['UNKNOWN', 'aprove', { gate: 'entry', by: 'dana' }],
        ['UNKNOWN', 'approve', { gate: 'entri', by: 'dana' }],
        ['UNKNOWN', 'approve', { gate: '__proto__', by: 'dana' }],
        ['UNKNOWN', 'approve', { gate: 'entry', criterion: 7, by: 'dana' }],
        ['UNKNOWN', 'approve', { gate: 'entry', by: 'nobody' }],
        ['UNKNOWN', 'complete', { task: '9.1/zz', by: 'ines' }],
        ['DENIED', 'approve', { gate: 'entry', by: 'ines' }],
        ['DENIED', 'skip', { task: '9.1/a1', by: 'dana', reason: 'no need' }],
        ['STALE', 'approve', { gate: 'entry', by: 'dana', round: 4 }],
        ['EARLY', 'approve', { gate: '9.1/exit', by: 'dana' }],
        ['EARLY', 'complete', { task: '9.1/a1', by: 'ines' }],
      ];
      const all = Array.from({ length: 10 }, () => wrong).flat();
      for (const [, name, ...args] of all) await phase.signal(name, ...args);
      await phase.until('every message is in the ledger', async () => {
        const { recent } = await phase.ledger();
        return recent.filter(({ trust }) => trust !== 'phase').length >= all.length;
      });
      const { recent } = await phase.ledger();
      const said = recent.filter(({ trust }) => trust !== 'phase');
      assert.deepEqual(
        said.map(({ what, code }) => [what, code]),
        all.map(([code, name]) => [name, code]),
      );
      assert.ok(said.every(({ reason }) => reason !== ''));
      await phase.approve('entry', 'dana');
      await phase.approve('9.1/entry', 'lee');
      await phase.complete('9.1/a1', 'ines');
      await phase.complete('9.1/a2', 'ines');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate, 'lee');
      assert.equal((await phase.workflow.result()).state, 'completed');
    });
  });

  it('are not lost when they come before the plan is compiled', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ client, taskQueue }) => {
      const handle = await client.workflow.signalWithStart('phase', {
        taskQueue,
        workflowId: `early-${taskQueue}`,
        args: [{ phase: 'small', by: 'starter' }],
        signal: 'approve',
        signalArgs: [{ gate: 'entry', by: 'dana' }],
      });
      const verdict = await handle.executeUpdate<{ code: string }, [unknown]>('approve', {
        args: [{ gate: '9.1/exit', by: 'dana' }],
      });
      assert.equal(verdict.code, 'EARLY');
      await handle.terminate();
    });
  });

  it('that cannot be decoded are recorded and do not wedge the phase', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ client, start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      const payload = defaultPayloadConverter.toPayload({ gate: 'entry' });
      for (const encoding of ['binary/mystery', 'json/plain']) {
        await client.workflowService.signalWorkflowExecution({
          namespace: 'default',
          workflowExecution: { workflowId: phase.id },
          signalName: 'approve',
          input: {
            payloads: [{ ...payload, data: Buffer.from('{not json'), metadata: { encoding: Buffer.from(encoding) } }],
          },
        });
      }
      await phase.until('both are in the ledger', async () => {
        const { recent } = await phase.ledger();
        return recent.filter(({ code }) => code === 'MALFORMED').length === 2;
      });
      await phase.approve('entry');
      await phase.untilOpen('9.1/entry');
      await phase.workflow.terminate();
    });
  });

  it('count once, by id, and answer the same to a Signal and an Update', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.signal('reject', { gate: 'entry', by: 'dana', reason: 'not yet', id: 'm1' });
      const again = await phase.say('reject', { gate: 'entry', by: 'dana', reason: 'not yet', id: 'm1' });
      assert.equal(again.code, 'DUPLICATE');
      assert.equal(again.state, 'rejected');
      await phase.workflow.terminate();
    });
  });
});
