import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { show } from '../../scripts/plan/show.ts';
import { kinds } from '../../src/activities/registry.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import type { Plan } from '../../src/plan/model.ts';
import { edit, errorsIn, findingsIn, placeOf, planOf, tiny } from './document-text.ts';

const chart = `gantt
    title Only One: December 2026
    dateFormat YYYY-MM-DD HH:mm
    axisFormat %d.%m.
    tickInterval 1week
    weekday monday
    todayMarker off
    excludes weekends 2026-12-08
    %% Immaculate Conception
    Freeze :vert, freeze, 2026-12-18 00:00, 0d
    section First Work
    Build it             :done, crit, a1, 2026-12-07 09:00, 4h
    "Click stream"       :active, a2, 2026-12-07 09:00, 3d
    Watch it             :a3, after a1, until freeze
    Reached              :milestone, m1, after a2, 0d
    click a1 href "https://example.com/a1"
    section Second Work
    Test it              :b1, after a2, 90m
    Titles and sections  :b2, after b1, 1w`;

/** The tiny plan as somebody would write it who knows Mermaid and GitHub. */
const written = [
  ['Only One (3 days)', 'Only One'],
  [/gantt\n[^]*?\n```/.exec(tiny)?.[0] ?? '', `${chart}\n\`\`\``],
  ['- Work done\n', '- [ ] Work done\n- [x] Work seen\n'],
  ['  - Do this\n', '  - [ ] Do this\n'],
  ['- **Responsible Agent**: Build Agent\n', '- **Responsible Agents**: Build Agent, Law Agent\n'],
  ['Day 1-2', 'Day 1-11'],
  ['Day 2-3', 'Day 4-11'],
].reduce((text, [part = '', by = '']) => edit(text, part, by), tiny);

describe('a plan as a new user would write it', () => {
  it('compiles to what Mermaid draws', () => {
    assert.deepEqual(errorsIn(written), []);
    const milestone = planOf(written).milestones[0];
    assert.deepEqual(
      milestone?.lanes.map(({ title, tasks }) => [
        title,
        tasks.map(({ id, tags, startsAt, dueAt, after }) => [id, tags, minute(startsAt), minute(dueAt), after]),
      ]),
      [
        [
          'First Work',
          [
            ['a1', ['done', 'crit'], '2026-12-07T09:00', '2026-12-07T13:00', []],
            ['a2', ['active'], '2026-12-07T09:00', '2026-12-11T09:00', []],
            ['a3', [], '2026-12-07T13:00', '2026-12-23T00:00', ['7.1/a1']],
            ['m1', ['milestone'], '2026-12-11T09:00', '2026-12-11T09:00', ['7.1/a2']],
          ],
        ],
        [
          'Second Work',
          [
            ['b1', [], '2026-12-11T09:00', '2026-12-11T10:30', ['7.1/a2']],
            ['b2', [], '2026-12-11T10:30', '2026-12-22T10:30', ['7.1/b1']],
          ],
        ],
      ],
    );
    assert.equal(milestone.gates.exit.criteria[1]?.text, 'Work seen');
    assert.deepEqual([milestone.lanes[0]?.agent, milestone.lanes[0]?.contributors], ['Build Agent', ['Law Agent']]);
  });

  it('is told what is not taken as it stands', () => {
    const codes = findingsIn(written).map((line) => line.split(' ')[0]);
    assert.deepEqual(codes.filter((code) => code !== 'agent-order').toSorted(), [
      'agents-several',
      'checkbox',
      'gantt-end-moved',
      'milestone-days',
    ]);
  });

  it('is refused where Mermaid refuses it, with the place', () => {
    const text = edit(written, '"Click stream" ', 'Click stream   ');
    assert.deepEqual(errorsIn(text), [`gantt-line ${placeOf(text, 'Click stream')}`], 'and nothing follows from it');
    const { suggestion } = compilePlan({ file: 'plan.md', text }).problems[0] ?? {};
    assert.match(suggestion ?? '', /put the title into quotation marks: "Click stream"\.$/);
  });

  it('shows its dates', () => {
    const shown = stripVTControlCharacters(show(planOf(written), kinds, { width: 200, plain: true }));
    assert.match(shown, /planned, 2026-12-07 09:00 to 2026-12-22\)/);
    assert.match(shown, /Planned \(UTC\)/);
    assert.match(shown, /7\.1\/a2 .*2026-12-07 09:00 to 2026-12-11 09:00/);
    assert.match(shown, /7\.1\/m1 .*reached/);
  });

  it('is dated in the zone of its calendars', () => {
    const plan = withPlaybook('calendars: { office: { zone: Europe/Berlin } }\n');
    assert.equal(plan.zone, 'Europe/Berlin');
    const a2 = plan.milestones[0]?.lanes[0]?.tasks[1];
    assert.deepEqual([minute(a2?.startsAt), minute(a2?.dueAt)], ['2026-12-07T08:00', '2026-12-11T08:00']);
    const shown = stripVTControlCharacters(show(plan, kinds, { width: 200, plain: true }));
    assert.match(shown, /7\.1\/a2 .*2026-12-07 09:00 to 2026-12-11 09:00/);
    assert.match(shown, /Planned \(Europe\/Berlin\)/);
  });

  it('is dated in UTC where calendars are of several zones, which is a finding', () => {
    const text = 'calendars: { here: { zone: Europe/Berlin }, there: { zone: Asia/Tokyo } }\n';
    assert.equal(withPlaybook(text).zone, undefined);
    assert.ok(compiled(text).problems.some(({ code }) => code === 'dates-zone'));
  });
});

function compiled(text: string): ReturnType<typeof compilePlan> {
  return compilePlan(
    { file: 'plan.md', text: written },
    { file: 'playbook.yaml', text, phase: 'phase-7', templates: {}, kinds },
  );
}

function withPlaybook(text: string): Plan {
  const { plan, problems } = compiled(text);
  assert.ok(plan, problems.map(({ message }) => message).join('\n'));
  return plan;
}

function minute(instant: string | undefined): string | undefined {
  return instant?.slice(0, 16);
}
