import type { WorkflowHandle } from '@temporalio/client';
import assert from 'node:assert/strict';
import { withWorker } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const phases = { small: { 'plan.md': plan } };

/** Names that nobody has thought of, that the SDK reserves for itself, and that workflows use among themselves. */
const names = [
  'aprove',
  'approve',
  'progress',
  '',
  ' ',
  '~approve',
  '__temporal_foo',
  '__temporal_workflow_stream_publish',
  '__stack_trace',
  '__enhanced_stack_trace',
  '__temporal_workflow_metadata',
  'constructor',
  '__proto__',
  'taskOrders',
  'milestoneReport',
  'x'.repeat(900),
];
const bodies: readonly (readonly unknown[])[] = [
  [],
  [null],
  ['x', 'y'],
  [{ gate: 'entry', by: 5 }],
  [{ task: '9.1/a1', by: 'lee', note: '漢'.repeat(1900) }],
  [{ constructor: 1, __proto__: { by: 'x' } }],
];

async function sendAll(handle: WorkflowHandle, count: number): Promise<string[]> {
  const sent: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = names[index % names.length] ?? '';
    const args = bodies[Math.floor(index / names.length) % bodies.length] ?? [];
    try {
      await handle.signal(name, ...args);
      sent.push(name);
    } catch {
      // The server itself takes no empty name.
    }
  }
  return sent;
}

describe('messages that nobody means', () => {
  it('three hundred of every kind, to a phase and to its milestone, keep neither from completing', async function () {
    this.timeout(120_000);
    await withWorker({ phases }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const toPhase = await sendAll(phase.workflow, 300);
      const toMilestone = await sendAll(phase.milestone('9.1'), 300);
      for (const name of ['aprove', '__temporal_foo', '~x']) {
        assert.equal((await phase.hear(name, { gate: 'entry' })).code, 'UNKNOWN', name);
        const passedOn = await phase
          .milestone('9.1')
          .executeUpdate<{ passedOn: boolean }, [object]>(name, { args: [{}] });
        assert.equal(passedOn.passedOn, true, name);
      }
      await phase.complete('9.1/a1');
      await phase.complete('9.1/a2');
      await phase.untilOpen('9.1/exit');
      // A milestone keeps to itself what workflows say among themselves, and a report is no message either.
      const internal = (name: string) => name === 'milestoneReport' || name === 'taskOrders';
      const judged = [
        ...toPhase.filter((name) => name !== 'milestoneReport'),
        ...toMilestone.filter((name) => !internal(name)),
      ];
      const { length, recent } = await phase.ledger();
      assert.ok(length > judged.length, `${String(length)} entries of ${String(judged.length)} messages`);
      assert.ok(
        recent.some(({ what }) => what === '__temporal_foo'),
        'under the name that was sent',
      );
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      assert.equal((await phase.workflow.result()).state, 'completed');
      assert.equal((await phase.milestone('9.1').describe()).status.name, 'COMPLETED');
    });
  });

  it('too large to be passed on, or no text at all, leave a milestone as it is', async function () {
    this.timeout(120_000);
    await withWorker({ phases }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const milestone = phase.milestone('9.1');
      // Written anew as JSON this would be eleven times as large, and the second four times.
      const large: unknown[][] = [[new Uint8Array(900_000), { a: 1 }], [Array.from({ length: 40_000 }, () => 1e20)]];
      for (let index = 0; index < 5; index += 1) large.push([{ note: 'x'.repeat(1_400_000) }]);
      await Promise.all(large.map((args) => milestone.signal('aprove', ...args)));
      await phase.signal('aprove', new Uint8Array(1_500_000));
      await phase.complete('9.1/a1');
      await phase.complete('9.1/a2');
      await phase.untilOpen('9.1/exit');
      const { recent } = await phase.ledger();
      assert.ok(recent.some(({ code, reason }) => code === 'UNKNOWN' && reason.includes('"aprove"')));
      await phase.workflow.terminate();
    });
  });

  it('more to a milestone than it passes on are told of in the ledger, and it goes on', async function () {
    this.timeout(180_000);
    await withWorker({ phases }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const milestone = phase.milestone('9.1');
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let index = 0; index < 275; index += 1) await milestone.signal('aprove', { gate: 'entry', by: 'lee' });
        }),
      );
      await phase.complete('9.1/a1');
      await phase.untilOnDesk('9.1/a2', 'complete');
      await phase.until(
        'it is told',
        async () => {
          const { recent } = await phase.ledger();
          return recent.some(({ what, reason }) => what === 'not passed on' && reason.startsWith('1700 messages'));
        },
        60_000,
      );
      await phase.complete('9.1/a2');
      await phase.untilOpen('9.1/exit');
      assert.equal((await milestone.describe()).status.name, 'COMPLETED');
      await phase.workflow.terminate();
    });
  });
});
