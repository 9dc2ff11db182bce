import assert from 'node:assert/strict';
import { askPhase, readPhase } from '../../src/record/on-server.ts';
import { readRuns } from '../../src/record/files.ts';
import { standingOf } from '../../src/record/standing.ts';
import { scheduleOf } from '../../src/views/schedule.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { recordOf } from '../support/records.ts';
import { replayBundle } from '../support/servers.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({
  milestones: [
    { number: '9.1', title: 'One', lanes },
    { number: '9.2', title: 'Two', lanes },
  ],
});
const phases = { small: { 'plan.md': plan } };

describe('how a phase stands, by its histories', function () {
  this.timeout(90_000);

  it('tells gates that opened again, who decided, and what was done again, as the phase itself does', async () => {
    await withWorker({ phases }, async (harness) => {
      const { client } = harness;
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.hear('reject', { gate: 'entry', by: 'lee', reason: 'no budget' });
      await phase.hear('resubmit', { gate: 'entry', by: 'lee' });
      await phase.approve('entry', 'dana');
      await phase.approve('9.1/entry', 'dana');
      await phase.complete('9.1/a1', 'ines');
      await phase.untilOnDesk('9.1/a2');
      await phase.hear('skip', { task: '9.1/a2', by: 'lee', reason: 'exists already' });
      await phase.untilOpen('9.1/exit');
      await phase.hear('reject', { gate: '9.1/exit', by: 'lee', reason: 'untidy', rework: ['9.1/a1'] });
      await phase.untilOnDesk('9.1/a1');
      const status = await phase.status();
      const { histories, isOpen } = await readPhase(client, phase.id);
      assert.equal(isOpen, true);
      const now = await standingOf(histories, await replayBundle(), await askPhase(client, phase.id, Date.now()));
      assert.equal(now.stage, status.state);
      assert.deepEqual(
        Object.entries(now.gates).map(([id, { state, round }]) => [id, state, round]),
        status.gates.filter(({ round }) => round > 0).map(({ gate, state, round }) => [gate, state, round]),
      );
      assert.deepEqual(now.gates['entry']?.met, ['approved by dana']);
      assert.equal(now.tasks['9.1/a1']?.state, 'waiting');
      assert.deepEqual(
        now.desk?.map(({ task }) => task),
        ['9.1/a1'],
      );

      await phase.complete('9.1/a1', 'ines');
      // What follows it is done again as well.
      await phase.untilOnDesk('9.1/a2');
      await phase.hear('skip', { task: '9.1/a2', by: 'lee', reason: 'exists still' });
      for (const gate of ['9.1/exit', '9.1/quality', '9.2/entry']) await phase.approve(gate, 'dana');
      await phase.untilOnDesk('9.2/a1');
      await phase.workflow.cancel();
      await phase.archive().result();
      const { tasks, milestones, stage, ending, endedAt, desk, gaps, ...rest } = await standingOf(
        await readRuns([recordOf(harness, phase)]),
        await replayBundle(),
      );
      assert.deepEqual([stage, ending, desk, gaps], ['cancelled', 'cancelled', [], []]);
      const done = tasks['9.1/a1'];
      assert.deepEqual(
        [done?.state, done?.by, tasks['9.1/a2']?.state, tasks['9.1/a2']?.by],
        ['done', 'ines', 'skipped', 'lee'],
      );
      assert.deepEqual([tasks['9.2/a1']?.state, tasks['9.2/a2']?.state], ['running', 'pending']);
      assert.deepEqual([milestones['9.1']?.stage, milestones['9.2']?.stage], ['done', 'work']);
      const schedule = scheduleOf({ ...rest, now: endedAt ?? 0, tasks, milestones });
      const [first] = schedule.tasks;
      // It was done twice: from its first beginning to its last end.
      assert.ok(first!.forecast.end - first!.forecast.start > 0 && first!.forecast.end <= milestones['9.1']!.endedAt!);
    });
  });

  it('counts what was done before the phase as that', async () => {
    await withWorker({ phases }, async ({ client, start }) => {
      const phase = await start({ phase: 'small', from: '9.2', reason: 'moved here' });
      await phase.untilOpen('9.2/entry');
      const { histories } = await readPhase(client, phase.id);
      const { tasks, milestones, gates } = await standingOf(
        histories,
        await replayBundle(),
        await askPhase(client, phase.id, Date.now()),
      );
      assert.deepEqual(tasks['9.1/a1'], { state: 'done', beforehand: true });
      assert.deepEqual(milestones['9.1'], { stage: 'done' });
      assert.equal(gates['9.1/exit']?.beforehand, 'starter');
      await phase.workflow.terminate();
    });
  });

  it('has no plan to tell of where the phase could not begin', async () => {
    await withWorker({ phases }, async ({ client, start }) => {
      const phase = await start({ phase: 'nowhere' });
      await phase.workflow.result().catch(() => undefined);
      const { histories } = await readPhase(client, phase.id);
      await assert.rejects(
        standingOf(histories, await replayBundle()),
        /the histories hold no plan: the phase has not begun yet, or could not begin/,
      );
    });
  });
});
