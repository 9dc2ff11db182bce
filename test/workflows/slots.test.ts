import proto from '@temporalio/proto';
import { WorkflowNotFoundError } from '@temporalio/common';
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tuning } from '../../src/worker/settings.ts';
import { withWorker, type PhaseHandle } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';

// CommonJS without names that Node can see: only the default import has its values.
const { PENDING_ACTIVITY_STATE_SCHEDULED } = proto.temporal.api.enums.v1.PendingActivityState;

/** More than the worker's own queue has slots. */
const LANES = tuning.maxConcurrentActivityTaskExecutions + 2;
const PROGRAMS = 2;

const letters = Array.from({ length: LANES }, (_, index) => `l${String(index)}x`);
const crowded = smallPlan({
  milestones: [
    {
      number: '9.1',
      title: 'One',
      lanes: letters.map((letter) => ({ title: `Lane ${letter}`, agent: 'Build Agent', letter })),
    },
  ],
});
/** Says that it has begun, and ends when the test lets it. */
const script = 'touch "began-$0"; while [ ! -e released ]; do sleep 0.5; done';
const crowd = [
  'milestones:',
  '  "9.1":',
  '    tasks:',
  ...letters.map((letter) => `      ${letter}1: { command: [sh, -c, '${script}', ${letter}] }`),
  '',
].join('\n');

const small = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = [
  'milestones:',
  '  "9.1":',
  '    tasks: { a1: { hang: deployment } }',
  '    entry: { 1: { check: { command: ["true"] } } }',
  '',
].join('\n');

describe('the slots for programs', function () {
  this.timeout(120_000);

  it('are all taken by commands, and gates, briefs, checks and deployments of another phase do not wait for them', async () => {
    const bench = new Bench();
    const phases = {
      crowded: { 'plan.md': crowded, 'playbook.yaml': crowd },
      small: { 'plan.md': small, 'playbook.yaml': playbook },
    };
    const options = { phases, steps: [bench.hang], settings: { programs: PROGRAMS } };
    await withWorker(options, async ({ start, folders }) => {
      const folder = join(folders.phasesDir, 'crowded');
      const begun = async () => (await readdir(folder)).filter((name) => name.startsWith('began-')).length;
      const full = await start({ phase: 'crowded' });
      await full.approve('entry');
      await full.approve('9.1/entry');
      await full.until('every command is scheduled', async () => (await waiting(full)) === LANES - PROGRAMS);
      await full.until('the slots are taken', async () => (await begun()) === PROGRAMS);

      const other = await start({ phase: 'small' });
      await other.approve('entry');
      await other.approve('9.1/entry');
      await other.until('the deployment begins', async () => bench.ran.includes('deployment'));
      assert.equal(await waiting(full), LANES - PROGRAMS, 'no command has given its slot up meanwhile');
      assert.equal(await begun(), PROGRAMS);

      await other.workflow.cancel();
      await other.until('the deployment is settled', async () => bench.ran.includes('settle deployment'));
      assert.equal(await begun(), PROGRAMS);

      await folders.write('crowded', 'released', '');
      await full.until('the others have had their turn', async () => (await begun()) === LANES);
      await full.workflow.terminate();
    });
  });
});

/** Commands that are scheduled, and wait for a slot. */
async function waiting(phase: PhaseHandle): Promise<number> {
  // The milestone starts a moment after its gate has cleared.
  const found = await phase
    .milestone('9.1')
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    });
  const scheduled = (found?.raw.pendingActivities ?? []).filter(
    ({ activityType, state }) => activityType?.name === 'step.command' && state === PENDING_ACTIVITY_STATE_SCHEDULED,
  );
  return scheduled.length;
}
