import assert from 'node:assert/strict';
import { compilePlan } from '../../../src/plan/compile.ts';
import { compile, edit, errorsIn, findingsIn, phase4, placeOf, planOf, tiny } from '../document-text.ts';

describe('lint', () => {
  it('finds a milestone that declares other days than its Gantt needs', () => {
    const text = edit(tiny, '(3 days)', '(2 days)');
    assert.ok(findingsIn(text).includes(`milestone-days ${placeOf(text, '(2 days)')}`));
    assert.match(messageOf(text, 'milestone-days'), /declares 2 days, and its Gantt needs 3 days\./);
  });

  it('says that days are rounded up, where a Gantt needs a part of one', () => {
    const text = edit(edit(tiny, '(3 days)', '(5 days)'), ':b1, 02, 2d', ':b1, 02, 32h');
    const found = compile(text).problems.find(({ code }) => code === 'milestone-days');
    assert.match(found?.message ?? '', /its Gantt needs 2\.33 days, which is 3 days when rounded up\.$/);
    assert.match(found?.expected ?? '', /^"\(3 days\)"/);
  });

  it('finds a day block that covers the first bar only', () => {
    const text = edit(tiny, ':a1, 01, 2d\n', ':a1, 01, 2d\n    Test it again :a2, after a1, 1d\n');
    assert.ok(findingsIn(text).includes(`lane-days ${placeOf(text, 'Day 1-2')}`));
    assert.match(messageOf(text, 'lane-days'), /the first bar, "Build it"; the lane ends on day 3/);
  });

  it('finds a day block that the Gantt contradicts', () => {
    assert.match(messageOf(edit(tiny, 'Day 1-2', 'Day 1-3'), 'lane-days'), /differs from the Gantt: Day 1-2/);
  });

  it('finds a milestone that declares no days, which then are those of its Gantt', () => {
    const text = edit(tiny, 'Only One (3 days)', 'Only One');
    assert.deepEqual(errorsIn(text), []);
    assert.ok(findingsIn(text).includes(`milestone-days ${placeOf(text, '## Milestone 7.1')}`));
    assert.match(messageOf(text, 'milestone-days'), /declares no days/);
    const milestone = planOf(text).milestones[0];
    assert.deepEqual([milestone?.title, milestone?.declaredDays], ['Only One', 3]);
  });

  describe('takes bars of hours for parts of days', () => {
    const bars = (first: string, second: string): string =>
      edit(edit(tiny, ':a1, 01, 2d', first), ':b1, 02, 2d', second);
    const cases: readonly [name: string, text: string][] = [
      [
        'of the last day',
        bars(':a1, 01, 36h', ':b1, 02, 1.5h').replace('Day 2-3', 'Day 2').replace('3 days', '2 days'),
      ],
      ['of several bars', bars(':a1, 01, 30h\n    More :a2, after a1, 10h', ':b1, 02, 2d')],
      ['in minutes and weeks', bars(':a1, 01, 2000m', ':b1, 02, 0.3w')],
    ];
    for (const [name, text] of cases) {
      it(name, () => {
        assert.deepEqual(errorsIn(text), []);
        assert.deepEqual(
          findingsIn(text).filter((line) => /-days/.test(line)),
          [],
        );
      });
    }

    it('and never expects what is written', () => {
      const text = bars(':a1, 01, 50h', ':b1, 02, 2d');
      const found = compile(text).problems.filter(({ code }) => code === 'lane-days');
      assert.deepEqual(
        found.map(({ expected }) => expected),
        ['Day 1-3'],
      );
    });

    it('and days of the calendar for days, where the chart begins during one', () => {
      const dated = edit(tiny, 'dateFormat  D', 'dateFormat  YYYY-MM-DD HH:mm');
      const text = edit(
        edit(dated, ':a1, 01, 2d', ':a1, 2026-12-07 09:00, 2d'),
        ':b1, 02, 2d',
        ':b1, 2026-12-08 08:00, 32h',
      );
      assert.deepEqual(
        findingsIn(text).filter((line) => line.startsWith('lane-days')),
        [],
      );
    });
  });

  describe('finds several responsible agents, of whom the first is', () => {
    const cases: readonly [line: string, responsible: string, contributors: readonly string[]][] = [
      ['**Responsible Agents**: Build, Test', 'Build', ['Test']],
      ['**Responsible Agents**: Build and Test', 'Build', ['Test']],
      ['**Responsible Agent**: Build Agent and Test Agent', 'Build Agent', ['Test Agent']],
      ['**Responsible Agent**: Build Agent, Test Agent (with input from Law)', 'Build Agent', ['Test Agent', 'Law']],
    ];
    for (const [line, responsible, contributors] of cases) {
      it(line, () => {
        const text = edit(tiny, '**Responsible Agent**: Build Agent\n', `${line}\n`);
        assert.ok(findingsIn(text).some((found) => found.startsWith('agents-several')));
        const lane = planOf(text).milestones[0]?.lanes[0];
        assert.deepEqual([lane?.agent, lane?.contributors], [responsible, contributors]);
      });
    }

    it('and none in a name with "and"', () => {
      const text = edit(tiny, 'Agent**: Build Agent\n', 'Agent**: Build and Release Agent\n');
      assert.ok(!findingsIn(text).some((found) => found.startsWith('agents-several')));
      assert.equal(planOf(text).milestones[0]?.lanes[0]?.agent, 'Build and Release Agent');
    });
  });

  it('finds a tick, and takes checkboxes for no part of a text', () => {
    const text = edit(edit(tiny, '- Work done', '- [x] Work done'), '  - Do this', '  - [ ] Do this');
    assert.deepEqual(
      findingsIn(text).filter((line) => line.startsWith('checkbox')),
      [`checkbox ${placeOf(text, 'Work done')}`],
    );
    const milestone = planOf(text).milestones[0];
    assert.equal(milestone?.gates.exit.criteria[0]?.text, 'Work done');
    assert.equal(milestone.lanes[0]?.bullets[0]?.text, 'Do this');
  });

  it('finds a lane with nobody responsible', () => {
    const text = edit(tiny, '- **Responsible Agent**: Build Agent\n', '');
    assert.ok(findingsIn(text).includes(`agent-none ${placeOf(text, '#### Day 1-2')}`));
  });

  it('finds an agent whose name is almost that of another', () => {
    const text = edit(tiny, 'input from Build Agent', 'input from Biuld Agent');
    assert.ok(findingsIn(text).includes(`agent-similar ${placeOf(text, 'Biuld')}`));
  });

  it('finds a milestone that waits for one below it', () => {
    const text = edit(phase4, '**Milestone 4.2 → Milestone 4.3**', '**Milestone 4.3 → Milestone 4.2**');
    assert.ok(findingsIn(text).includes(`milestone-order ${placeOf(text, 'Milestone 4.3 → ')}`));
  });

  it('finds an agent who has nothing to do before those who depend on it', () => {
    const text = edit(phase4, '**Development → Testing**', '**Testing → Infrastructure**');
    assert.ok(findingsIn(text).some((line) => line.startsWith('agent-order')));
    assert.ok(!findingsIn(phase4).some((line) => line.startsWith('agent-order')));
  });

  it('finds an entry criterion that comes from a milestone that does not come before', () => {
    const text = edit(phase4, '- **Milestone 4.1 → Milestone 4.2**', '- **Milestone 4.1 → Milestone 4.3**');
    assert.ok(findingsIn(text).includes(`source-order ${placeOf(text, '4.1)')}`));
  });

  it('finds a criterion that is asked twice', () => {
    const text = edit(tiny, '- Work done\n', '- Work done\n- work  DONE\n');
    assert.ok(findingsIn(text).includes(`criterion-repeated ${placeOf(text, 'work  DONE')}`));
  });

  it('finds a need that the Gantt starts later', () => {
    const { problems } = compileWithNeed('a1', 'b1');
    assert.ok(
      problems.some(
        ({ code, place }) =>
          code === 'need-starts-later' && `${place.line}:${place.column}` === placeOf(tiny, 'Build it'),
      ),
    );
    assert.ok(!compileWithNeed('b1', 'a1').problems.some(({ code }) => code === 'need-starts-later'));
  });

  it('counts no days of a Gantt that could not be read', () => {
    const text = edit(tiny, ':b1, 02, 2d', ':b1, 02, two');
    assert.deepEqual(
      findingsIn(text).filter((line) => /days/.test(line)),
      [],
    );
  });
});

function compileWithNeed(task: string, needed: string): ReturnType<typeof compile> {
  const text = `milestones:\n  "7.1":\n    tasks:\n      ${task}: {needs: [${needed}]}\n`;
  const kinds = { steps: [], checks: [], sections: [], rounds: [] };
  return compilePlan(
    { file: 'plan.md', text: tiny },
    { file: 'playbook.yaml', text, phase: 'phase-7', templates: {}, kinds },
  );
}

function messageOf(text: string, code: string): string {
  return compile(text).problems.find((problem) => problem.code === code)?.message ?? '';
}
