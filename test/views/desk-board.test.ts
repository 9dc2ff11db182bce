import assert from 'node:assert/strict';
import { boardSections } from '../../src/activities/slices.ts';
import type { DeskItem } from '../../src/gates/model.ts';
import { deskSections, shownDesk, shownProgress, sliceSection } from '../../src/views/desk.ts';
import { Talk } from '../gates/fixture.ts';

const since = Date.UTC(2026, 10, 24, 9, 30);
const DAY = 86_400_000;

function item(waits: DeskItem['waits'], rules: Partial<DeskItem> = {}): DeskItem {
  const agents = waits === 'input' ? ['Monitoring Agent'] : ['Build Agent'];
  return { task: '4.1/a1', title: 'Landing buckets', waits, agents, since, ...rules };
}

function talkWith(desk: DeskItem, open = false): Talk {
  const talk = new Talk(open);
  talk.apply({ type: 'task', task: desk.task, state: desk.waits === 'blocked' ? 'blocked' : 'waiting', desk });
  return talk;
}

const board = ({ state }: Talk) =>
  [...deskSections(state, 'phase-4'), ...boardSections(state).map((section) => sliceSection(section, 'phase-4'))].join(
    '\n\n',
  );

function signal(name: string, input: string): string {
  return `temporal workflow signal --workflow-id phase-4 --name ${name} --input '${input}'`;
}

describe('the desk on the board', () => {
  it('says what a task waits for, from whom and until when, and how it is said', () => {
    const shown = board(talkWith(item('complete', { due: since + DAY })));
    assert.equal(
      shown,
      `### Desk

- **4.1/a1 Landing buckets** · waits for completion by Build Agent (ines) · due 2026-11-25 09:30:00 UTC

\`\`\`
${signal('complete', '{"task":"4.1/a1","by":"ines"}')}
\`\`\``,
    );
    const input = board(talkWith(item('input', { reason: 'waits for thresholds from Monitoring Agent' })));
    assert.match(input, /· waits for thresholds from Monitoring Agent \(mona\)\n/);
    assert.match(board(talkWith(item('complete'), true)), /· waits for completion by Build Agent\n/);
  });

  it('has retry and skip for what is blocked, since when, and why', () => {
    const shown = board(talkWith(item('blocked', { reason: 'no quota' })));
    assert.match(shown, /· blocked since 2026-11-24 09:30:00 UTC, for operators \(lee\): no quota\n/);
    assert.ok(shown.includes(signal('retry', '{"task":"4.1/a1","by":"lee"}')));
    assert.ok(shown.includes(signal('skip', '{"task":"4.1/a1","by":"lee","reason":"WHY"}')));
  });

  it('says that no person holds an agent, and offers what an operator can do', () => {
    const [entry] = shownDesk(talkWith(item('complete', { agents: ['Ghost'] })).state, 'phase-4');
    assert.deepEqual([entry?.who, entry?.command], [[], undefined]);
    assert.match(entry?.skip ?? '', /--name skip .*"by":"lee"/);
    assert.match(board(talkWith(item('complete', { agents: ['Ghost'] }))), /completion by Ghost \(no person\)/);
  });

  it('says that a task is held, without a command that would be refused', () => {
    const talk = talkWith(item('complete'));
    talk.hear('hold', { on: '4.1', by: 'lee', reason: 'audit' });
    const shown = board(talk);
    assert.match(shown, /Build Agent \(ines\) · held by lee: audit\n/);
    assert.doesNotMatch(shown, /--name complete/);
    assert.ok(shown.includes(signal('release', '{"on":"4.1","by":"lee"}')));
  });

  it('has a command for as many items as there is room for, and names how many more there are', () => {
    const talk = new Talk();
    const desk = Array.from({ length: 300 }, (_, index) => item('complete', { task: `4.1/x${String(index)}` }));
    const blocked = item('blocked', { reason: 'x'.repeat(5000) });
    talk.state = { ...talk.state, desk: Object.fromEntries([...desk, blocked].map((one) => [one.task, one])) };
    const shown = board(talk);
    assert.ok(shown.length < 8_500, String(shown.length));
    const items = shown.match(/^- \*\*/gm) ?? [];
    assert.match(shown, /^### Desk\n\n- \*\*4\.1\/a1 /);
    assert.equal(shown.match(/^temporal /gm)?.length, items.length + 1, 'one each, and two for what is blocked');
    assert.ok(shown.includes(`- and ${String(301 - items.length)} more, in the \`status\` query`));
  });
});

describe('notes on progress', () => {
  it('show the last of each task, with who and when, newest first', () => {
    const talk = talkWith(item('complete'));
    talk.say('progress', { task: '4.2/a1', by: 'ines', note: 'begun' });
    talk.say('progress', { task: '4.1/a1', by: 'ines', note: 'half\nway' });
    talk.say('progress', { task: '4.2/a1', by: 'ines', note: 'nearly there' });
    assert.deepEqual(
      shownProgress(talk.state).map(({ task, by, note }) => [task, by, note]),
      [
        ['4.2/a1', 'ines', 'nearly there'],
        ['4.1/a1', 'ines', 'half\nway'],
      ],
    );
    assert.match(board(talk), /- \*\*4\.1\/a1\*\* · ines, 1970-01-01 00:00:01 UTC · half way\n?/);
  });

  it('are forgotten when the task is over, and kept short, for a hundred tasks', () => {
    const talk = talkWith(item('complete'));
    talk.say('progress', { task: '4.1/a1', by: 'ines', note: 'x'.repeat(2000) });
    assert.equal(talk.state.progress['4.1/a1']?.note.length, 300);
    talk.say('complete', { task: '4.1/a1', by: 'ines' });
    assert.deepEqual(talk.state.progress, {});
    const tasks = Array.from({ length: 120 }, (_, index) => `4.1/x${String(index)}`);
    const summary = { agent: 'Build Agent', contributors: [], milestone: '4.2', state: 'pending' } as const;
    talk.state = { ...talk.state, tasks: Object.fromEntries(tasks.map((task) => [task, summary])) };
    for (const task of tasks) talk.say('progress', { task, by: 'ines', note: 'begun' });
    assert.deepEqual(Object.keys(talk.state.progress), tasks.slice(20));
  });

  it('are no part of what a gate is about: a decision on it goes on counting', () => {
    const talk = talkWith(item('complete')).open('4.1/exit');
    const subject = talk.subjectOf('4.1/exit');
    talk.say('progress', { task: '4.1/a1', by: 'ines', note: 'half way' });
    assert.equal(talk.subjectOf('4.1/exit'), subject);
  });
});
