import assert from 'node:assert/strict';
import type { DeskItem } from '../../src/gates/model.ts';
import type { GatesEvent } from '../../src/gates/events.ts';
import { taskNotice } from '../../src/views/task-notice.ts';
import { Talk } from '../gates/fixture.ts';

const due = Date.UTC(2026, 10, 24, 9, 30);

function person(more: Partial<DeskItem> = {}): GatesEvent {
  const desk: DeskItem = {
    ...{ task: '4.1/a1', title: 'Build it', waits: 'complete', agents: ['Build Agent'], since: 0, due },
    ...more,
  };
  return { type: 'task', task: '4.1/a1', state: 'waiting', desk };
}

function blocked(task: string, reason: string): GatesEvent {
  const desk: DeskItem = { task, title: task, waits: 'blocked', agents: ['Build Agent'], since: 0, reason };
  return { type: 'task', task, state: 'blocked', desk, reason };
}

const taskNews = (talk: Talk) =>
  talk.effects.flatMap((effect) => (effect.type === 'notice' && 'task' in effect ? [effect] : []));

describe('news of a task', () => {
  it('are told once when it becomes overdue, and again when it is so in another run', () => {
    const talk = new Talk();
    const count = (event: GatesEvent) => {
      talk.apply(event);
      return taskNews(talk).map(({ kind, reason }) => `${kind}: ${reason}`);
    };
    assert.deepEqual(count(person()), []);
    assert.deepEqual(count(person({ overdue: true })), ['overdue: it was due 2026-11-24T09:30:00.000Z']);
    assert.deepEqual(count(person({ overdue: true })), [], 'a report that is repeated is no news');
    assert.equal(talk.state.ledger.recent.filter(({ what }) => what === 'task overdue').length, 1);
    assert.deepEqual(count(person()), []);
    assert.equal(count(person({ overdue: true })).length, 1);
  });

  it('are told once while it is blocked, and again after a retry', () => {
    const talk = new Talk();
    talk.apply(blocked('4.1/a1', 'no quota'));
    assert.deepEqual(taskNews(talk), [{ type: 'notice', task: '4.1/a1', kind: 'blocked', reason: 'no quota' }]);
    talk.apply(blocked('4.1/a1', 'no quota'));
    assert.deepEqual(taskNews(talk), []);
    talk.say('retry', { task: '4.1/a1', by: 'lee' });
    talk.apply(blocked('4.1/a1', 'no quota'));
    assert.equal(taskNews(talk).length, 1);
  });
});

describe('a notice of tasks', () => {
  it('names 200 that have blocked at once in one that stays small', () => {
    const talk = new Talk();
    const refs = Array.from({ length: 200 }, (_, index) => `4.1/x${String(index)}`);
    const summary = { agent: 'Build Agent', contributors: [], milestone: '4.1', state: 'running' } as const;
    talk.state = { ...talk.state, tasks: Object.fromEntries(refs.map((ref) => [ref, summary])) };
    const news = refs.flatMap((ref, index) => {
      talk.apply(blocked(ref, index < 150 ? 'the milestone is lost' : `reason ${'x'.repeat(2000)} of ${ref}`));
      return taskNews(talk);
    });
    const notice = taskNotice(talk.state, 'phase-4', news);
    assert.equal(notice?.title, 'phase-4: 200 tasks are blocked');
    assert.equal(notice.tasks?.length, 100);
    const [first, ...lines] = notice.text.split('\n');
    assert.match(first ?? '', /^4\.1\/x0, .*4\.1\/x99 and 50 more: the milestone is lost$/);
    assert.deepEqual(lines.slice(-2), ['and 41 more reasons, in the status query', 'operators may retry or skip: lee']);
    assert.equal(notice.command?.split('\n').length, 10);
    assert.ok(JSON.stringify(notice).length < 12_000);
  });

  it('is none when people have acted on them already', () => {
    const talk = new Talk();
    talk.apply(blocked('4.1/a1', 'no quota'));
    const news = taskNews(talk);
    talk.say('retry', { task: '4.1/a1', by: 'lee' });
    assert.equal(taskNotice(talk.state, 'phase-4', news), undefined);
  });
});
