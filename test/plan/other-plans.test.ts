import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compile, edit, errorsIn, findingsIn, phase4, placeOf, planOf, tiny } from './document-text.ts';

describe('plans of other teams', () => {
  it('may have one milestone and another number', () => {
    const plan = planOf(tiny);
    assert.deepEqual([plan.number, plan.milestones.length, plan.milestones[0]?.number], ['7', 1, '7.1']);
    assert.deepEqual([plan.nextPhase?.number, plan.nextPhase?.title], ['8', 'Bigger']);
    assert.deepEqual(
      findingsIn(tiny).filter((line) => !line.startsWith('agent-order')),
      [],
    );
  });

  describe('may leave out', () => {
    const cases: readonly [name: string, from: string, to: string, findings: readonly string[]][] = [
      ['the overview', '## Overview', '## Milestone 7.1', ['section-missing 1:1']],
      ['the communication plan', '## Communication Plan', '## Phase 7 Completion', ['section-missing 1:1']],
      ['the next phase', '## Next Phase', '', ['section-missing 1:1']],
      ['cross-agent dependencies', '### Cross-Agent', '## Quality Gates', ['section-missing 1:1']],
      ['the phase entry gate', '### Phase Entry', '### Cross-Agent', ['gate-missing 39:1']],
      ['all dependencies', '## Phase 7 Dependencies', '## Quality Gates', ['section-missing 1:1', 'gate-missing 1:1']],
      ['the completion criteria', '## Phase 7 Completion', '## Next Phase', ['gate-missing 1:1']],
      ['a quality gate', '## Quality Gates', '## Communication Plan', ['gate-missing 7:1']],
      ['an exit gate', '### Exit Gate', '### Tasks', ['gate-missing 7:1']],
    ];
    for (const [name, from, to, findings] of cases) {
      it(`${name}, which is a finding`, () => {
        const text = without(tiny, from, to);
        assert.deepEqual(errorsIn(text), []);
        const found = findingsIn(text).filter((line) => !line.startsWith('agent-order'));
        assert.deepEqual(found.toSorted(), findings.toSorted());
      });
    }
  });

  it('give a gate that is not stated no criteria', () => {
    const plan = planOf(without(tiny, '### Exit Gate', '### Tasks'));
    assert.deepEqual(plan.milestones[0]?.gates.exit, {
      id: '7.1/exit',
      kind: 'exit',
      milestone: '7.1',
      criteria: [],
      line: 7,
    });
  });

  it('may write headings in any case and with any dash', () => {
    let text = edit(tiny, '# Phase 7: Tiny', '# PHASE 7 — Tiny');
    text = edit(text, '## Milestone 7.1: Only One (3 days)', '## milestone 7.1 – Only One (3 Days)');
    text = edit(text, '#### Day 1-2: First Work', '#### Days 1–2: First Work');
    text = edit(text, '### Entry Gate', '### ENTRY GATE');
    text = edit(text, '### Cross-Agent', '### Cross‑agent');
    const { digests: _1, ...plan } = planOf(text);
    const { digests: _2, ...expected } = planOf(tiny);
    assert.deepEqual(plan, expected);
  });

  it('may give a block a single day', () => {
    const text = edit(tiny, 'Day 2-3: Second Work', 'Day 2: Second Work');
    assert.deepEqual(planOf(text).milestones[0]?.lanes[1]?.days, { from: 2, to: 2 });
  });

  it('may have Windows line endings and a byte order mark', () => {
    const { digests: _1, ...plan } = planOf(`\uFEFF${tiny.replaceAll('\n', '\r\n')}`);
    const { digests: _2, ...expected } = planOf(tiny);
    assert.deepEqual(plan, expected);
  });

  it('may number criteria, and use any bullet', () => {
    const text = edit(tiny, '- Work done\n', '1. Work done\n2. Work seen\n');
    assert.deepEqual(
      planOf(text).milestones[0]?.gates.exit.criteria.map(({ id, text: words }) => [id, words]),
      [
        ['7.1/exit/1', 'Work done'],
        ['7.1/exit/2', 'Work seen'],
      ],
    );
  });

  it('keep prose under headings that the format does not know', () => {
    const text = edit(
      tiny,
      '## Quality Gates',
      '## Risks\n\nMany, *really*.\n\n### Of fire\n- It burns\n\n## Quality Gates',
    );
    assert.deepEqual(planOf(text).notes, [
      { heading: 'Risks', text: 'Many, *really*.\n\n### Of fire\n\n- It burns', line: 47 },
    ]);
  });

  it('keep prose beside what is read', () => {
    const text = edit(tiny, '### Exit Gate\n', '### Exit Gate\nAll of these:\n\n');
    assert.deepEqual(planOf(text).notes, [{ heading: 'Exit Gate', text: 'All of these:', line: 12 }]);
  });

  it('may have front matter, comments and a communication plan in prose', () => {
    let text = edit(tiny, '# Phase 7: Tiny', '---\nauthor: us\n---\n\n<!-- a comment -->\n\n# Phase 7: Tiny');
    text = edit(text, '### Daily\n', '- On paper\n\n### Daily\nAloud.\n');
    const plan = planOf(text);
    assert.deepEqual(plan.communication, [
      { title: 'Communication Plan', items: ['On paper'] },
      { title: 'Daily', items: ['Aloud.', 'What was done'] },
    ]);
    assert.deepEqual(plan.notes, [{ heading: 'author: us', text: '', line: 2 }]);
  });

  it('may have milestones that nothing orders: they run side by side', () => {
    const text = edit(phase4, '- **Milestone 4.2 → Milestone 4.3**', '- **Milestone 4.1 → Milestone 4.2**');
    assert.deepEqual(errorsIn(text), []);
    assert.ok(findingsIn(text).includes(`milestone-independent ${placeOf(text, '## Milestone 4.3')}`));
  });

  it('may write arrows in letters, and short numbers', () => {
    const text = edit(phase4, '**Milestone 4.1 → Milestone 4.2**', '4.1 -> 4.2');
    assert.deepEqual(
      planOf(text).milestoneDependencies.map(({ from, to }) => [from, to]),
      [
        ['4.1', '4.2'],
        ['4.2', '4.3'],
      ],
    );
  });

  it('may list contributors with commas and "and"', () => {
    const text = edit(
      phase4,
      'Security Agent (with input from Infrastructure Agent)',
      'Security Agent (with input from Infrastructure, Testing Agent and Legal Agent)',
    );
    assert.deepEqual(planOf(text).milestones[0]?.lanes[2]?.contributors, [
      'Infrastructure Agent',
      'Testing Agent',
      'Legal Agent',
    ]);
  });

  it('never make the compiler throw, whatever lines are lost, repeated or swapped', () => {
    const written = phase4.split('\n');
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(written.length - 1), take: fc.nat(written.length - 1) }), { maxLength: 40 }),
        (edits) => {
          const changed = [...written];
          for (const { at, take } of edits) changed[at] = take % 3 === 0 ? '' : (written[take] ?? '');
          const { plan, problems } = compile(changed.join('\n'));
          assert.equal(
            plan === undefined,
            problems.some(({ severity }) => severity === 'error'),
          );
          for (const { place } of problems) {
            const line = changed[place.line - 1];
            assert.ok(
              line !== undefined && place.column >= 1 && place.column <= line.length + 1,
              JSON.stringify(place),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  }).timeout(20_000);
});

/** A text less everything from one heading to the next, or to the end. */
function without(text: string, from: string, to: string): string {
  const start = text.indexOf(from);
  return text.slice(0, start) + (to === '' ? '' : text.slice(text.indexOf(to, start)));
}
