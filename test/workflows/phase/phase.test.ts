import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerQuery } from '../../../src/contract/answers.ts';
import { LEDGER_MEMO } from '../../../src/contract/names.ts';
import { withWorker } from '../../support/harness.ts';
import { Bench } from '../../support/kinds.ts';
import { smallPlan } from '../../support/plans.ts';

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };
const check = { title: 'Check', agent: 'Check Agent', letter: 'b' };

const acts = 'milestones:\n  "9.1":\n    tasks: {a1: {act: a1}, a2: {act: a2}, b1: {act: b1}, b2: {act: b2}}\n';

describe('a phase', () => {
  it('is carried out by people where there is no playbook, and hands over', async () => {
    const plan = smallPlan({
      milestones: [
        { number: '9.1', title: 'One', lanes: [build] },
        { number: '9.2', title: 'Two', lanes: [check] },
      ],
    });
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ folders, start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      for (const [number, letter] of [
        ['9.1', 'a'],
        ['9.2', 'b'],
      ]) {
        await phase.approve(`${number}/entry`);
        await phase.complete(`${number}/${letter}1`);
        await phase.complete(`${number}/${letter}2`);
        await phase.approve(`${number}/exit`);
        await phase.approve(`${number}/quality`);
      }
      await phase.approve('completion');

      const result = await phase.workflow.result();
      assert.deepEqual(
        result.milestones.map(({ stage }) => stage),
        ['done', 'done'],
      );
      const handover = JSON.parse(await readFile(join(folders.recordsDir, result.handover.where), 'utf8')) as {
        provides: { met: string }[];
      };
      assert.equal(handover.provides.length, 8);
      assert.ok(handover.provides.every(({ met }) => met === 'approved by anyone'));
    });
  });

  it('keeps a head of its ledger in the memo', async () => {
    const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build] }] });
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const { memo } = await phase.workflow.describe();
      const { head } = memo?.[LEDGER_MEMO] as { head: string };
      const { recent } = await phase.workflow.query(ledgerQuery);
      const covered = recent.slice(0, recent.findIndex(({ hash }) => hash === head) + 1);
      assert.ok(covered.some(({ what, on }) => what === 'cleared' && on === 'entry'));
      await phase.workflow.terminate();
    });
  });

  it('runs independent milestones side by side, and lanes within one', async () => {
    const bench = new Bench();
    const plan = smallPlan({
      milestones: [
        { number: '9.1', title: 'One', lanes: [build, check] },
        { number: '9.2', title: 'Two', lanes: [build] },
      ],
      dependencies: [],
    });
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.approve('9.2/entry');
      await phase.untilOnDesk('9.1/a1');
      await phase.untilOnDesk('9.1/b1');
      await phase.untilOnDesk('9.2/a1');
      await phase.workflow.terminate();
    });
    assert.deepEqual(bench.ran, []);
  });

  it('passes outputs to later steps and waits for needs across lanes', async () => {
    const bench = new Bench();
    const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build, check] }] });
    const playbook = [
      'milestones:',
      '  "9.1":',
      '    tasks:',
      '      a1: {act: a1}',
      '      a2: {act: a2}',
      '      b1: {act: "b1 after {{tasks.9.1/a2.Result}}"}',
      '      b2: {steps: [{act: b2}, {act: b2 again}]}',
      '',
    ].join('\n');
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.act] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOpen('9.1/exit');
        assert.deepEqual(bench.ran, ['a1', 'a2', 'b1 after result of a2', 'b2', 'b2 again']);
        await phase.workflow.terminate();
      },
    );
  });

  it('blocks a task whose step fails for good, lets other lanes go on, and goes on after retry', async () => {
    const bench = new Bench();
    bench.failing.add('a1');
    const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build, check] }] });
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': acts } }, steps: [bench.act] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/a1', 'blocked');
        await bench.began('b2');
        const { state, desk } = await phase.status();
        assert.equal(state, 'blocked');
        assert.match(desk[0]?.reason ?? '', /a1 is told to fail/);
        assert.match(desk[0]?.command ?? '', /--name retry/);
        await phase.say('retry', { task: '9.1/a1', by: 'anyone' });
        await phase.untilOpen('9.1/exit');
        assert.deepEqual(bench.ran.toSorted(), ['a1', 'a1', 'a2', 'b1', 'b2']);
        assert.equal(new Set(bench.identities).size, 5, 'a retry has an identity of its own');
        await phase.workflow.terminate();
      },
    );
  });

  it('does the reworked tasks again, with what depends on them and nothing else', async () => {
    const bench = new Bench();
    const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build, check] }] });
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': acts } }, steps: [bench.act] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOpen('9.1/exit');
        bench.ran.length = 0;
        const verdict = await phase.say('reject', { gate: '9.1/exit', by: 'qa', reason: 'again', rework: ['9.1/b1'] });
        assert.equal(verdict.code, 'ACCEPTED');
        await phase.until('round 2 is open', async () => {
          const gate = (await phase.gates()).gates.find((open) => open.gate === '9.1/exit');
          return gate?.round === 2 && gate.state === 'open';
        });
        assert.deepEqual(bench.ran, ['b1', 'b2']);
        await phase.approve('9.1/exit');
        await phase.approve('9.1/quality');
        await phase.approve('completion');
        assert.equal((await phase.workflow.result()).milestones[0]?.runs, 2);
      },
    );
  });

  it('opens a rejected gate again on resubmit', async () => {
    const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build] }] });
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.say('reject', { gate: 'entry', by: 'qa', reason: 'the plan is not approved' });
      assert.equal((await phase.gates()).gates[0]?.state, 'rejected');
      await phase.say('resubmit', { gate: 'entry', by: 'dana' });
      await phase.untilOpen('entry');
      assert.equal((await phase.gates()).gates[0]?.round, 2);
      await phase.workflow.terminate();
    });
  });

  it('starts from a later milestone, recording the earlier work as done beforehand', async () => {
    const plan = smallPlan({
      milestones: [
        { number: '9.1', title: 'One', lanes: [build] },
        { number: '9.2', title: 'Two', lanes: [check], tags: { b1: 'done' } },
      ],
    });
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small', from: '9.2', reason: '9.1 was done by hand' });
      await phase.approve('9.2/entry');
      await phase.complete('9.2/b2');
      await phase.approve('9.2/exit');
      await phase.approve('9.2/quality');
      await phase.approve('completion');
      await phase.workflow.result();
      const { recent } = await phase.ledger();
      assert.ok(recent.some(({ on, reason }) => on === '9.1/exit' && reason.includes('9.1 was done by hand')));
    });
  });

  it('upserts search attributes once in a workflow task at most', async () => {
    const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build] }] });
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task);
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      await phase.workflow.result();
      const { events } = await phase.workflow.fetchHistory();
      const tasks = (events ?? []).flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) =>
        upsert ? [String(upsert.workflowTaskCompletedEventId)] : [],
      );
      assert.ok(tasks.length > 0);
      assert.equal(new Set(tasks).size, tasks.length);
    });
  });
});
