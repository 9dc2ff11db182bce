import assert from 'node:assert/strict';
import { coverage } from '../../../src/plan/coverage.ts';
import { kinds } from '../../../src/activities/registry.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { phase4, placeOf, planOf } from '../document-text.ts';

const good = `calendars: { office: { zone: Europe/Berlin } }
communication:
  calendar: office
  audiences: { team: [{ file: team.jsonl }] }
  standups:
    at: '09:30'
    to: [team]
    covers: { Next steps: next, Blockers: blockers }
  reviews: { at: '15:00', on: thu, covers: { Issue resolution status: issues } }
  documents:
    Issue resolution logs: { document: issue-log }
`;

function compile(text: string) {
  const source = { file: 'playbook.yaml', text, phase: 'phase-4', templates: {}, kinds };
  return compilePlan({ file: 'plan.md', text: phase4 }, source);
}

describe('the communication plan in a playbook', () => {
  it('is prose without the key', () => {
    assert.equal(compile('people: { dana: { roles: [Stakeholder] } }\n').plan?.reporting, undefined);
    assert.deepEqual(coverage(planOf(phase4), kinds).communication, { total: 12, bound: 0 });
  });

  it('is bound line by line: parts in the order of the plan, then those that no line asks for', () => {
    const { plan, problems } = compile(good);
    assert.deepEqual(
      problems.filter(({ place }) => place.file === 'playbook.yaml' && place.line > 1),
      [],
    );
    const { standups, reviews, documents, calendar, audiences } = plan?.reporting ?? {};
    assert.equal(calendar?.name, 'office');
    assert.deepEqual(audiences, { team: [{ file: 'team.jsonl' }] });
    assert.deepEqual(standups?.parts, [
      { part: 'blockers', line: 'Blockers preventing implementation' },
      { part: 'next', line: 'Next steps for each task' },
      { part: 'progress' },
      { part: 'dependencies' },
    ]);
    assert.deepEqual(
      [reviews?.on, reviews?.milestones, reviews?.parts[0]],
      ['thu', false, { part: 'issues', line: 'Issue resolution status' }],
    );
    assert.deepEqual(
      documents?.map(({ line, step, drawnFrom }) => [line, step.kind, step.input['name'], drawnFrom]),
      [['Issue resolution logs', 'document', 'issue-log', ['issues']]],
    );
    assert.deepEqual(plan && coverage(plan, kinds).communication, { total: 12, bound: 4 });
  });

  const cases = [
    ['line-unknown', good.replace('Next steps:', '«Next leaps:')],
    ['line-unknown', good.replace('Issue resolution status', '«Issue resolution')],
    ['line-twice', good.replace('Issue resolution logs:', '«Blockers:')],
    ['calendar-unknown', good.replace('calendar: office', '«calendar: ofice')],
    ['communication-calendar', good.replace('communication:\n  calendar: office', '«communication:')],
    ['audience-unknown', good.replace('to: [team]', 'to: [«teem]')],
    ['document-step', good.replace('{ document: issue-log }', '{ «command: [make] }')],
    ['shape', good.replace("at: '09:30'", "«at: '9:30'")],
    ['shape', good.replace('Blockers: blockers', '«Blockers: blocker')],
    ['shape', good.replace('{ document: issue-log }', '{ «document: issues }')],
    ['key-unknown', good.replace('on: thu', '«day: thu')],
  ] as const;
  for (const [code, marked] of cases) {
    it(`reports ${code} at ${marked.split('«')[1]?.split(/[\n:]/)[0] ?? ''}`, () => {
      const found = compile(marked.replace('«', '')).problems.filter(({ place }) => place.file === 'playbook.yaml');
      const lines = found.map((one) => `${one.code} ${String(one.place.line)}:${String(one.place.column)}`);
      assert.ok(lines.includes(`${code} ${placeOf(marked, '«')}`), lines.join('\n'));
    });
  }
});
