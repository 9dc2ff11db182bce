import { Client } from '@temporalio/client';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectPhases } from '../support/project.ts';
import { startTimeSkippingServer } from '../support/servers.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import type { MilestoneStatus } from '../../src/contract/answers.ts';

const DAY = 24 * 60 * 60 * 1000;

describe('Phase 4 at planned pace', () => {
  // 24 days pass on the server that skips them.
  it('takes its 24 Gantt days, every task starting on its planned day', async function () {
    this.timeout(180_000);
    const env = await startTimeSkippingServer();
    const plan = await readFile(join(projectPhases, 'phase-4', 'plan.md'), 'utf8');
    await withWorker(
      { env, searchAttributes: false, phases: { 'phase-4': { 'plan.md': plan } } },
      async ({ start }) => {
        const begun = await env.currentTimeMs();
        const phase = await start({ phase: 'phase-4', pace: 'planned' });
        const starts = new Map<string, number>();
        // Time is not to be skipped across the phase's end, where its histories are kept: this server would take minutes.
        while (!(await act(phase, await env.currentTimeMs()))) {
          await noteStarts(phase, starts);
          await env.sleep('12 hours');
        }
        const { connection } = env;
        await new Client({ connection }).workflow.getHandle(phase.workflow.workflowId).result();
        const days = ((await env.currentTimeMs()) - begun) / DAY;
        assert.ok(days >= 24 && days < 34, `took ${days.toFixed(1)} days`);
        assert.equal(starts.size, 24);
        const planned = { '4.1/a2': 2, '4.1/b1': 1, '4.1/d2': 5, '4.2/a2': 4, '4.2/d2': 8, '4.3/c2': 5, '4.3/d2': 5 };
        for (const [task, day] of Object.entries(planned)) {
          const milestone = task.slice(0, 3);
          const first = Math.min(...[...starts].filter(([ref]) => ref.startsWith(milestone)).map(([, at]) => at));
          const offset = (starts.get(task)! - first) / DAY;
          assert.ok(offset >= day && offset < day + 1.6, `${task} began ${offset.toFixed(2)} days after its milestone`);
        }
      },
    );
  });
});

/**
 * Approves what is open and completes what is due, as punctual people would.
 *
 * @returns whether nothing is left to do
 */
async function act(phase: PhaseHandle, now: number): Promise<boolean> {
  const { gates } = await phase.gates();
  for (const { gate, state } of gates) {
    if (state === 'open') await phase.signal('approve', { gate, by: 'dana' });
  }
  for (const { task, due } of (await phase.status()).desk) {
    if (due !== undefined && Date.parse(due) <= now) await phase.signal('complete', { task, by: 'dana' });
  }
  return gates.some(({ gate }) => gate === 'completion');
}

async function noteStarts(phase: PhaseHandle, starts: Map<string, number>): Promise<void> {
  for (const { number, runs } of (await phase.status()).milestones) {
    if (runs === 0) continue;
    const status = await phase
      .milestone(number)
      .query<MilestoneStatus>('status')
      .catch(() => undefined);
    for (const task of status?.lanes.flatMap(({ tasks }) => tasks) ?? []) {
      if (task.startedAt !== undefined) starts.set(task.task, Date.parse(task.startedAt));
    }
  }
}
