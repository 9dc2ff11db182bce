import assert from 'node:assert/strict';
import { weekdays } from '../../src/calendar/calendar.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';
import { startTimeSkippingServer } from '../support/servers.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const DAY = 24 * 60 * 60 * 1000;

/** Three-letter name of the day in UTC, some days after an instant. */
function dayAfter(at: number, days: number): string {
  return weekdays[(new Date(at + days * DAY).getUTCDay() + 6) % 7] ?? 'mon';
}

async function entriesOf(phase: PhaseHandle, gate: string) {
  return (await phase.ledger()).recent.filter(({ on }) => on === gate);
}

describe('a decision window', () => {
  // Three days pass on the server that skips them.
  it('has its edges computed outside of the workflow, and the gate clear within it', async () => {
    const env = await startTimeSkippingServer();
    const open = dayAfter(await env.currentTimeMs(), 2);
    const playbook = `calendars: { change: { zone: UTC, days: [${open}], from: '00:00', to: '24:00' } }
gates: { entry: { policy: { window: change, workingTime: change, remind: [12h] }, 1: { approve: true } } }\n`;
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ env, searchAttributes: false, phases }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      const [gate] = (await phase.gates()).gates;
      assert.equal(gate?.gate, 'entry');
      assert.match(gate.waits.join(), /clears only within change, next from .* 00:00:00 UTC, which is 00:00 in /);
      await env.sleep('3 days');
      await phase.untilOpen('9.1/entry');
      const cleared = (await entriesOf(phase, 'entry')).find(({ what }) => what === 'cleared');
      assert.equal(dayAfter(cleared?.at ?? 0, 0), open);
      await phase.workflow.terminate();
    });
  });
});

describe('soak time', () => {
  it('watches the checks while it runs, starts over when one fails, and clears the gate when all has held', async () => {
    const bench = new Bench();
    const playbook = `gates: { entry: { policy: { soak: 2s }, 1: { check: { met: ready }, every: 1s } } }\n`;
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases, checks: [bench.met] }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      const whats = async () => (await entriesOf(phase, 'entry')).map(({ what }) => what);
      await phase.until('it soaks', async () => (await whats()).includes('soaking'));
      bench.unmet.add('ready');
      await phase.until('the failure is seen', async () => (await whats()).includes('soak broken'));
      bench.unmet.clear();
      await phase.untilOpen('9.1/entry');
      assert.deepEqual(await whats(), ['opened', 'soaking', 'soak broken', 'soaking', 'cleared']);
      const [, , , soaking, cleared] = await entriesOf(phase, 'entry');
      assert.ok((cleared?.at ?? 0) - (soaking?.at ?? 0) >= 2000);
      await phase.workflow.terminate();
    });
  });
});
