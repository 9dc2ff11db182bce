import assert from 'node:assert/strict';
import { compile, edit, errorsIn, phase4, placeOf, planOf } from '../document-text.ts';

describe('lanes', () => {
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
