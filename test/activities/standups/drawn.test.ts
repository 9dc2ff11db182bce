import assert from 'node:assert/strict';
import type { MilestoneStatus } from '../../../src/contract/answers.ts';
import { HOUR, NOW, request, view, World } from './fixture.ts';

const status: MilestoneStatus = {
  milestone: '9.1',
  title: 'One',
  lanes: [
    {
      title: 'Build',
      agent: 'Build Agent',
      tasks: [
        {
          task: '9.1/a1',
          title: 'Build it',
          state: 'done',
          waitsFor: [],
          steps: [],
          endedAt: new Date(NOW - HOUR).toISOString(),
        },
        {
          task: '9.1/a2',
          title: 'Polish it',
          state: 'waiting',
          waitsFor: [],
          steps: [],
          startedAt: new Date(NOW - HOUR).toISOString(),
        },
        { task: '9.1/b1', title: 'Try it', state: 'pending', waitsFor: ['9.1/a2'], steps: [] },
      ],
    },
  ],
};

/** Lines of a document from a heading on, up to the next one of any level. */
function below(text: string, heading: string): string[] {
  const from = text.split('\n').indexOf(heading);
  assert.ok(from >= 0, `${heading}\n${text}`);
  const rest = text.split('\n').slice(from + 1);
  const end = rest.findIndex((line) => line.startsWith('#'));
  return rest.slice(0, end < 0 ? undefined : end).filter((line) => line !== '');
}

async function standup(world: World): Promise<string> {
  await world.publish(request(), { status: async () => status });
  return world.document('standup-extra-1');
}

async function review(world: World): Promise<string> {
  const when = { id: 'review-9.1', at: NOW };
  await world.publish(request({ kind: 'review', when }), { status: async () => status });
  return world.document('review-9-1');
}

describe('a standup', () => {
  it('tells for each agent what is done, in progress, in the way, waited for and next', async () => {
    const world = new World();
    world.view = {
      ...view,
      words: [
        {
          task: '9.1/a2',
          by: 'dev',
          at: NOW,
          note: 'half way',
          done: 'the surface',
          blockers: 'no paper',
          next: 'the edges',
        },
      ],
    };
    const text = await standup(world);
    const [build = '', trial = ''] = text.split('## Build Agent')[1]?.split('## Trial Agent') ?? [];
    assert.deepEqual(below(build, '### Progress'), [
      '- 9.1/a1 Build it: done by dev, 2026-11-30 11:00 UTC',
      '- 9.1/a2 Polish it: in progress since 2026-11-30 11:00 UTC',
      '- 9.1/a2, dev: the surface',
    ]);
    assert.deepEqual(below(build, '### Blockers'), ['- 9.1/a2, dev: no paper']);
    assert.deepEqual(below(build, '### Next steps'), [
      '- 9.1/a2 Polish it: to be completed',
      '- 9.2/a1 Ship it begins',
      '- 9.1/a2, dev: the edges',
    ]);
    assert.deepEqual(below(trial, '### Dependencies'), ['- 9.1/b1 Try it waits for 9.1/a2']);
    assert.match(text, /^\*\*1 task done since the last standup, 1 in progress, 0 blocked\.\*\*$/m);
  });

  it('tells of what is done once, and names the agents that have nothing to tell', async () => {
    const world = new World();
    world.view = { ...view, told: ['9.1/a1'], agents: [...view.agents, 'Idle Agent'] };
    const text = await standup(world);
    assert.doesNotMatch(text, /Build it: done/);
    assert.deepEqual(below(text, '## Others'), ['- Nothing to tell: Idle Agent']);
  });

  it('has the headings of the plan, where it binds them', async () => {
    const world = new World();
    const parts = [{ part: 'blockers', line: 'Blockers preventing implementation' }, { part: 'progress' }];
    await world.publish(request({ parts }));
    const headings = world.document('standup-extra-1').match(/^### .*$/gm) ?? [];
    assert.deepEqual(headings.slice(0, 2), ['### Blockers preventing implementation', '### Progress']);
  });

  it('shows hostile names and notes as they are written: no HTML, no Markdown, no unseen characters', async () => {
    const hostile = '# <img src=x onerror=alert(1)>\n## [a](javascript:b) `c` | **d** \u202Eevil\u0007\u200B';
    const world = new World();
    const [first, ...others] = view.milestones;
    world.view = {
      ...view,
      words: [{ task: '9.1/a2', by: hostile, at: NOW, note: hostile, blockers: hostile }],
      decisions: [{ at: NOW, what: 'approve', by: hostile, on: hostile, reason: hostile }],
      milestones: [
        { ...first!, tasks: first!.tasks.map((task) => ({ ...task, title: hostile, by: hostile })) },
        ...others,
      ],
    };
    for (const text of [
      await standup(world),
      await review(world),
      ...world.delivered.map(({ notice }) => notice.text),
    ]) {
      assert.doesNotMatch(text, /[\u202E\u200B]|\p{Cc}(?<!\n)/u);
      assert.doesNotMatch(text, /^\s*-? ?#+ <img/m, 'no line begins with what people have written');
    }
    for (const text of [world.document('standup-extra-1'), world.document('review-9-1')]) {
      assert.doesNotMatch(text, /(?<!\\)<img|(?<!\\)\[a|(?<!\\)`c/);
      assert.match(text, /\\<img src=x onerror=alert\(1\)\\>/);
    }
  });

  it('stays within its bounds, however much there is to tell', async () => {
    const world = new World();
    const words = Array.from({ length: 50 }, () => ({ task: '9.1/a2', by: 'dev', at: NOW, note: 'x'.repeat(300) }));
    world.view = { ...view, words, dropped: { words: 3, decisions: 0 } };
    const text = await standup(world);
    assert.match(text, /^- and \d+ more$/m);
    assert.match(text, /^- and 3 earlier notes, in the ledger$/m);
    assert.ok((world.delivered[0]?.notice.text.length ?? 0) <= 20_000);
  });
});

describe('a review', () => {
  it('tells of milestones, tests, issues, plan against reality with the expected end, and decisions', async () => {
    const text = await review(new World());
    assert.deepEqual(below(text, '## Milestones'), [
      '- 9.1 One: in work; 1 of 3 tasks done, 1 of 4 goals of its gates met',
      '- 9.2 Two: not begun; 0 of 1 task done, 0 of 2 goals of its gates met',
    ]);
    assert.deepEqual(below(text, '## Test results'), ['- Suite api/testing: 38 of 40 cases passed, 2 failed']);
    assert.deepEqual(below(text, '## Issues'), [
      '- Issues: 1 open, 0 mended and not retested, 2 closed',
      '- I-3, high, open, dev: lists twice',
    ]);
    // a2 has an hour of its two days behind it, b1 takes a day after it, and 9.2 two more.
    assert.deepEqual(below(text, '## Planned against actual'), [
      '- 9.1: 3 days planned, 2 days so far; expected to end 2026-12-03 11:00 UTC',
      '- 9.2: 2 days planned, not begun; expected to end 2026-12-05 11:00 UTC',
    ]);
    assert.deepEqual(below(text, '## Decisions since the last review'), [
      '- 2026-11-30 11:00 UTC: approve 9.1/entry/1 by dana: approved',
    ]);
    assert.deepEqual(below(text, '## What is asked of stakeholders'), ['- none']);
    assert.match(text, /0 of 2 milestones and 1 of 4 tasks done\. The work is expected to end 2026-12-05 11:00 UTC\./);
  });
});
