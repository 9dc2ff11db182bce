import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { OpenGates } from '../../src/contract/answers.ts';
import { type Harness, type PhaseHandle, withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { verified } from '../support/records.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const first = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
const second = smallPlan({ milestones: [{ number: '9.1', title: 'Two', lanes }] }).replace(
  'Plan approved (Phase 8 completion)',
  'Everything is done (Phase 9 completion)\n- Somebody is there',
);
const people = 'people: { dana: { roles: [Stakeholder], agents: [Build Agent] } }\n';

/** Runs the first phase to its end, with the second one under an id of the test's own. */
async function finished(
  action: (harness: Harness, phase: PhaseHandle, next: string) => Promise<void>,
  before: (harness: Harness, next: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const next = `next-${randomUUID()}`;
  const phases = {
    first: { 'plan.md': first, 'playbook.yaml': `${people}next: { phase: second, workflowId: ${next} }\n` },
    second: {
      'plan.md': second,
      'playbook.yaml': `${people}gates: { entry: { Everything: { check: handover, orApprove: Stakeholder } } }\n`,
    },
  };
  await withWorker({ phases }, async (harness) => {
    await before(harness, next);
    const phase = await harness.start({ phase: 'first', by: 'dana' });
    for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
    for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'dana');
    for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate, 'dana');
    await phase.workflow.result();
    await action(harness, phase, next);
    await harness.client.workflow.getHandle(next).terminate();
  });
}

async function lastNote(phase: PhaseHandle): Promise<string | undefined> {
  return (await phase.ledger()).recent.find(({ what }) => what === 'next phase')?.reason;
}

describe('the phase that follows', () => {
  it('is started with the hand-over, outlives the first one, and has what was handed over at its entry gate', async () => {
    await finished(async (harness, phase, next) => {
      assert.equal(await lastNote(phase), 'second is started');
      const after = harness.again({ id: next });
      await after.untilOpen('entry');
      await after.until('the hand-over counts', async () => (await gatesOf(after)).met.length === 1);
      const { met, unmet } = await gatesOf(after);
      assert.deepEqual(met, ['Everything is done: checked by handover']);
      assert.deepEqual(unmet, ['Somebody is there']);
      await phase.archive().result();
      assert.ok('gates' in (await verified(harness, phase)));
    });
  });

  it('is left alone when it runs already, which the ledger says', async () => {
    const before = async (harness: Harness, next: string) => {
      const args: [{ phase: string; by: string }] = [{ phase: 'second', by: 'dana' }];
      await harness.client.workflow.start('phase', { workflowId: next, taskQueue: harness.taskQueue, args });
    };
    await finished(async (_harness, phase) => {
      assert.match((await lastNote(phase)) ?? '', /^second is not started: a workflow with that id runs already/);
    }, before);
  });
});

async function gatesOf(phase: PhaseHandle): Promise<{ met: string[]; unmet: string[] }> {
  const { gates } = await phase.workflow.query<OpenGates>('gates');
  const [gate] = gates;
  return {
    met: (gate?.met ?? []).map(({ text, how }) => `${text}: ${how}`),
    unmet: (gate?.unmet ?? []).map(({ text }) => text),
  };
}
