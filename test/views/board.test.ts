import assert from 'node:assert/strict';
import type { PhaseState } from '../../src/contract/state.ts';
import { boardSections } from '../../src/activities/slices.ts';
import { phaseBoard } from '../../src/views/board.ts';
import { Talk } from '../gates/fixture.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import { DETAILS_CHARACTERS } from '../../src/base/text.ts';
import { planOf, tiny } from '../plan/document-text.ts';
import { withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

/** What is drawn without a server. */
const shown = planOf(tiny);
const talkOf = () => new Talk(false, { gates: gatesOf(shown) });

describe('the board of a phase', () => {
  it('counts what a milestone has done by itself, while it goes on', async function () {
    this.timeout(60_000);
    const bench = new Bench();
    const playbook = 'milestones: { "9.1": { tasks: { a1: { act: first }, a2: { wait: second } } } }\n';
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases, steps: [bench.act, bench.wait] }, async ({ client, start }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await bench.began('second');
      await phase.until('one is told to be over', async () => {
        const { currentDetails } = await phase.workflow.query<{ currentDetails: string }>(
          '__temporal_workflow_metadata',
        );
        return currentDetails.includes('1 of 2 tasks over');
      });
      const query = `PhasegatePlan = "small" AND WorkflowId STARTS_WITH "${phase.id}"`;
      await phase.until('a list by plan shows the milestone under its title', async () => {
        const titles: unknown[] = [];
        for await (const { typedSearchAttributes } of client.workflow.list({ query })) {
          titles.push(...typedSearchAttributes.getAll().map(({ value }) => value));
        }
        return titles.includes('Milestone 9.1: One');
      });
      bench.release();
      await phase.untilOpen('9.1/exit');
      const { typedSearchAttributes } = await phase.milestone('9.1').describe();
      const states = typedSearchAttributes.getAll().filter(({ key }) => key.name === 'PhasegateState');
      assert.deepEqual(
        states.map(({ value }) => value),
        ['completed'],
      );
      await phase.workflow.terminate();
    });
  });

  it('tells of a rejected gate why, and not since when it has been open', () => {
    const talk = talkOf().open('completion');
    assert.match(boardOf(talk), /\(`completion`\) · open, round 1\n\nopen since /);
    talk.say('reject', { gate: 'completion', by: 'lee', reason: 'not yet' });
    const after = boardOf(talk);
    assert.match(after, /\(`completion`\) · rejected, round 1\n\nRejected by lee: not yet\n/);
    assert.doesNotMatch(after, /open since/);
  });

  it('has room for a phase of 20 milestones, with an open gate and what waits for people', () => {
    const lanes = ['Environment provisioning', 'Template deployment', 'Encryption set-up'].map((title, index) => ({
      title,
      agent: `${title} Agent`,
      letter: 'abc'.charAt(index),
    }));
    const milestones = Array.from({ length: 20 }, (_, index) => ({
      number: `9.${String(index + 1)}`,
      title: `Delivery of part ${String(index + 1)} of the system to its users`,
      lanes,
    }));
    const large = planOf(smallPlan({ milestones }));
    const talk = new Talk(false, { gates: gatesOf(large) }).open('entry').open('9.1/entry');
    const tasks = large.milestones.flatMap((one) => one.lanes.flatMap((lane) => lane.tasks));
    const desk = tasks.map(({ ref: task, title }) => {
      return [task, { task, title, waits: 'complete' as const, agents: ['Build Agent'], since: 1000 }] as const;
    });
    talk.state = { ...talk.state, desk: Object.fromEntries(desk) };
    const board = boardOf(talk, large);
    assert.ok(board.length <= DETAILS_CHARACTERS);
    assert.doesNotMatch(board, /cut; see the status query/);
    for (const { number } of large.milestones)
      assert.match(board, new RegExp(`\\*\\*${number.replace('.', '\\.')} Delivery`));
    assert.match(board, /`9\.20\/quality` · pending/);
    assert.match(board, /### Ledger/);
  });

  it('counts one task as one', () => {
    const [lane] = shown.milestones[0]?.lanes ?? [];
    const lanes = lane === undefined ? [] : [{ ...lane, tasks: lane.tasks.slice(0, 1) }];
    const milestones = shown.milestones.map((milestone) => ({ ...milestone, lanes }));
    assert.match(boardOf(talkOf(), { ...shown, milestones }), / · 0 of 1 task over · /);
  });
});

function boardOf({ state: gates }: Talk, plan = shown): string {
  const state: PhaseState = {
    ...{ plan, gates, milestones: {}, outcomes: {}, outputs: {}, contributions: {}, handover: null },
    ...{ reopened: [], reworking: [], readAnew: [], searchAttributes: false, undelivered: [], noticeCount: 0 },
  };
  const identity = { name: 'phase-7', workflowId: 'phase-7', firstRunId: 'run', runId: 'run' };
  return phaseBoard({ identity, state }, 'running', boardSections(state.gates));
}
