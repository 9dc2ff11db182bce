import assert from 'node:assert/strict';
import { compile, edit, errorsIn, phase4, placeOf, tiny } from './document-text.ts';

interface Case {
  readonly name: string;
  /** What is replaced in the tiny plan, and by what. */
  readonly part: string;
  readonly by: string;
  readonly code: string;
  /** Words of the broken text at whose beginning the problem stands. */
  readonly at: string;
}

const gate = '### Exit Gate\n- Work done\n';
const cases: readonly Case[] = [
  { name: 'no phase heading', part: '# Phase 7: Tiny', by: '# Tiny', code: 'phase-heading', at: '# Tiny' },
  {
    name: 'a phase without number',
    part: '# Phase 7: Tiny',
    by: '# Phase Seven: Tiny',
    code: 'phase-heading',
    at: '# Phase Seven',
  },
  {
    name: 'a milestone that declares its days in words',
    part: 'Only One (3 days)',
    by: 'Only One (three days)',
    code: 'milestone-heading',
    at: '## Milestone 7.1',
  },
  {
    name: 'another phase in a heading',
    part: '## Phase 7 Dependencies',
    by: '## Phase 6 Dependencies',
    code: 'phase-number',
    at: '## Phase 6',
  },
  { name: 'a gate without criteria', part: gate, by: '### Exit Gate\n\nDone.\n', code: 'gate-empty', at: '### Exit' },
  {
    name: 'a criterion with a list below it',
    part: gate,
    by: '### Exit Gate\n- Work done\n  - all of it\n',
    code: 'criterion',
    at: 'Work done',
  },
  {
    name: 'a gate written twice',
    part: gate,
    by: `${gate}\n${gate}`,
    code: 'heading-repeated',
    at: '### Exit Gate\n- Work done\n\n### Tasks',
  },
  {
    name: 'a misspelt heading',
    part: '### Exit Gate',
    by: '### Exit Gats',
    code: 'heading-misspelt',
    at: '### Exit Gats',
  },
  {
    name: 'a misspelt label',
    part: '- **Responsible Agent**: Build Agent',
    by: '- **Responsible Agnet**: Build Agent',
    code: 'label-misspelt',
    at: '**Responsible Agnet**',
  },
  {
    name: 'a heading in the wrong place',
    part: '### Daily',
    by: '### Daily\n\n## Exit Gate\n- Late\n\n## Daily',
    code: 'heading-misplaced',
    at: '## Exit Gate\n- Late',
  },
  {
    name: 'a milestone without tasks',
    part: '### Tasks',
    by: '### Work',
    code: 'tasks-missing',
    at: '## Milestone 7.1',
  },
  {
    name: 'a milestone without Gantt section',
    part: '### Parallel Execution',
    by: '### Pictures',
    code: 'gantt-missing',
    at: '## Milestone 7.1',
  },
  {
    name: 'a Gantt section without chart',
    part: '```mermaid\ngantt',
    by: '```text\ngantt',
    code: 'gantt-missing',
    at: '### Parallel',
  },
  {
    name: 'another Mermaid drawing in place of the Gantt',
    part: 'gantt\n    title',
    by: 'flowchart LR\n    title',
    code: 'gantt-missing',
    at: '### Parallel',
  },
  { name: 'days in the wrong order', part: 'Day 1-2:', by: 'Day 2-1:', code: 'day-heading', at: '#### Day 2-1' },
  { name: 'days in words', part: 'Day 1-2:', by: 'Day one:', code: 'day-heading', at: '#### Day one' },
  {
    name: 'a lane without activities',
    part: '- **Activities**:\n  - Look at it\n',
    by: '',
    code: 'activities-missing',
    at: '#### Day 2-3',
  },
  {
    name: 'an agent with an odd parenthesis',
    part: '**Responsible Agent**: Build Agent',
    by: '**Responsible Agent**: Build Agent (mostly)',
    code: 'agent-line',
    at: 'Build Agent (mostly)',
  },
  {
    name: 'more sections than blocks',
    part: '    section Second Work',
    by: '    section Third Work\n    Third :c1, 01, 1d\n    section Second Work',
    code: 'lanes',
    at: '### Parallel',
  },
  {
    name: 'an agent that no lane names',
    part: '**Build → Test**',
    by: '**Built → Test**',
    code: 'agent-unknown',
    at: 'Built',
  },
  {
    name: 'a dependency without arrow',
    part: '**Build → Test**',
    by: '**Build, Test**',
    code: 'dependency-line',
    at: '**Build, Test**',
  },
  {
    name: 'a milestone that does not exist, in a dependency',
    part: '### Cross-Agent',
    by: '### Milestone Dependencies\n- **Milestone 7.1 -> Milestone 7.2**: why\n\n### Cross-Agent',
    code: 'milestone-unknown',
    at: '7.2**',
  },
  {
    name: 'a milestone that waits for itself',
    part: '### Cross-Agent',
    by: '### Milestone Dependencies\n- **Milestone 7.1 → Milestone 7.1**: why\n\n### Cross-Agent',
    code: 'milestone-cycle',
    at: '**Milestone 7.1 →',
  },
  {
    name: 'a milestone that does not exist, in a quality gate',
    part: '### Milestone 7.1 Quality Gate',
    by: '### Milestone 7.3 Quality Gate',
    code: 'milestone-unknown',
    at: '7.3 Quality',
  },
  {
    name: 'a milestone that does not exist, as the source of a criterion',
    part: '- Plan approved (from Phase 6)',
    by: '- Plan approved (from Milestone 7.9)',
    code: 'milestone-unknown',
    at: '7.9)',
  },
  {
    name: 'a quality gate of nothing',
    part: '### Milestone 7.1 Quality',
    by: '### Quality',
    code: 'quality-heading',
    at: '### Quality',
  },
  {
    name: 'an empty list of dependencies',
    part: '- **Build → Test**: Nothing to test before',
    by: 'None.',
    code: 'dependencies-empty',
    at: '### Cross-Agent',
  },
];

