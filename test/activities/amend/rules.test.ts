import assert from 'node:assert/strict';
import { type Objection, objectionInWords, objectionsTo, type Progress } from '../../../src/activities/amend/rules.ts';
import type { MilestoneStage } from '../../../src/contract/answers.ts';
import type { GateStage } from '../../../src/gates/ledger.ts';
import type { PlanChange } from '../../../src/plan/changes.ts';

type How = PlanChange['how'];

/** 9.1 is done, 9.2 runs, 9.3 waits at its entry gate, 9.4 is to come; 9.5 has done its work and waits at its exit gate. */
const stages: { readonly [milestone: string]: MilestoneStage } = {
  '9.1': 'done',
  '9.2': 'work',
  '9.3': 'entry',
  '9.5': 'exit',
};
const gates: { readonly [gate: string]: GateStage } = {
  '9.1/exit': 'cleared',
  '9.2/a1/changes': 'open',
  '9.2/exit': 'pending',
  '9.3/entry': 'open',
  '9.5/exit': 'open',
  '9.5/quality': 'rejected',
  completion: 'pending',
};

function why(
  change: PlanChange,
  more: { gates?: typeof gates; over?: readonly string[]; besides?: PlanChange[] } = {},
): string | undefined {
  const progress: Progress = {
    stage: (milestone) => stages[milestone] ?? 'pending',
    gate: (id) => ({ ...gates, ...more.gates })[id] ?? 'pending',
    isOver: (task) => task.startsWith('9.1/') || more.over?.includes(task) === true,
  };
  const objections = objectionsTo([change, ...(more.besides ?? [])], progress);
  return objections.find((objection: Objection) => objection.change === change)?.why;
}

const task = (milestone: string, how: How, keys: string[] = ['days']): PlanChange => {
  return {
    how,
    what: 'task',
    id: `${milestone}/a1`,
    milestone,
    task: `${milestone}/a1`,
    ...(how === 'changed' ? { keys } : {}),
  };
};
const lane = (milestone: string, how: How): PlanChange => ({ how, what: 'lane', id: `${milestone}/2`, milestone });
const criterion = (gate: string): PlanChange => ({
  how: 'changed',
  what: 'criterion',
  id: `${gate}/1`,
  gate,
  keys: ['text'],
});
const guard = (milestone: string, how: How, gate = `${milestone}/a1/entry`): PlanChange => ({
  how,
  what: 'gate',
  id: gate,
  gate,
  milestone,
});

const every: readonly How[] = ['added', 'changed', 'removed'];

