import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';

const lanes = [
  { title: 'Build', agent: 'Build Agent', letter: 'a' },
  { title: 'Check', agent: 'Check Agent', letter: 'b' },
];
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });

describe('a phase that does not go as planned', () => {
  it('settles cancelled steps before it ends as cancelled', async () => {
    const bench = new Bench();
    const playbook = 'milestones:\n  "9.1":\n    tasks: {a1: {hang: a1}, b1: {hang: b1}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.hang] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await bench.began('a1');
        await bench.began('b1');
        await phase.workflow.cancel();
        await assert.rejects(phase.workflow.result(), (error: unknown) => {
          assert.ok(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure);
          return true;
        });
        assert.deepEqual(bench.ran.slice(2).toSorted(), ['settle a1', 'settle b1']);
        const { recent } = await phase.ledger();
        assert.equal(recent.at(-1)?.reason, 'cancelled');
      },
    );
  });

  it('blocks the tasks of a milestone that somebody terminated, and runs it again on retry', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.complete('9.1/a1');
      await phase.untilOnDesk('9.1/a2');
      await phase.milestone('9.1').terminate('by mistake');
      await phase.untilOnDesk('9.1/a2', 'blocked');
      await phase.say('retry', { task: '9.1/a2', by: 'anyone' });
      await phase.complete('9.1/a2');
      await phase.complete('9.1/b1');
      await phase.complete('9.1/b2');
      await phase.untilOpen('9.1/exit');
      await phase.workflow.terminate();
    });
  });

  it('leaves a blocked task to a person when the playbook says nothing of it any more at the retry', async () => {
    const bench = new Bench();
    bench.failing.add('a1');
    const playbook = 'milestones:\n  "9.1":\n    tasks: {a1: {act: a1}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.act] },
      async ({ start, folders }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/a1', 'blocked');
        await folders.write('small', 'playbook.yaml', 'milestones: {}\n');
        await phase.say('retry', { task: '9.1/a1', by: 'lee' });
        await phase.complete('9.1/a1');
        await phase.untilOnDesk('9.1/a2', 'complete');
        assert.deepEqual(bench.ran, ['a1']);
        await phase.workflow.terminate();
      },
    );
  });

  it('does again what was done by an entry that says something else at the retry, in its order', async () => {
    const bench = new Bench();
    bench.failing.add('third');
    const stepsOf = (...names: readonly string[]) =>
      `milestones:\n  "9.1":\n    tasks: {a1: {steps: [${names.map((name) => `{act: ${name}}`).join(', ')}]}}\n`;
    const playbook = stepsOf('first', 'second', 'third');
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.act] },
      async ({ start, folders }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/a1', 'blocked');
        await folders.write('small', 'playbook.yaml', stepsOf('first', 'another', 'third'));
        await phase.say('retry', { task: '9.1/a1', by: 'lee' });
        await phase.untilOnDesk('9.1/a2', 'complete');
        assert.deepEqual(bench.ran, ['first', 'second', 'third', 'another', 'third']);
        assert.equal(new Set(bench.identities).size, 5, 'each has an identity of its own');
        await phase.workflow.terminate();
      },
    );
  });

  it('does again, at every retry, what the playbook says to rerun, and nothing else that is done', async () => {
    const bench = new Bench();
    bench.failing.add('release');
    const steps = '[{act: prepare}, {act: deliver, rerun: true}, {act: release}]';
    const playbook = `milestones:\n  "9.1":\n    tasks: {a1: {steps: ${steps}}}\n`;
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.act] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/a1', 'blocked');
        await phase.say('retry', { task: '9.1/a1', by: 'lee' });
        await phase.untilOnDesk('9.1/a2', 'complete');
        assert.deepEqual(bench.ran, ['prepare', 'deliver', 'release', 'deliver', 'release']);
        await phase.workflow.terminate();
      },
    );
  });

  it('skips what an operator skips: blocked, waiting, and not yet begun', async () => {
    const bench = new Bench();
    bench.failing.add('a1');
    const playbook = 'milestones:\n  "9.1":\n    tasks: {a1: {act: a1}, a2: {act: a2}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.act] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        const skip = (task: string) => phase.say('skip', { task, by: 'lee', reason: 'not needed' });
        assert.equal((await skip('9.1/b2')).code, 'ACCEPTED');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/a1', 'blocked');
        await phase.untilOnDesk('9.1/b1', 'complete');
        assert.equal((await skip('9.1/a1')).code, 'ACCEPTED');
        assert.equal((await skip('9.1/b1')).code, 'ACCEPTED');
        await phase.untilOpen('9.1/exit');
        assert.deepEqual(bench.ran, ['a1', 'a2']);
        await phase.workflow.terminate();
      },
    );
  });

  it('settles a step that could not hear of its cancellation, because its worker was gone', async function () {
    this.timeout(90_000);
    const bench = new Bench();
    const playbook = 'milestones:\n  "9.1":\n    tasks: {a1: {deaf: a1}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.deaf] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await bench.began('a1');
        await phase.workflow.cancel();
        await assert.rejects(phase.workflow.result(), (error: unknown) => {
          assert.ok(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure);
          return true;
        });
        assert.deepEqual(bench.ran, ['a1', 'settle a1']);
        bench.release();
      },
    );
  });

  it('ends as cancelled, and says what was left, when settling fails for good', async () => {
    const bench = new Bench();
    bench.failing.add('settle a1');
    const playbook = 'milestones:\n  "9.1":\n    tasks: {a1: {hang: a1}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.hang] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await bench.began('a1');
        await phase.workflow.cancel();
        await assert.rejects(phase.workflow.result(), (error: unknown) => {
          assert.ok(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure);
          return true;
        });
        const { recent } = await phase.ledger();
        assert.ok(recent.some(({ what, reason }) => what === 'not settled' && reason.includes('told to fail')));
        assert.equal(recent.at(-1)?.reason, 'cancelled');
      },
    );
  });

  it('keeps outputs and contributions when the milestone that was told of them is lost', async () => {
    const bench = new Bench();
    const withInput = plan.replace(
      '- **Responsible Agent**: Check Agent',
      '- **Responsible Agent**: Check Agent (with input from Build Agent)',
    );
    const playbook = [
      'milestones:',
      '  "9.1":',
      '    tasks:',
      '      a2: {act: "after {{tasks.9.1/a1.Url}}"}',
      '      b1: {inputs: [{from: Build Agent}]}',
      '      b2: {needs: [a2]}',
      '',
    ].join('\n');
    await withWorker(
      { phases: { small: { 'plan.md': withInput, 'playbook.yaml': playbook } }, steps: [bench.act] },
      async ({ start }) => {
        bench.failing.add('after x');
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/b1', 'input');
        await phase.say('input', { task: '9.1/b1', by: 'ines', note: 'as agreed' });
        await phase.untilOnDesk('9.1/b1', 'complete');
        await phase.untilOnDesk('9.1/a1', 'complete');
        await phase.say('complete', { task: '9.1/a1', by: 'ines', outputs: { Url: 'x' } });
        await phase.untilOnDesk('9.1/a2', 'blocked');
        await phase.milestone('9.1').terminate('by mistake');
        await phase.untilOnDesk('9.1/b1', 'blocked');
        await phase.say('retry', { task: '9.1/b1', by: 'lee' });
        await phase.untilOnDesk('9.1/b1', 'complete');
        assert.deepEqual(bench.ran, ['after x', 'after x']);
        await phase.workflow.terminate();
      },
    );
  });

  it('says so when a skip reaches a task only after its steps are done', async () => {
    const bench = new Bench();
    const playbook = 'milestones:\n  "9.1":\n    tasks: {a1: {act: a1}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.act] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry');
        await phase.approve('9.1/entry');
        await phase.untilOnDesk('9.1/a2', 'complete');
        assert.equal((await phase.say('skip', { task: '9.1/a1', by: 'lee', reason: 'no need' })).code, 'ACCEPTED');
        for (const task of ['9.1/a2', '9.1/b1', '9.1/b2']) await phase.complete(task);
        await phase.untilOpen('9.1/exit');
        const { recent } = await phase.ledger();
        assert.ok(recent.some(({ on, reason }) => on === '9.1/a1' && reason === 'done before the skip reached it'));
        await phase.workflow.terminate();
      },
    );
  });
});
