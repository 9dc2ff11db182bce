import type { temporal } from '@temporalio/proto';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readRuns } from '../../src/record/files.ts';
import { MILESTONE } from '../../src/contract/names.ts';
import { withWorker, type Harness, type PhaseHandle } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';
import { verify } from '../support/verify.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const phases = { small: { 'plan.md': plan } };

type Event = temporal.api.history.v1.IHistoryEvent;

/** Resets a workflow to its last workflow task before the event that is meant, as `temporal workflow reset` does. */
async function resetBefore(
  { client }: Harness,
  phase: Pick<PhaseHandle, 'id'>,
  isMeant: (event: Event) => boolean,
): Promise<void> {
  const { events = [] } = await client.workflow.getHandle(phase.id).fetchHistory();
  const at = (events ?? []).findIndex(isMeant);
  assert.ok(at > 0, 'there is no such event');
  const task = (events ?? []).slice(0, at).findLast(has('workflowTaskCompletedEventAttributes'));
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: phase.id },
    workflowTaskFinishEventId: task?.eventId ?? null,
    requestId: randomUUID(),
    reason: 'a test',
  });
}

function has(attributes: keyof Event): (event: Event) => boolean {
  return (event) => Boolean(event[attributes]);
}

function isChildStart(event: Event): boolean {
  return event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowType?.name === MILESTONE;
}

function isSignal(name: string): (event: Event) => boolean {
  return (event) => event.workflowExecutionSignaledEventAttributes?.signalName === name;
}

async function milestoneRun({ client }: Harness, phase: PhaseHandle): Promise<string> {
  return (await client.workflow.getHandle(`${phase.id}:9.1`).describe()).runId;
}

/** Takes a phase that is in its milestone to its end, and verifies its record. */
async function finish(harness: Harness, phase: PhaseHandle, tasks: readonly string[]): Promise<void> {
  for (const task of tasks) await phase.complete(task);
  for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
  const { client, folders } = harness;
  // By workflow id alone: the run that the phase was started as was ended by the reset.
  await client.workflow.getHandle(phase.id).result();
  const { where } = (await client.workflow.getHandle(`${phase.id}:archive`).result()) as { where: string };
  const found = await verify(await readRuns([join(folders.recordsDir, where)]));
  assert.ok(!('reason' in found), JSON.stringify(found));
}

/** To the first task of the milestone. */
async function toWork(phase: PhaseHandle): Promise<void> {
  for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
  await phase.untilOnDesk('9.1/a1', 'complete');
}

describe('a phase that is reset', () => {
  it('to before its milestone started goes on with the milestone that runs', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await toWork(phase);
      const run = await milestoneRun(harness, phase);
      await resetBefore(harness, phase, isChildStart);
      const current = harness.again(phase);
      await current.until('it is adopted', async () => {
        return (await current.ledger()).recent.some(({ what }) => what === 'adopted');
      });
      await finish(harness, current, ['9.1/a1', '9.1/a2']);
      assert.equal(await milestoneRun(harness, phase), run);
    });
  });

  it('to before its milestone started does not do again what the milestone has completed', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await toWork(phase);
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task);
      await phase.untilOpen('9.1/exit');
      const run = await milestoneRun(harness, phase);
      await resetBefore(harness, phase, isChildStart);
      await finish(harness, harness.again(phase), []);
      assert.equal(await milestoneRun(harness, phase), run);
    });
  });

  it('to after its milestone started hears of its end, and of what was said meanwhile', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await toWork(phase);
      await phase.signal('complete', { task: '9.1/a1', by: 'ines' });
      await phase.untilOnDesk('9.1/a2', 'complete');
      await resetBefore(harness, phase, isSignal('complete'));
      await finish(harness, harness.again(phase), ['9.1/a2']);
    });
  });

  it('to after its milestone started still cancels it', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await toWork(phase);
      await phase.signal('complete', { task: '9.1/a1', by: 'ines' });
      await phase.untilOnDesk('9.1/a2', 'complete');
      await resetBefore(harness, phase, isSignal('complete'));
      const current = harness.again(phase);
      await current.untilOnDesk('9.1/a2', 'complete');
      await current.workflow.cancel();
      await assert.rejects(current.workflow.result(), /cancel/i);
      assert.equal((await phase.milestone('9.1').describe()).status.name, 'CANCELLED');
    });
  });

  it('to before a decision hears it again in the same round, once', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      // So that a workflow task lies between the opening and the decision: what is reset to is done again.
      await phase.say('recheck', { gate: 'entry', by: 'dana' });
      await phase.signal('approve', { gate: 'entry', by: 'dana' });
      await phase.untilOpen('9.1/entry');
      await resetBefore(harness, phase, isSignal('approve'));
      const current = harness.again(phase);
      await current.untilOpen('9.1/entry');
      const { recent } = await current.ledger();
      assert.equal(recent.filter(({ what }) => what === 'approve').length, 1);
      await current.workflow.terminate();
    });
  });

  it('to before a round opened does not clear the new one by what was said to the old one', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      const [gate] = (await phase.gates()).gates;
      await phase.signal('approve', { gate: 'entry', by: 'dana' });
      await phase.untilOpen('9.1/entry');
      await resetBefore(harness, phase, has('markerRecordedEventAttributes'));
      const current = harness.again(phase);
      await current.untilOpen('entry');
      const [again] = (await current.gates()).gates;
      assert.equal(again?.state, 'open');
      assert.notEqual(again.nonce, gate?.nonce);
      const codes = (await current.ledger()).recent.filter(({ what }) => what === 'approve').map(({ code }) => code);
      assert.deepEqual(codes, ['EARLY']);
      const stale = await current.say('approve', {
        gate: 'entry',
        by: 'dana',
        ...(gate?.nonce === undefined ? {} : { nonce: gate.nonce }),
      });
      assert.equal(stale.code, 'STALE');
      await current.workflow.terminate();
    });
  });

  it('to after a decision keeps it', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1', 'complete');
      const head = (await phase.ledger()).recent.find(({ what, on }) => what === 'cleared' && on === 'entry')?.hash;
      await resetBefore(harness, phase, isChildStart);
      const current = harness.again(phase);
      await current.until('it is adopted', async () => {
        return (await current.ledger()).recent.some(({ what }) => what === 'adopted');
      });
      const { recent } = await current.ledger();
      assert.equal(recent.find(({ what, on }) => what === 'cleared' && on === 'entry')?.hash, head);
      await current.workflow.terminate();
      await current.milestone('9.1').terminate();
    });
  });
});

