import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { LedgerEntry } from '../../../src/gates/ledger.ts';
import { newKey } from '../../../src/identity/keys.ts';
import type { DecisionClaims } from '../../../src/identity/claims.ts';
import { readRuns } from '../../../src/record/files.ts';
import { Folders } from '../../support/folders.ts';
import { withWorker, type PhaseHandle } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';
import { claimsOf, signed } from '../../support/signed.ts';
import { verify } from '../../support/verify.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const keys = { dana: newKey('EdDSA'), omar: newKey('ES256'), mallory: newKey('EdDSA') };

const playbook = `people:
  dana: { roles: [Stakeholder], keys: [${JSON.stringify(keys.dana.jwk)}] }
  omar: { roles: [Stakeholder], agents: [Build Agent], keys: [${JSON.stringify(keys.omar.jwk)}] }
gates:
  entry: { policy: { trust: signed }, 1: { approve: { role: Stakeholder, quorum: 2 } } }
`;

describe('signed decisions', () => {
  it('count where signatures are asked for; anything else has its verdict, and the record verifies', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      const say = async (body: object) =>
        await phase.workflow.executeUpdate<{ code: string; reason: string }, [object]>('approve', { args: [body] });

      assert.equal((await say({ gate: 'entry', by: 'dana' })).code, 'DENIED', 'unsigned');
      const forged = await approval(phase, 'dana', keys.mallory.pem);
      const refused = await say(forged);
      assert.equal(refused.code, 'UNVERIFIED', 'forged');
      assert.match(refused.reason, /sent as dana/);
      assert.equal((await said(phase)).at(-1)?.on, 'entry', 'the gate that it is about is told');
      const command = (await phase.gates()).gates[0]?.command ?? '';
      assert.match(
        command,
        /^npm run approve -- .*--gate entry --by [^ ]+ --key [^ ]+$/,
        'one command for all criteria',
      );
      assert.equal((await say({ jws: 'eyJhbGciOiJub25lIn0.e30.' })).code, 'UNVERIFIED', 'alg none');
      assert.equal(
        (await say(await approval(phase, 'dana', keys.dana.pem, { phase: 'other' }))).code,
        'UNVERIFIED',
        'other phase',
      );
      assert.equal(
        (await say(await approval(phase, 'dana', keys.dana.pem, { iat: 1000, exp: 1100 }))).code,
        'UNVERIFIED',
        'expired',
      );
      assert.equal(
        (await say(await approval(phase, 'dana', keys.dana.pem, { nonce: 'another' }))).code,
        'STALE',
        'another round',
      );
      assert.equal(
        (await say(await approval(phase, 'dana', keys.dana.pem, { subject: '0'.repeat(64) }))).code,
        'STALE',
        'other subject',
      );
      assert.equal(
        (await say(await approval(phase, 'dana', keys.dana.pem, { verdict: 'reject', reason: 'no' }))).code,
        'REFUSED',
        'another verdict',
      );

      const dana = await approval(phase, 'dana', keys.dana.pem);
      const omar = await approval(phase, 'omar', keys.omar.pem);
      assert.equal((await say(dana)).code, 'ACCEPTED');
      assert.equal((await say(dana)).code, 'DUPLICATE', 'replayed');
      assert.equal((await say(omar)).code, 'ACCEPTED');

      await phase.approve('9.1/entry', 'dana');
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'omar');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate, 'dana');
      await phase.workflow.result();
      const { where } = (await harness.client.workflow.getHandle(`${phase.id}:archive`).result()) as { where: string };
      const found = await verify(await readRuns([join(harness.folders.recordsDir, where)]));
      assert.ok('signed' in found, JSON.stringify(found));
      // The two that counted, the replay, the two stale ones and the one that was signed for something else.
      assert.equal(found.signed, 6);
    });
  });

  it('keep their order with unsigned messages that come meanwhile', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      const first = await approval(phase, 'dana', keys.dana.pem);
      await Promise.all([
        phase.signal('approve', first),
        phase.signal('progress', { task: '9.1/a1', by: 'omar', note: 'x' }),
      ]);
      await phase.until('both are judged', async () => (await said(phase)).length === 2);
      const { events } = await phase.workflow.fetchHistory();
      const names = (events ?? []).flatMap(
        ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? [],
      );
      assert.deepEqual(
        (await said(phase)).map(({ what }) => what),
        names,
      );
    });
  });

  it('count when they came in time, however long it takes until a worker can verify them', async function () {
    this.timeout(60_000);
    const folders = await Folders.create({ small: { 'plan.md': plan, 'playbook.yaml': playbook } });
    const place = { folders, taskQueue: `test-${randomUUID()}` };
    const { phase, jws, times } = await withWorker({ phases: {}, place }, async ({ start }) => {
      const started = await start({ phase: 'small' });
      await started.untilOpen('entry');
      const now = Math.floor(Date.now() / 1000);
      // Clocks may differ by 30 seconds, so this one counts for some more, in which it has to be sent.
      const soon = { iat: now - 100, exp: now - 20 };
      const signed = await approval(started, 'dana', keys.dana.pem, soon);
      return { phase: started, jws: signed, times: soon };
    });
    await phase.signal('approve', jws);
    while (Date.now() / 1000 <= times.exp + 31) await setTimeout(200);
    await withWorker({ phases: {}, place }, async () => {
      await phase.until('it is judged', async () => (await said(phase)).length > 0);
      assert.equal((await said(phase))[0]?.code, 'ACCEPTED');
      const late = await phase.workflow.executeUpdate<{ code: string }, [object]>('approve', {
        args: [await approval(phase, 'omar', keys.omar.pem, times)],
      });
      assert.equal(late.code, 'UNVERIFIED');
      await phase.workflow.terminate();
    });
    await folders.remove();
  });

  it('stop counting when the key is taken off the list while the gate is open', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      await harness.folders.write(
        'small',
        'playbook.yaml',
        playbook.replace(JSON.stringify(keys.dana.jwk), JSON.stringify(keys.mallory.jwk)),
      );
      const verdict = await phase.workflow.executeUpdate<{ code: string }, [object]>('approve', {
        args: [await approval(phase, 'dana', keys.dana.pem)],
      });
      assert.equal(verdict.code, 'UNVERIFIED');
    });
  });
});

async function said(phase: PhaseHandle): Promise<LedgerEntry[]> {
  return (await phase.ledger()).recent.filter(({ trust }) => trust !== 'phase');
}

/** A signed approval of the entry gate as it is shown, with some claims changed. */
async function approval(
  phase: PhaseHandle,
  by: string,
  pem: string,
  changed: Partial<DecisionClaims> = {},
): Promise<{ jws: string }> {
  return signed(await claimsOf(phase, by, changed), pem);
}
