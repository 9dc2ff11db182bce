import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { type Harness, type PhaseHandle, withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { type SmallMilestone, smallPlan } from '../support/plans.ts';

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };
const check = { title: 'Check', agent: 'Check Agent', letter: 'b' };
const review = { title: 'Review', agent: 'Check Agent', letter: 'r' };

const one: SmallMilestone = { number: '9.1', title: 'One', lanes: [build] };
const two: SmallMilestone = { number: '9.2', title: 'Two', lanes: [check] };
const milestones = [one, two];

const people = `
people:
  dana: { roles: [Stakeholder] }
  omar: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent, Check Agent] }
operators: [Delivery Lead]
`;

const acts = `
milestones:
  "9.1":
    tasks: { a1: { act: a1 }, a2: { act: a2 } }
  "9.2":
    tasks: { b1: { act: b1 }, b2: { act: b2 } }
`;

/** Sends the files as they are now, and waits until its gate is open. */
async function propose(phase: PhaseHandle, by = 'lee', more: object = {}): Promise<void> {
  const verdict = await phase.hear('amend', { by, reason: 'what we have learned', ...more });
  assert.equal(verdict.code, 'ACCEPTED', verdict.reason);
  await phase.untilOpen('amendment');
}

async function entryOf(phase: PhaseHandle, what: string): Promise<LedgerEntry> {
  const find = async () => (await phase.currentLedger()).recent.findLast((entry) => entry.what === what);
  await phase.until(`"${what}" in the ledger`, async () => (await find()) !== undefined);
  return (await find())!;
}

async function finish(phase: PhaseHandle, gates: readonly string[], by = 'dana'): Promise<void> {
  for (const gate of gates) await phase.approve(gate, by);
}

describe('an amendment', () => {
  it('in mid-phase adds a lane to a milestone to come, and asks an open gate anew', async () => {
    const bench = new Bench();
    const files = { 'plan.md': smallPlan({ milestones }), 'playbook.yaml': `${people}${acts}` };
    await withWorker({ phases: { small: files }, steps: [bench.act] }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await finish(phase, ['entry', '9.1/entry']);
      await phase.untilOpen('9.1/exit');
      await folders.write(
        'small',
        'plan.md',
        smallPlan({ milestones: [one, { ...two, lanes: [check, review] }] }).replace(
          '- Work of 9.1 done',
          '- Work of 9.1 done and shown',
        ),
      );
      await propose(phase);
      const { gates } = await phase.gates();
      assert.match(gates.find(({ gate }) => gate === 'amendment')?.unmet[0]?.text ?? '', /lane added: 9\.2\/2 Review/);
      assert.equal((await phase.say('approve', { gate: 'amendment', by: 'lee' })).state, 'cleared');
      await entryOf(phase, 'amended');
      await phase.until('round 2', async () =>
        (await phase.gates()).gates.some(({ gate, round }) => gate === '9.1/exit' && round === 2),
      );
      await finish(phase, ['9.1/exit', '9.1/quality', '9.2/entry']);
      for (const task of ['9.2/r1', '9.2/r2']) await phase.complete(task, 'lee');
      await finish(phase, ['9.2/exit', '9.2/quality', 'completion']);
      const result = await phase.workflow.result();
      assert.equal(result.state, 'completed');
    });
  });
});