describe('a phase that is reset to its beginning, its plan changed', () => {
  it('has tasks carried out of which the milestone knew nothing', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await toWork(phase);
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task);
      await phase.untilOpen('9.1/exit');
      const lanes = [
        { title: 'Build', agent: 'Build Agent', letter: 'a' },
        { title: 'Check', agent: 'Build Agent', letter: 'b' },
      ];
      const longer = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
      await harness.folders.write('small', 'plan.md', longer);
      await resetBefore(harness, phase, has('activityTaskScheduledEventAttributes'));
      const current = harness.again(phase);
      for (const gate of ['entry', '9.1/entry']) await current.approve(gate);
      for (const task of ['9.1/b1', '9.1/b2']) await current.complete(task);
      await current.untilOpen('9.1/exit');
      const note = (await current.ledger()).recent.find(({ what }) => what === 'not in the milestone');
      assert.match(note?.reason ?? '', /did not know 9\.1\/b1, 9\.1\/b2/);
      await current.workflow.terminate();
    });
  });
});

describe('a milestone that is reset', () => {
  it('in the midst of a step takes the step up under the same identity, and the phase hears of its end', async () => {
    const bench = new Bench();
    const playbook = 'milestones: { "9.1": { tasks: { a1: { wait: a1 }, a2: { act: a2 } } } }\n';
    const withSteps = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases: withSteps, steps: [bench.wait, bench.act] }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      await bench.began('a1');
      const run = await milestoneRun(harness, phase);
      await resetBefore(harness, { id: `${phase.id}:9.1` }, has('activityTaskScheduledEventAttributes'));
      await phase.until('it is taken up', () => Promise.resolve(bench.ran.length === 2));
      assert.notEqual(await milestoneRun(harness, phase), run);
      bench.release();
      await finish(harness, phase, []);
      const [first, second, ...rest] = bench.identities;
      assert.equal(second, first);
      assert.deepEqual(rest, [first?.replace('9.1/a1', '9.1/a2')]);
    });
  });
});

describe('a workflow id that is used again', () => {
  it('has its milestones carried out again', async () => {
    await withWorker({ phases }, async (harness) => {
      const first = await harness.start({ phase: 'small' });
      await toWork(first);
      await finish(harness, first, ['9.1/a1', '9.1/a2']);
      const run = await milestoneRun(harness, first);
      await harness.client.workflow.start('phase', {
        taskQueue: harness.taskQueue,
        workflowId: first.id,
        args: [{ phase: 'small', by: 'starter' }],
      });
      const second = harness.again(first);
      await toWork(second);
      assert.notEqual(await milestoneRun(harness, second), run);
      await second.workflow.terminate();
    });
  });
});