describe('what an amendment may change', () => {
  it('of a milestone that has not begun its work: lanes, tasks, steps and gates of tasks, in every way', () => {
    for (const milestone of ['9.3', '9.4']) {
      for (const how of every) {
        assert.equal(why(task(milestone, how)), undefined);
        assert.equal(why(lane(milestone, how)), undefined);
        assert.equal(why({ ...task(milestone, how), what: 'step' }), undefined);
        assert.equal(why(guard(milestone, how)), undefined);
      }
    }
  });

  it('of a milestone that runs: lanes and tasks are added, with their gates; nothing else', () => {
    assert.equal(why(task('9.2', 'added')), undefined);
    assert.equal(why(lane('9.2', 'added')), undefined);
    assert.equal(why(guard('9.2', 'added'), { besides: [task('9.2', 'added')] }), undefined);
    assert.match(why(guard('9.2', 'added')) ?? '', /may have begun/);
    assert.match(why(task('9.2', 'changed')) ?? '', /skip 9\.2\/a1, and add another task, or retry it when it blocks/);
    assert.match(why(task('9.2', 'removed')) ?? '', /only the milestone knows what has begun/);
    assert.match(why({ ...task('9.2', 'added'), what: 'step' }) ?? '', /only the milestone knows/);
    assert.match(why(lane('9.2', 'changed')) ?? '', /new ones come after them/);
    assert.match(why(guard('9.2', 'removed')) ?? '', /may have begun/);
  });

  it('of a milestone whose work is done: nothing but its gates', () => {
    for (const how of every) {
      assert.match(why(task('9.5', how)) ?? '', /reject its gate with rework/);
      assert.match(why(lane('9.1', how)) ?? '', /milestone 9\.1 is done/);
      assert.match(
        why({ ...criterion('9.5/a1/entry'), ...guard('9.5', 'added') }) ?? '',
        /work of milestone 9\.5 is done/,
      );
    }
  });

  it('never a task that is over, wherever it stands', () => {
    assert.equal(why(task('9.4', 'changed'), { over: ['9.4/a1'] }), '9.4/a1 is over');
    assert.equal(why(task('9.4', 'removed'), { over: ['9.4/a1'] }), '9.4/a1 is over');
    assert.equal(why(task('9.1', 'changed')), '9.1/a1 is over');
  });

  it('who contributes to a task at any time, because that follows from the agents of the others', () => {
    for (const milestone of ['9.1', '9.2', '9.4']) {
      assert.equal(why(task(milestone, 'changed', ['contributors'])), undefined);
      assert.equal(why({ ...lane(milestone, 'changed'), keys: ['contributors'] }), undefined);
    }
    assert.notEqual(why(task('9.2', 'changed', ['contributors', 'days'])), undefined);
  });

  it('what a gate asks, and its policy, until it has cleared', () => {
    for (const gate of ['9.2/exit', '9.3/entry', '9.5/exit', '9.5/quality', 'completion']) {
      for (const what of ['criterion', 'check', 'policy', 'gate'] as const) {
        assert.equal(why({ ...criterion(gate), what }), undefined, `${what} of ${gate}`);
      }
    }
    assert.equal(why(criterion('9.1/exit')), '9.1/exit has cleared');
    assert.match(why({ ...criterion('9.2/a1/changes'), what: 'policy' }) ?? '', /is open for what its task asks/);
  });

  it('milestones that have not begun, and their dependencies', () => {
    const milestone = (id: string, how: How): PlanChange => ({ how, what: 'milestone', id, milestone: id });
    assert.equal(why(milestone('9.6', 'added')), undefined);
    assert.equal(why(milestone('9.4', 'removed')), undefined);
    assert.equal(why(milestone('9.3', 'changed')), undefined);
    assert.match(why(milestone('9.3', 'removed')) ?? '', /has begun; skip its tasks/);
    assert.match(why(milestone('9.2', 'changed')) ?? '', /runs/);
    assert.match(why(milestone('9.1', 'changed')) ?? '', /is done/);
    const dependency = (id: string): PlanChange => ({ how: 'added', what: 'dependency', id });
    assert.equal(why(dependency('9.1 → 9.4')), undefined);
    assert.match(why(dependency('9.4 → 9.3')) ?? '', /milestone 9\.3 has begun/);
  });

  it('no milestone once the completion gate has opened, and nothing at all once it has cleared', () => {
    const added: PlanChange = { how: 'added', what: 'milestone', id: '9.6', milestone: '9.6' };
    assert.match(why(added, { gates: { ...gates, completion: 'open' } }) ?? '', /the completion gate has opened/);
    assert.equal(why(criterion('completion'), { gates: { ...gates, completion: 'open' } }), undefined);
    const text: PlanChange = { how: 'changed', what: 'text', id: 'title' };
    assert.match(why(text, { gates: { ...gates, completion: 'cleared' } }) ?? '', /has cleared/);
  });

  it('texts, people, channels, files and the rules for amendments at any time; the number of the phase and its communication never', () => {
    for (const what of [
      'text',
      'person',
      'operators',
      'provider',
      'channels',
      'file',
      'amendments',
      'agent dependency',
    ] as const) {
      assert.equal(why({ how: 'changed', what, id: 'one' }), undefined, what);
    }
    assert.match(why({ how: 'changed', what: 'phase', id: 'number' }) ?? '', /another phase/);
    assert.match(
      why({ how: 'changed', what: 'communication', id: 'communication' }) ?? '',
      /until the phase has ended/,
    );
  });

  it('never the keys of workers, which a phase takes once', () => {
    for (const how of ['added', 'changed', 'removed'] as const) {
      assert.match(why({ how, what: 'workers', id: 'workers' }) ?? '', /keys .* stay as they are/);
    }
  });

  it('and names everything that stands against it at once', () => {
    const progress: Progress = { stage: () => 'done', gate: () => 'pending', isOver: () => true };
    const words = objectionsTo([task('9.1', 'changed'), lane('9.1', 'added'), criterion('9.1/exit')], progress).map(
      objectionInWords,
    );
    assert.deepEqual(words, [
      'task changed: 9.1/a1 (days): 9.1/a1 is over',
      'lane added: 9.1/2: milestone 9.1 is done',
    ]);
  });
});
