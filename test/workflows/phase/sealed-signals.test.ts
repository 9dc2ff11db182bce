import { type Payload, RawValue } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Orders } from '../../../src/contract/channel.ts';
import type { LedgerEntry } from '../../../src/gates/ledger.ts';
import { Folders } from '../../support/folders.ts';
import { type Harness, type PhaseHandle, withWorker } from '../../support/harness.ts';
import { Bench } from '../../support/kinds.ts';
import { smallPlan } from '../../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const phases = { small: { 'plan.md': plan } };
const task = '9.1/a1';

async function working({ start }: Pick<Harness, 'start'>): Promise<PhaseHandle> {
  const phase = await start({ phase: 'small' });
  for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
  await phase.untilOnDesk(task);
  return phase;
}

async function untilNoted(phase: PhaseHandle, what: string, count = 1): Promise<LedgerEntry[]> {
  let found: LedgerEntry[] = [];
  await phase.until(
    `${what} stands ${String(count)} times in the ledger`,
    async () => {
      found = (await phase.currentLedger()).recent.filter((entry) => entry.what === what);
      return found.length >= count;
    },
    30_000,
  );
  return found;
}

/** What a phase has told its milestone by Signal, as the milestone's history has it. */
async function ordersIn(phase: PhaseHandle): Promise<Payload[]> {
  const { events } = await phase.milestone('9.1').fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName === 'taskOrders' ? (signal.input?.payloads ?? []) : [],
  );
}

/** The payload of an order with other content, and the seal that it had. */
function changed(payload: Payload, change: (orders: Orders) => object): RawValue {
  const orders = JSON.parse(decode(payload.data!)) as Orders;
  return RawValue.fromPayload({ ...payload, data: encode(JSON.stringify(change(orders))) });
}

/** Whoever may send Signals in a namespace may send those that phases and milestones send each other. */
describe('what a phase and a milestone tell each other', function () {
  this.timeout(90_000);

  it('counts only as a worker of the phase has signed it: forged orders complete no task and admit none', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await working(harness);
      const to = `${String(phase.firstRunId)}/9.1/1`;
      const complete = { task, by: 'mallory' };
      const orders = { to, number: Date.now() + 1000, heard: 0, tasks: { [task]: { complete, admitted: ['9.1/x'] } } };
      await phase.milestone('9.1').signal('taskOrders', orders);
      const [first] = await untilNoted(phase, 'orders refused');
      assert.deepEqual([first?.code, first?.on], ['DENIED', '9.1']);
      assert.match(first?.reason ?? '', /^the Signal taskOrders from .+ is not signed by a worker$/);
      assert.deepEqual(
        (await phase.status()).desk.map((item) => item.task),
        [task],
      );
      await phase.complete(task);
      await phase.untilOnDesk('9.1/a2');
      assert.ok((await phase.currentLedger()).recent.every(({ by }) => by !== 'mallory'));
      await phase.workflow.terminate();
    });
  });

  it('does not count either where it was changed, or was signed for another milestone; sent again, it changes nothing', async () => {
    await withWorker({ phases }, async (harness) => {
      const [phase, other] = [await working(harness), await working(harness)];
      for (const one of [phase, other]) {
        await one.complete(task);
        await one.untilOnDesk('9.1/a2');
      }
      const [sealed] = await ordersIn(phase);
      assert.ok(sealed);
      const complete = { task: '9.1/a2', by: 'mallory' };
      const milestone = phase.milestone('9.1');
      const worse = changed(sealed, (orders) => ({ ...orders, tasks: { '9.1/a2': { complete } } }));
      await milestone.signal('taskOrders', worse);
      await milestone.signal('taskOrders', RawValue.fromPayload((await ordersIn(other))[0]!));
      await milestone.signal('taskOrders', RawValue.fromPayload(sealed));
      const reasons = (await untilNoted(phase, 'orders refused', 2)).map(({ reason }) => reason ?? '');
      assert.equal(reasons.length, 2);
      for (const reason of reasons) {
        assert.match(reason, new RegExp(`is signed, but not for this workflow by ${phase.id}, or was changed$`));
      }
      await phase.complete('9.1/a2');
      await phase.untilOpen('9.1/exit');
      await Promise.all([phase, other].map((one) => one.workflow.terminate()));
    });
  });

  it('is refused in reports that no milestone has sent: no task is blocked, done or taken off the desk by them', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await working(harness);
      const from = `${String(phase.firstRunId)}/9.1/1`;
      const forged = { state: 'blocked', desk: null, reason: 'mallory says so', stop: 1 };
      await phase.signal('milestoneReport', { from, number: Date.now() + 1000, heard: 0, tasks: { [task]: forged } });
      const [first] = await untilNoted(phase, 'report refused');
      assert.match(first?.reason ?? '', /^the Signal milestoneReport from .+ is not signed by a worker$/);
      assert.deepEqual(
        (await phase.status()).desk.map((item) => item.task),
        [task],
      );
      await phase.workflow.terminate();
    });
  });

  it('waits for a worker with the key where one without it has taken over, and nothing of it is lost', async () => {
    const bench = new Bench();
    const place = { folders: await Folders.create(phases), taskQueue: `test-${randomUUID()}` };
    const options = { phases: {}, place, steps: [bench.act] };
    try {
      const phase = await withWorker(options, working);
      await phase.signal('complete', { task, by: 'lee' });
      await withWorker({ ...options, sealer: null }, () =>
        phase.until('a workflow task has failed', async () => {
          const { events } = await phase.workflow.fetchHistory();
          return (events ?? []).some(({ workflowTaskFailedEventAttributes: failed }) =>
            failed?.failure?.message?.includes('this worker has none; give it the file worker.key'),
          );
        }),
      );
      await withWorker(options, async () => {
        await phase.untilOnDesk('9.1/a2');
        await phase.workflow.terminate();
      });
    } finally {
      await place.folders.remove();
    }
  });
});
