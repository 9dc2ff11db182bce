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

  it('lets, without keys, no order past it that is not one, or is for another run of the milestone', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } }, sealer: null }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const to = `${String(phase.firstRunId)}/9.1/1`;
      const complete = { task: '9.1/a1', by: 'mallory' };
      const number = Date.now();
      const forged: unknown[] = [
        undefined,
        'x',
        { to, number, heard: 0, tasks: { '9.1/a1': { complete: { task: '9.1/a1' } } } },
        { to, number: 'x', heard: 0, tasks: {} },
        { to, number: number + 86_400_000, heard: 0, tasks: { '9.1/a1': { complete } } },
        { to: `${String(phase.firstRunId)}/9.1/2`, number, heard: 0, tasks: { '9.1/a1': { complete } } },
        { to, number, heard: 0, tasks: { constructor: { complete }, __proto__: { complete } } },
      ];
      for (const body of forged) await phase.milestone('9.1').signal('taskOrders', body);
      await phase.complete('9.1/a1');
      await phase.untilOnDesk('9.1/a2');
      const { recent } = await phase.ledger();
      assert.ok(recent.every(({ by }) => by !== 'mallory'));
      await phase.workflow.terminate();
    });
  });

  it('believes, without keys, no report from another run of a milestone, or of another phase, and goes on with its own', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } }, sealer: null }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const desk = { task: '9.1/a2', title: 'x', waits: 'complete', agents: ['Build Agent'], since: 1 };
      const tasks = { '9.1/a2': { state: 'waiting', desk } };
      const from = `${String(phase.firstRunId)}/9.1/1`;
      const report = { from: 'elsewhere/9.1/1', number: Date.now(), heard: 0, tasks };
      await phase.signal('milestoneReport', report);
      // A milestone passes on what it does not know, and that would look as if it came from there.
      await phase.milestone('9.1').signal('milestoneReport', report);
      // A number far ahead would silence the milestone, one a little ahead does so until it hears of it.
      await phase.signal('milestoneReport', { from, number: Date.now() + 86_400_000, heard: 0, tasks: {} });
      await phase.signal('milestoneReport', { from, number: Date.now() + 300_000, heard: 0, tasks: {} });
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
