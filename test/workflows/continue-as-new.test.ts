import assert from 'node:assert/strict';
import { readPhase } from '../../src/record/on-server.ts';
import { standingOf } from '../../src/record/standing.ts';
import { replayBundle, startDevServer } from '../support/servers.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

describe('a phase with a long history', () => {
  // On the dev server, because the time-skipping one hides what continue-as-new does to children.
  it('continues as new at a gate and loses nothing', async () => {
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=40']);
    await withWorker({ env, phases: { small: { 'plan.md': plan } } }, async ({ client, start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.complete('9.1/a1');
      await phase.complete('9.1/a2');
      await phase.untilOpen('9.1/exit');
      for (let index = 0; index < 20; index += 1) {
        await phase.signal('approve', { gate: 'completion', by: `early ${String(index)}` });
      }
      await phase.until('a new run has begun', async () => {
        const { runId } = await client.workflow.getHandle(phase.id).describe();
        return runId !== phase.firstRunId;
      });
      const current = await client.workflow.getHandle(phase.id).fetchHistory();
      const [input] = current.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      const carried = Buffer.from(input?.data ?? []).toString();
      assert.equal(carried.split('Quality of 9.1 seen').length, 2, 'what the plan says of gates is carried once');
      await phase.approve('9.1/exit');
      await phase.approve('9.1/quality');
      await phase.approve('completion');
      const result = await phase.workflow.result();
      assert.equal(result.state, 'completed');
      assert.ok(result.ledger.length > 25, 'the ledger counts on');
      const { histories } = await readPhase(client, phase.id);
      assert.ok(histories.phase.length > 1);
      const { stage, tasks, gates, ledger, gaps } = await standingOf(histories, await replayBundle());
      assert.deepEqual([stage, gaps, ledger.length], ['completed', [], result.ledger.length]);
      assert.ok(Object.values(tasks).every(({ state, by }) => state === 'done' && by === 'anyone'));
      assert.ok(Object.values(gates).every(({ state }) => state === 'cleared'));

      for (const { markerRecordedEventAttributes: marker } of histories.phase[0] ?? []) {
        const [answer] = marker?.details?.['result']?.payloads ?? [];
        const said = Buffer.from(answer?.data ?? '', 'base64').toString();
        if (answer) answer.data = Buffer.from(said.replace('round 1 is open', 'round 2 is open')).toString('base64');
      }
      await assert.rejects(standingOf(histories, await replayBundle()), /entry \d+ of the ledger does not follow/);
    });
  });
});
