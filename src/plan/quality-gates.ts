import { readGate } from './gates.ts';
import { headings } from './headings.ts';
import type { MilestoneDraft } from './milestones.ts';
import type { Gate } from './gate-model.ts';
import { didYouMean } from './nearest.ts';
import type { Section } from './outline.ts';
import type { Reading } from './reading.ts';
import { quoteAll } from './text.ts';

/** Reads "Quality Gates": the sections that state one, by milestone number. */
export function sortQualityGates(
  section: Section | undefined,
  milestones: readonly MilestoneDraft[],
  reading: Reading,
): ReadonlyMap<string, readonly Section[]> {
  const { milestoneQuality } = reading.sort(section?.sections ?? [], ['milestoneQuality']);
  if (section !== undefined) reading.keep(section.title, section.content, section.point.line);
  const byMilestone = new Map<string, Section[]>();
  for (const gate of milestoneQuality) {
    const number = milestoneNumber(gate, milestones, reading);
    if (number !== undefined) byMilestone.set(number, [...(byMilestone.get(number) ?? []), gate]);
  }
  return byMilestone;
}

/** The quality gate of one milestone. */
export function readQualityGate(
  stated: ReadonlyMap<string, readonly Section[]>,
  { number, section }: MilestoneDraft,
  reading: Reading,
): Gate {
  const address = { id: `${number}/quality`, kind: 'quality', milestone: number } as const;
  return readGate(reading.only(stated.get(number) ?? []), address, section.point, reading);
}

function milestoneNumber(
  { title, point }: Section,
  milestones: readonly MilestoneDraft[],
  reading: Reading,
): string | undefined {
  const number = /^milestone\s+(\d+(?:\.\d+)*)\s+quality\s+gate$/i.exec(title)?.[1];
  const numbers = milestones.map((milestone) => milestone.number);
  if (number === undefined) {
    reading.problems.error('quality-heading', `"${title}" does not name a milestone.`, point, {
      expected: `"${headings.milestoneQuality.form}"`,
    });
  } else if (!numbers.includes(number)) {
    const suggestion = didYouMean(number, numbers);
    reading.problems.error(
      'milestone-unknown',
      `The plan has no milestone "${number}".`,
      reading.locate(number, point),
      {
        expected: `one of ${quoteAll(numbers)}`,
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    );
  } else return number;
  return undefined;
}