describe('malformed plans', () => {
  for (const { name, part, by, code, at } of cases) {
    it(`reports ${name} where it stands`, () => {
      const text = edit(tiny, part, by);
      assert.ok(errorsIn(text).includes(`${code} ${placeOf(text, at)}`), errorsIn(text).join('\n'));
      assert.equal(compile(text).plan, undefined);
    });
  }

  it('start from a plan with no errors', () => {
    assert.deepEqual(errorsIn(tiny), []);
  });

  it('are reported with nothing that only follows from another error', () => {
    for (const { name, part, by } of cases) assert.equal(errorsIn(edit(tiny, part, by)).length, 1, name);
  });

  it('say what was expected, and what is nearest', () => {
    const [problem] = compile(edit(tiny, '**Build → Test**', '**Built → Test**')).problems;
    assert.match(problem?.expected ?? '', /"Build Agent", "Test Agent"/);
    assert.equal(problem?.suggestion, 'Did you mean "Build Agent"?');
    assert.deepEqual(problem?.place.file, 'plan.md');
  });

  it('are reported with everything that is wrong with them, errors first', () => {
    let text = edit(phase4, '## Milestone 4.1: Environment Setup (5 days)', '## Milestone 4.1: Environment Setup (5d)');
    text = edit(text, ':b2, after b1, 2d\n    \n    section Security', ':b2, after b9, 2d\n    \n    section Security');
    text = edit(text, '**Milestone 4.2 → Milestone 4.3**', '**Milestone 4.2 → Milestone 4.5**');
    const { problems } = compile(text);
    const severities = problems.map(({ severity }) => severity);
    assert.deepEqual(errorsIn(text), [
      `milestone-heading ${placeOf(text, '## Milestone 4.1')}`,
      `gantt-unknown-bar ${placeOf(text, 'b9')}`,
      `milestone-unknown ${placeOf(text, '4.5**')}`,
    ]);
    assert.deepEqual(severities, severities.toSorted());
  });

  it('include texts that are no plan at all', () => {
    for (const text of [
      '',
      '\n',
      'words',
      '# Title',
      '---\na: b\n---',
      '```mermaid\ngantt',
      '## Milestone 4.1',
      '- a\n- b',
    ]) {
      const { plan, problems } = compile(text);
      assert.equal(plan, undefined);
      assert.ok(
        problems.some(({ code }) => code === 'phase-heading'),
        text,
      );
    }
  });
});
