import assert from 'node:assert/strict';
import { frame, type Seen } from '../../scripts/watch/frame.ts';
import { Screen } from '../../scripts/watch/screen.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { devServer } from '../support/servers.ts';
import { runScript, startScript } from './run-script.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const phases = { small: { 'plan.md': smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] }) } };

describe('npm run watch', function () {
  this.timeout(60_000);

  it('prints a line for each event where nobody looks, and ends with the phase', async () => {
    const { address } = await devServer();
    const env = { TEMPORAL_ADDRESS: address };
    await withWorker({ phases }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      const watching = startScript('watch', [phase.id], env);
      await watching.printed('opened entry');
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await watching.printed('9.1/a1 First of Build: waiting');
      await phase.complete('9.1/a1');
      await phase.complete('9.1/a2');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
      const { code, stdout, stderr } = await watching.outcome();
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /■ cleared completion[^]*: completed\n$/);
      assert.ok(!stdout.includes('\u001B'), 'no colours and no movement outside of a terminal');
    });
  });

  it('ends with exit code 1 when the phase is terminated, and with 0 on Ctrl-C', async () => {
    const { address } = await devServer();
    const env = { TEMPORAL_ADDRESS: address };
    await withWorker({ phases }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      const [left, stayed] = [startScript('watch', [phase.id], env), startScript('watch', [phase.id], env)];
      await Promise.all([left.printed('opened entry'), stayed.printed('opened entry')]);
      left.process.kill('SIGINT');
      assert.equal((await left.outcome()).code, 0);
      await phase.workflow.terminate();
      const { code, stdout } = await stayed.outcome();
      assert.equal(code, 1);
      assert.match(stdout, /: terminated\n$/);
      const none = await runScript('watch', ['nobody'], env);
      assert.match(
        none.stderr,
        /^The server has no workflow nobody, or not any more; npm run status lists the phases\.\n$/,
      );
    });
  });
});

const task = { task: '9.1/a1', title: 'First', waitsFor: [], steps: [] };
const seen = {
  status: {
    phase: 'small',
    title: 'Phase 9: Small Phase',
    state: 'blocked',
    answers: 'signed',
    gates: [],
    milestones: [
      { number: '9.1', title: 'One', stage: 'work', runs: 1, workflowId: 'p:9.1' },
      { number: '9.2', title: 'Two', stage: 'pending', runs: 0, workflowId: 'p:9.2' },
    ],
    desk: [
      {
        task: '9.1/a2',
        title: 'Second',
        waits: 'blocked',
        agents: [],
        since: '',
        who: ['lee'],
        reason: 'disk\u001B[2J full',
      },
    ],
    progress: [],
    holds: {},
    agentDependencies: [],
  },
  gates: [],
  recent: [
    {
      number: 1,
      at: 0,
      what: 'approve',
      by: 'dana',
      on: 'entry',
      trust: 'open',
      code: 'DENIED',
      reason: 'no role',
      hash: '',
    },
  ],
  milestones: [
    {
      milestone: '9.1',
      title: 'One',
      lanes: [
        {
          title: 'Build',
          agent: 'Build Agent',
          tasks: [
            { ...task, state: 'done' },
            { ...task, task: '9.1/a2', title: 'Second', state: 'blocked', reason: 'disk full' },
          ],
        },
      ],
    },
  ],
} satisfies Seen;

describe('the screen of npm run watch', () => {
  it('shows lanes as bars, what is blocked, and what happened last, without colours where none are wanted', () => {
    const lines = frame(seen, { width: 120, plain: true }, 40);
    assert.deepEqual(lines.slice(0, 5), [
      'Phase 9: Small Phase · blocked',
      '',
      '9.1 One · in progress',
      '  Build                        ############............ 1/2  9.1/a2 Second: blocked, disk full',
      '9.2 Two · not started',
    ]);
    assert.ok(lines.includes('  9.1/a2  Second: disk [2J full; for lee'));
    assert.ok(lines.includes('  00:00:00  approve entry by dana DENIED: no role'));
    assert.ok(lines.every((line) => !line.includes('\u001B')));
    assert.ok(frame(seen, { width: 120, plain: false }, 40)[0]?.startsWith('\u001B[1m'));
  });

  it('fits into the terminal, however small', () => {
    const lines = frame(seen, { width: 40, plain: true }, 6);
    assert.equal(lines.length, 6);
    assert.match(lines.at(-1) ?? '', /^… \d+ more lines$/);
    assert.ok(lines.every((line) => line.length <= 40));
  });

  it('draws only what has changed, in its place', () => {
    const written: string[] = [];
    const screen = new Screen({ write: (text: string) => written.push(text) > 0 });
    screen.show(['a', 'b']);
    screen.show(['a', 'b']);
    screen.show(['a', 'c']);
    screen.remark('no worker answers');
    screen.remark('no worker answers');
    screen.show(['a', 'c']);
    assert.deepEqual(written, [
      'a\nb\n',
      '\u001B[2F\u001B[0Ja\nc\n',
      '\u001B[2F\u001B[0Ja\nc\nno worker answers\n',
      '\u001B[3F\u001B[0Ja\nc\n',
    ]);
  });
});
