import assert from 'node:assert/strict';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { Bench } from '../support/kinds.ts';
import { startDevServer } from '../support/servers.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = `people:
  dana: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent] }
operators: [Delivery Lead]
gates:
  entry: { policy: { remind: [1h], early: keep }, 1: { approve: { role: [Stakeholder, Delivery Lead], quorum: 2 } } }
  completion: { policy: { early: keep }, 1: { approve: Stakeholder } }
`;

/** So many Updates fit into one run by the server's default limit. */
const UPDATES = 2000;
/** So many may be under way at once. */
const AT_ONCE = 8;

async function inParallel(count: number, send: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await send(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

async function untilNewRun(phase: PhaseHandle): Promise<void> {
  await phase.until('a new run has begun', async () => {
    const { runId } = await phase.current.describe();
    return runId !== phase.firstRunId;
  });
}

describe('a flood of messages at a gate', () => {
  it('two thousand Updates, then Signals: each has its entry, and the gate clears by the last of them', async function () {
    this.timeout(180_000);
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      const { length: before } = await phase.ledger();
      await inParallel(UPDATES, (index) => phase.say('approve', { gate: 'completion', by: `early ${String(index)}` }));
      for (let index = 0; index < 50; index += 1) {
        await phase.signal('approve', { gate: 'completion', by: `signal ${String(index)}` });
      }
      await phase.signal('approve', { gate: 'entry', by: 'dana' });
      await phase.untilOpen('9.1/entry');
      const { length } = await phase.ledger();
      // The phase itself has entered that one gate cleared and the next one opened.
      assert.equal(length, before + UPDATES + 50 + 1 + 2);
      assert.equal((await phase.say('approve', { gate: '9.1/entry', by: 'dana' })).state, 'cleared');
      await phase.current.terminate();
    });
  });
});

describe('a gate across continue-as-new', () => {
  it('keeps votes, early approvals, holds, reminders and the ids that have been seen', async function () {
    this.timeout(60_000);
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=40']);
    await withWorker({ env, phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.say('approve', { gate: 'entry', by: 'dana', id: 'm1' });
      await phase.say('approve', { gate: 'completion', by: 'dana' });
      await phase.hear('hold', { on: '9.1/exit', by: 'lee', reason: 'audit' });
      const [before] = (await phase.gates()).gates;
      await inParallel(20, (index) => phase.signal('progress', { task: '9.1/a1', by: 'lee', note: String(index) }));
      await untilNewRun(phase);
      await phase.untilOpen('entry');
      const [after] = (await phase.gates()).gates;
      assert.deepEqual([after?.nonce, after?.subject, after?.round], [before?.nonce, before?.subject, 1]);
      assert.deepEqual(after?.unmet[0]?.approvedBy, ['dana']);
      assert.deepEqual(Object.keys((await phase.status()).holds), ['9.1/exit']);
      assert.equal((await phase.say('approve', { gate: 'entry', by: 'dana', id: 'm1' })).code, 'DUPLICATE');
      assert.equal((await phase.say('approve', { gate: 'completion', by: 'dana' })).code, 'REPEATED');
      assert.equal((await phase.say('approve', { gate: 'entry', by: 'lee' })).state, 'cleared');
      await phase.current.terminate();
    });
  });

  it('looks again at what had passed before, when that has become too old', async function () {
    this.timeout(60_000);
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=40']);
    const bench = new Bench();
    const checked = 'gates: { entry: { 1: { check: { met: ready }, ttl: 1s } } }\n';
    const twoCriteria = plan.replace('- Plan approved', '- Alarm is quiet\n- Plan approved');
    const phases = { small: { 'plan.md': twoCriteria, 'playbook.yaml': checked } };
    await withWorker({ env, phases, checks: [bench.met] }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.until('it has passed', async () => (await phase.gates()).gates[0]?.met.length === 1);
      const passed = Date.now();
      await inParallel(20, (index) => phase.signal('progress', { task: '9.1/a1', by: 'lee', note: String(index) }));
      await untilNewRun(phase);
      assert.equal(bench.ran.length, 1, 'it has passed, so nothing looks again by itself');
      await phase.until('the pass is too old', () => Promise.resolve(Date.now() > passed + 1500));
      await phase.say('approve', { gate: 'entry', criterion: 2, by: 'dana' });
      await phase.untilOpen('9.1/entry');
      assert.equal(bench.ran.length, 2);
      await phase.current.terminate();
    });
  });
});
