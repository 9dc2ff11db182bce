import assert from 'node:assert/strict';
import { pollersFinding } from '../../scripts/doctor/pollers.ts';
import type { Queue } from '../../scripts/doctor/versions.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { devServer } from '../support/servers.ts';
import { runScript } from './run-script.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({
  milestones: [
    { number: '9.1', title: 'One', lanes },
    { number: '9.2', title: 'Two', lanes },
  ],
});

describe("the doctor's look at pollers", () => {
  const queue = (...ages: number[]) => ({
    name: 'phasegate',
    pollers: ages.map((age, index) => ({
      identity: `${String(index + 1)}@vm`,
      lastAccessTime: { seconds: 1_000_000 - age } as unknown as NonNullable<
        Queue['pollers'][number]['lastAccessTime']
      >,
    })),
  });
  const look = (...ages: number[]) => pollersFinding('Worker', queue(...ages), 1_000_000_000);

  it('says how long ago each has polled, and warns of a worker that may be gone', () => {
    assert.deepEqual(look(40, 3), {
      state: 'ok',
      what: 'Worker',
      found: 'phasegate is polled by 2@vm (3 s ago), 1@vm (40 s ago)',
    });
    const late = look(90);
    assert.equal(late.state, 'warn');
    assert.match(late.found, /^phasegate was polled last by 1@vm, 90 s ago; /);
    assert.match(late.mend ?? '', /npm start$/);
  });

  it('takes for gone who has not polled for two minutes, although the server lists it for five', () => {
    assert.equal(look(3, 200).found, 'phasegate is polled by 1@vm (3 s ago)');
    const gone = look(200);
    assert.equal(gone.state, 'fail');
    assert.equal(gone.found, 'nobody polls the task queue phasegate any more; last did 1@vm, 3 min ago');
  });
});

describe('npm run doctor', () => {
  it('shows in its help how options are given', async () => {
    const { stdout } = await runScript('doctor', ['--help']);
    assert.match(stdout, /^Usage: npm run doctor -- \[options\]/);
  });

  it('is content when a worker polls and every phase compiles', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ taskQueue, folders }) => {
      const { address } = await devServer();
      const { code, stdout } = await runScript('doctor', [], {
        TEMPORAL_ADDRESS: address,
        PHASEGATE_TASK_QUEUE: taskQueue,
        PHASEGATE_PHASES: folders.phasesDir,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      });
      assert.doesNotMatch(stdout, /^fail/m);
      assert.match(stdout, /^ok +Worker +test-/m);
      assert.match(stdout, /^ok +Worker, steps that run a program +test-.*-programs is polled by \S+ \(\d+ s ago\)/m);
      assert.match(stdout, /^ok +Search attributes +6 registered/m);
      assert.match(stdout, /^ok +Phase small +0 errors/m);
      assert.equal(code, 0);
    });
  });

  it('says that nobody polls, and how to mend it', async () => {
    const { address } = await devServer();
    const { code, stdout } = await runScript('doctor', [], { TEMPORAL_ADDRESS: address, PHASEGATE_TASK_QUEUE: 'idle' });
    assert.match(stdout, /^fail +Worker +nobody polls the task queue idle\n +→ npm start$/m);
    assert.equal(code, 1);
  });

  it('reports on the rest when no server answers', async () => {
    const { code, stdout } = await runScript('doctor', [], {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      PHASEGATE_PHASES: '/no/such/folder',
    });
    assert.match(
      stdout,
      /^fail +Temporal server +no answer\n +→ No Temporal server answers at 127\.0\.0\.1:1 .*npm run sandbox/m,
    );
    assert.match(stdout, /^fail +Phases +\/no\/such\/folder cannot be read\n +→ set PHASEGATE_PHASES/m);
    assert.match(stdout, /^ok +Node /m);
    assert.equal(code, 1);
  });
});
