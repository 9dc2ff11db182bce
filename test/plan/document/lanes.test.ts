import assert from 'node:assert/strict';
import { compile, edit, errorsIn, phase4, placeOf, planOf, tiny } from '../document-text.ts';

describe('lanes', () => {
  it('have an agent and bullets although their labels are misspelt: that error is enough, and says what was meant', () => {
    for (const [label, misspelt] of [
      ['Responsible Agent', 'Responsible Agnet'],
      ['Responsible Agent', 'Responsable Agent'],
      ['Activities', 'Activites'],
    ] as const) {
      const { problems } = compile(tiny.replace(label, misspelt));
      const [problem, ...others] = problems.filter(({ code }) => code !== 'agent-order');
      assert.deepEqual(others, []);
      assert.deepEqual([problem?.code, problem?.suggestion], ['label-misspelt', `Did you mean "${label}"?`]);
    }
    const several = tiny.replace('Responsible Agent**: Build Agent', 'Responsible Agnets**: Build and Test');
    assert.equal(compile(several).problems[0]?.suggestion, 'Did you mean "Responsible Agents"?');
  });

  it('join blocks and sections whose titles differ, by their order', () => {
    const text = edit(phase4, '    section Auth Implementation', '    section People and Rights');
    const lane = planOf(text).milestones[1]?.lanes[2];
    assert.deepEqual([lane?.title, lane?.blockTitle], ['People and Rights', 'Authentication and Authorization']);
  });

  it('are not joined where the titles say that two were swapped', () => {
    const text = swap(phase4, '    section Security Configuration', '    section Monitoring Setup');
    const at = phase4.split('### Parallel Execution')[0] ?? '';
    assert.deepEqual(errorsIn(text), [`lanes ${at.split('\n').length}:1`]);
    const message = compile(text).problems[0]?.message ?? '';
    for (const title of ['Monitoring and Logging Setup', 'Monitoring Setup', 'Security Configuration']) {
      assert.ok(message.includes(`"${title}"`), message);
    }
  });

  it('are not joined where one is missing, and both lists are named', () => {
    const text = edit(phase4, '    section IaC Deployment\n', '');
    const [problem] = compile(text).problems;
    assert.equal(`${problem?.place.line}:${problem?.place.column}`, placeOf(text, '### Parallel Execution'));
    assert.match(problem?.message ?? '', /4 "Day x-y" blocks cannot be joined with 3 Gantt sections/);
  });
});

function swap(text: string, a: string, b: string): string {
  return edit(edit(edit(text, a, '\0'), b, a), '\0', b);
}
