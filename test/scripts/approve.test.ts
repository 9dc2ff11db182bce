import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKey } from '../../src/identity/keys.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { devServer } from '../support/servers.ts';
import { runScript, type Outcome } from './run-script.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({
  milestones: [
    { number: '9.1', title: 'One', lanes },
    { number: '9.2', title: 'Two', lanes },
  ],
});
const playbook = 'people:\n  dana: {roles: [Stakeholder]}\n  ines: {agents: [Build Agent]}\n';

describe('npm run approve', () => {
  it('approves an open gate and prints the verdict', async () => {
    await withEntryGateOpen(async (phase) => {
      const { code, stdout } = await approve('--workflow-id', phase.id, '--gate', 'entry', '--by', 'dana');
      assert.match(stdout, /^ACCEPTED: /);
      assert.equal(code, 0);
    });
  });

  it('exits 1 with the reason when the decision is not theirs to take', async () => {
    await withEntryGateOpen(async (phase) => {
      const { code, stdout } = await approve('--workflow-id', phase.id, '--gate', 'entry', '--by', 'ines');
      assert.match(stdout, /^DENIED: /);
      assert.equal(code, 1);
    });
  });

  it('signs with a key where signatures are asked for', async () => {
    const { pem, jwk } = newKey('EdDSA');
    const signed = `people:\n  dana: {roles: [Stakeholder], keys: [${JSON.stringify(jwk)}]}\npolicy: {trust: signed}\n`;
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': signed } } },
      async ({ start, folders }) => {
        const phase = await start({ phase: 'small' });
        await phase.untilOpen('entry');
        const key = join(folders.root, 'dana.pem');
        await writeFile(key, pem);
        const options = ['--workflow-id', phase.id, '--gate', 'entry', '--by', 'dana'];
        const unsigned = await approve(...options);
        assert.match(unsigned.stdout, /^DENIED: decisions on entry must be signed/);
        const { code, stdout, stderr } = await approve(...options, '--key', key);
        assert.match(stdout, /^ACCEPTED: /, stderr);
        assert.equal(code, 0);
        const missing = await approve(...options, '--key', join(folders.root, 'none.pem'));
        assert.match(missing.stderr, /The key cannot be used: .*none\.pem/);
        assert.equal(missing.code, 1);
      },
    );
  });

  it('rejects with a reason', async () => {
    await withEntryGateOpen(async (phase) => {
      const rejection = ['--reject', '--reason', 'not ready'];
      const { code, stdout } = await approve(
        '--workflow-id',
        phase.id,
        '--gate',
        'entry',
        '--by',
        'dana',
        ...rejection,
      );
      assert.match(stdout, /entry is rejected/);
      assert.equal(code, 0);
    });
  });

  it('lists what is open, with commands, when nobody is there to ask', async () => {
    await withEntryGateOpen(async (phase) => {
      const { code, stdout, stderr } = await approve();
      assert.match(stdout, new RegExp(`^${phase.id}  entry  `, 'm'));
      assert.match(stdout, new RegExp(`temporal workflow signal --workflow-id ${phase.id} --name approve`));
      assert.match(stderr, /Nobody is there to ask/);
      assert.equal(code, 2);
    });
  });

  it('says which worker is missing, for a phase that none has ever polled for and for one whose worker has ended', async () => {
    const { client } = await devServer();
    const workflowId = `p-${randomUUID()}`;
    const never = await client.workflow.start('phase', { taskQueue: `none-${workflowId}`, workflowId, args: [{}] });
    const ended = await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      return phase;
    });
    const { stdout } = await approve();
    for (const { id } of [{ id: never.workflowId }, ended]) {
      assert.match(stdout, new RegExp(`^${id}: no worker answers; start one with npm start$`, 'm'));
    }
    await Promise.all([never.terminate(), ended.workflow.terminate()]);
  });

  it('names the workflow id when no such phase runs', async () => {
    const { code, stderr } = await approve('--workflow-id', 'nowhere', '--gate', 'entry', '--by', 'dana');
    assert.match(stderr, /No phase is running with workflow id nowhere/);
    assert.equal(code, 1);
  });
});

async function withEntryGateOpen(action: (phase: PhaseHandle) => Promise<void>): Promise<void> {
  await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async ({ start }) => {
    const phase = await start({ phase: 'small', by: 'dana' });
    await phase.untilOpen('entry');
    await action(phase);
    await phase.workflow.terminate();
  });
}

async function approve(...args: string[]): Promise<Outcome> {
  const { address } = await devServer();
  return runScript('approve', args, { TEMPORAL_ADDRESS: address });
}
