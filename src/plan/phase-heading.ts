import { headingKind, headings } from './headings.ts';
import type { Plan } from './model.ts';
import type { Section } from './outline.ts';
import type { Reading } from './reading.ts';

/**
 * The first section whose heading is that of a phase. Failing that, the first section at all, or the document itself where
 * even that is a part of a plan: what stands below is then still read.
 */
export function findPhase(root: Section, reading: Reading): Section {
  const [first] = root.sections;
  const named = root.sections.find((section) => headingKind(section.title) === 'phase');
  const phase = named ?? (first === undefined || headingKind(first.title) !== undefined ? root : first);
  if (phase === root) return root;
  reading.sort(
    root.sections.filter((section) => section !== phase),
    [],
  );
  reading.keep('', root.content, 1);
  return phase;
}

/** "Phase 4: Implementation Execution" */
export function readPhaseHeading(phase: Section, reading: Reading): Pick<Plan, 'number' | 'title'> {
  const match = /^phase\s+(\d+(?:\.\d+)*)\s*(?::|\s[-\u2010-\u2015\u2212]\s)\s*(.+)$/i.exec(phase.title);
  const [, number, title] = match ?? [];
  if (number !== undefined && title !== undefined) return { number, title };
  reading.problems.error('phase-heading', 'The plan does not begin with the heading of a phase.', phase.point, {
    expected: `"# ${headings.phase.form}"`,
  });
  return { number: /\d+/.exec(phase.title)?.[0] ?? '', title: phase.title };
}

/** "Phase 3 Dependencies" in the plan of phase 4 was copied and not looked at. */
export function reportForeignNumbers(sections: readonly Section[], number: string, reading: Reading): void {
  for (const { title, point } of sections) {
    const named = /^phase\s+(\S+)/i.exec(title)?.[1];
    if (named === undefined || named === number || number === '') continue;
    reading.problems.error('phase-number', `"${title}" names another phase than this one.`, point, {
      expected: `"${title.replace(named, number)}"`,
    });
  }
}
