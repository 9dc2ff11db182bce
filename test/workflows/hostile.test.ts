import assert from 'node:assert/strict';
import { startDevServer } from '../support/servers.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const people = 'people:\n  dana: {roles: [Stakeholder], agents: [Build Agent]}\n';

/** Whoever may send Signals in a namespace may send any Signal: none may wedge a phase, or act without a trace. */
describe('a phase that somebody means ill', () => {
  it('goes on whatever a forged milestoneReport holds, and says that it was refused', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const task = '9.1/a1';
      const desk = { task, title: 'x', waits: 'complete', agents: [], since: 1 };
      const forged: unknown[] = [
        undefined,
        'x',
        [null],
        [{ task, state: 'waiting', desk: {} }],
        [{ task, state: 'waiting', desk: { ...desk, agents: 'x' } }],
        [{ task, state: 'done', desk: null }],
        [{ task, state: 'waiting', desk: null, digests: 5 }],
        [{ task, state: 'waiting', desk: null, digests: { templates: { x: 5 } } }],
        [{ task: 'constructor', state: 'waiting', desk: null }],
      ];
      for (const body of forged) await phase.signal('milestoneReport', body);
      await phase.until('each is in the ledger', async () => {
        const { recent } = await phase.ledger();
        return recent.filter(({ what }) => what === 'report refused').length === forged.length;
      });
      await phase.complete('9.1/a1');
      await phase.complete('9.1/a2');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      assert.equal((await phase.workflow.result()).state, 'completed');
    });
  });

  it('lets no order past it, and says who sent one', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      for (const garbage of [undefined, 'x', { message: null }, { message: { task: '9.1/a1', by: 'x' }, agents: 1 }]) {
        await phase.milestone('9.1').signal('taskOrder', garbage);
      }
      const message = { task: '9.1/a1', by: 'mallory' };
      await phase.milestone('9.1').signal('taskOrder', { name: 'complete', message, agents: [] });
      await phase.until('it is told', async () =>
        (await phase.ledger()).recent.some(
          ({ what, on, code, reason }) =>
            what === 'order refused' && on === '9.1/a1' && code === 'DENIED' && reason.includes('mallory'),
        ),
      );
      assert.equal((await phase.status()).desk[0]?.task, '9.1/a1', 'nothing has been completed');
      await phase.workflow.terminate();
    });
  });

  it('believes a report only from the milestone whose it is, sent by itself', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const desk = { task: '9.1/a2', title: 'x', waits: 'complete', agents: ['Build Agent'], since: 1 };
      const report = [{ task: '9.1/a2', state: 'waiting', desk }];
      await phase.signal('milestoneReport', report);
      // A milestone forwards what it does not know, and that would look as if it came from there.
      await phase.milestone('9.1').signal('milestoneReport', report);
      await phase.until('it is told', async () =>
        (await phase.ledger()).recent.some(
          ({ what, reason }) => what === 'report refused' && /has not sent/.test(reason),
        ),
      );
      await phase.complete('9.1/a1');
      await phase.complete('9.1/a2');
      await phase.untilOpen('9.1/exit');
      const { recent } = await phase.ledger();
      assert.equal(recent.filter(({ what }) => what === 'report refused').length, 1);
      await phase.workflow.terminate();
    });
  });

  it('does not open its gates to anyone because the playbook has vanished', async () => {
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': people } } },
      async ({ folders, start }) => {
        const phase = await start({ phase: 'small' });
        await phase.untilOpen('entry');
        await folders.write('small', 'playbook.yaml', '');
        await phase.approve('entry', 'dana');
        await phase.untilOpen('9.1/entry');
        assert.equal((await phase.say('approve', { gate: '9.1/entry', by: 'mallory' })).code, 'UNKNOWN');
        assert.ok((await phase.ledger()).recent.some(({ what }) => what === 'people not read'));
        await phase.workflow.terminate();
      },
    );
  });

  it('continues as new however much has been said to it', async function () {
    this.timeout(60_000);
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=320']);
    await withWorker({ env, phases: { small: { 'plan.md': plan } } }, async ({ client, start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      const long = 'ä'.repeat(2000);
      for (let index = 0; index < 300; index += 1) {
        const id = `${String(index)} ${'x'.repeat(190)}`;
        const evidence = { where: 'y'.repeat(500), sha256: 'z'.repeat(200) };
        await phase.signal('approve', { gate: 'completion', by: 'b'.repeat(200), note: long, evidence, id });
      }
      await phase.until('a new run has begun', async () => {
        const { runId } = await client.workflow.getHandle(phase.id).describe();
        return runId !== phase.firstRunId;
      });
      await phase.until('it has taken over the ledger', async () => (await phase.ledger()).length > 300);
      await phase.approve('entry');
      await phase.untilOpen('9.1/entry');
      await phase.workflow.terminate();
    });
  });
});
