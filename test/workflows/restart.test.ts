import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PhaseHandle } from '../support/harness.ts';
import { withWorker } from '../support/harness.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = `people:
  dana: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent] }
operators: [Delivery Lead]
gates:
  entry: { 1: { approve: Stakeholder } }
`;

type Place = { readonly folders: Folders; readonly taskQueue: string };

/** Runs a phase to its entry gate with one worker, does something while there is none, and goes on with another. */
async function acrossRestart(
  meanwhile: (phase: PhaseHandle, place: Place) => Promise<void>,
  afterwards: (phase: PhaseHandle) => Promise<void>,
): Promise<void> {
  const folders = await Folders.create({ small: { 'plan.md': plan, 'playbook.yaml': playbook } });
  const place = { folders, taskQueue: `test-${randomUUID()}` };
  try {
    const phase = await withWorker({ phases: {}, place }, async ({ start }) => {
      const started = await start({ phase: 'small' });
      await started.untilOpen('entry');
      return started;
    });
    await meanwhile(phase, place);
    await withWorker({ phases: {}, place }, async () => {
      await afterwards(phase);
      await phase.workflow.terminate();
    });
  } finally {
    await folders.remove();
  }
}

async function said(phase: PhaseHandle): Promise<string[]> {
  const { recent } = await phase.ledger();
  return recent.filter(({ trust }) => trust !== 'phase').map(({ what, by, code }) => `${what} by ${by ?? ''}: ${code}`);
}

describe('while no worker runs', () => {
  it('a Signal is kept, and counts once when one is back', async () => {
    await acrossRestart(
      (phase) => phase.signal('approve', { gate: 'entry', by: 'dana', id: 'm1' }),
      async (phase) => {
        await phase.untilOpen('9.1/entry');
        assert.deepEqual(await said(phase), ['approve by dana: ACCEPTED']);
        const again = await phase.say('approve', { gate: 'entry', by: 'dana', id: 'm1' });
        assert.equal(again.code, 'DUPLICATE');
      },
    );
  });

  it('approve and reject, which reach the phase in one workflow task, are judged in their order: approve first', async () => {
    await acrossRestart(
      async (phase) => {
        await phase.signal('approve', { gate: 'entry', by: 'dana' });
        await phase.signal('reject', { gate: 'entry', by: 'lee', reason: 'not yet' });
      },
      async (phase) => {
        await phase.untilOpen('9.1/entry');
        assert.deepEqual(await said(phase), ['approve by dana: ACCEPTED', 'reject by lee: LATE']);
      },
    );
  });

  it('approve and reject, which reach the phase in one workflow task, are judged in their order: reject first', async () => {
    await acrossRestart(
      async (phase) => {
        await phase.signal('reject', { gate: 'entry', by: 'lee', reason: 'not yet' });
        await phase.signal('approve', { gate: 'entry', by: 'dana' });
      },
      async (phase) => {
        await phase.until('both are judged', async () => (await said(phase)).length === 2);
        assert.deepEqual(await said(phase), ['reject by lee: ACCEPTED', 'approve by dana: LATE']);
        assert.equal((await phase.status()).gates[0]?.state, 'rejected');
      },
    );
  });

  it('the playbook may change: criteria and policy stay as they were compiled, people are read when a round opens', async () => {
    await acrossRestart(
      (_, { folders }) =>
        folders.write(
          'small',
          'playbook.yaml',
          playbook.replace('approve: Stakeholder', 'approve: Delivery Lead').replace('dana:', 'nora:'),
        ),
      async (phase) => {
        assert.equal((await phase.say('approve', { gate: 'entry', by: 'lee' })).code, 'DENIED');
        assert.equal((await phase.say('approve', { gate: 'entry', by: 'nora' })).code, 'UNKNOWN');
        await phase.say('reject', { gate: 'entry', by: 'lee', reason: 'people have changed' });
        await phase.say('resubmit', { gate: 'entry', by: 'lee' });
        await phase.untilOpen('entry');
        assert.equal((await phase.say('approve', { gate: 'entry', by: 'dana' })).code, 'UNKNOWN');
        assert.equal((await phase.say('approve', { gate: 'entry', by: 'nora' })).state, 'cleared');
      },
    );
  });
});

describe('people who change while a gate waits', () => {
  it('keep what they have said; who has come is asked in the next round', async () => {
    const two = playbook
      .replace('approve: Stakeholder', 'approve: { role: Stakeholder, quorum: 2 }')
      .replace('dana: { roles: [Stakeholder] }', 'dana: { roles: [Stakeholder] }\n  omar: { roles: [Stakeholder] }');
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': two } } }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.say('approve', { gate: 'entry', by: 'dana' });
      await folders.write('small', 'playbook.yaml', two.replace('omar:', 'nora:'));
      assert.equal((await phase.say('approve', { gate: 'entry', by: 'nora' })).code, 'UNKNOWN');
      assert.equal((await phase.say('approve', { gate: 'entry', by: 'omar' })).state, 'cleared');
      await phase.workflow.terminate();
    });
  });
});

describe('after the phase has ended', () => {
  it('the server refuses a message, and says that the workflow has completed', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task);
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      await phase.workflow.result();
      await assert.rejects(phase.signal('approve', { gate: 'entry', by: 'dana' }), /already completed|not found/i);
      await assert.rejects(phase.say('approve', { gate: 'entry', by: 'dana' }), /already completed|not found/i);
    });
  });
});
