import assert from 'node:assert/strict';
import { compilePlan } from '../../src/plan/compile.ts';
import { compile, edit, findingsIn, phase4, placeOf, tiny } from './document-text.ts';

describe('lint', () => {
  it('finds a milestone that declares other days than its Gantt needs', () => {
    const text = edit(tiny, '(3 days)', '(2 days)');
    assert.ok(findingsIn(text).includes(`milestone-days ${placeOf(text, '(2 days)')}`));
    assert.match(messageOf(text, 'milestone-days'), /declares 2 days, and its Gantt needs 3 days/);
  });

  it('finds a day block that covers the first bar only', () => {
    const text = edit(tiny, ':a1, 01, 2d\n', ':a1, 01, 2d\n    Test it again :a2, after a1, 1d\n');
    assert.ok(findingsIn(text).includes(`lane-days ${placeOf(text, 'Day 1-2')}`));
    assert.match(messageOf(text, 'lane-days'), /first bar only, "Build it"; the lane ends on day 3/);
  });

  it('finds a day block that the Gantt contradicts', () => {
    assert.match(messageOf(edit(tiny, 'Day 1-2', 'Day 1-3'), 'lane-days'), /not what the Gantt says: Day 1-2/);
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
  const kinds = { steps: [], checks: [] };
  return compilePlan(
    { file: 'plan.md', text: tiny },
    { file: 'playbook.yaml', text, phase: 'phase-7', templates: {}, kinds },
  );
}

function messageOf(text: string, code: string): string {
  return compile(text).problems.find((problem) => problem.code === code)?.message ?? '';
}
