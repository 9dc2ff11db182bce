import { Agents } from './agents.ts';
import { readCommunication, readNextPhase } from './closing-sections.ts';
import { readAgentDependencies, readMilestoneDependencies } from './dependencies.ts';
import { readGate } from './gates.ts';
import { type HeadingKind, headings } from './headings.ts';
import { finishMilestone, type MilestoneDraft, readMilestone } from './milestones.ts';
import type { Plan } from './model.ts';
import { markdownBelow, readOutline, type Section } from './outline.ts';
import { findPhase, readPhaseHeading, reportForeignNumbers } from './phase-heading.ts';
import { readQualityGate, sortQualityGates } from './quality-gates.ts';
import type { Reading, SortedSections } from './reading.ts';
import { markSameCriteria } from './same-criteria.ts';

const partKinds = [
  'overview',
  'milestone',
  'dependencies',
  'quality',
  'communication',
  'completion',
  'next',
] as const satisfies readonly HeadingKind[];

/** Reads a whole plan document. What is wrong goes to the reading's problems; a plan comes out all the same. */
export function readDocument(reading: Reading): Omit<Plan, 'digests'> {
  const phase = findPhase(readOutline(reading.text), reading);
  const heading = readPhaseHeading(phase, reading);
  const parts = reading.sort(phase.sections, partKinds);
  reading.keep(phase.title, phase.content, phase.point.line);
  reportForeignNumbers([...parts.dependencies, ...parts.completion], heading.number, reading);

  const drafts = parts.milestone.map((section) => readMilestone(section, reading));
  reportMilestoneNumbers(drafts, phase, reading);
  const agents = new Agents(reading);
  for (const draft of drafts) for (const block of draft.blocks) agents.meet(block.agent);

  const quality = sortQualityGates(reading.only(parts.quality), drafts, reading);
  const drafted = drafts.map((draft) =>
    finishMilestone(draft, readQualityGate(quality, draft, reading), agents, reading),
  );

  const dependencies = reading.only(parts.dependencies);
  const below = reading.sort(dependencies?.sections ?? [], [
    'phaseEntry',
    'milestoneDependencies',
    'agentDependencies',
  ]);
  if (dependencies !== undefined) reading.keep(dependencies.title, dependencies.content, dependencies.point.line);
  const entry = readGate(
    reading.only(below.phaseEntry),
    { id: 'entry', kind: 'entry' },
    dependencies?.point ?? phase.point,
    reading,
  );
  const completion = readGate(
    reading.only(parts.completion),
    { id: 'completion', kind: 'completion' },
    phase.point,
    reading,
  );
  const milestoneDependencies = readMilestoneDependencies(reading.only(below.milestoneDependencies), drafted, reading);
  const agentDependencies = readAgentDependencies(reading.only(below.agentDependencies), agents, reading);
  const { gates, milestones } = markSameCriteria({ entry, completion }, drafted, milestoneDependencies);
  const overview = reading.only(parts.overview);
  reportAbsent({ ...parts, ...below }, phase, reading);
  const nextPhase = readNextPhase(reading.only(parts.next), heading.number, reading);
  return {
    format: 1,
    ...heading,
    overview: overview === undefined ? '' : markdownBelow(reading.text, overview),
    agents: agents.names,
    milestones,
    gates,
    milestoneDependencies,
    agentDependencies,
    communication: readCommunication(reading.only(parts.communication)),
    ...(nextPhase === undefined ? {} : { nextPhase }),
    notes: reading.notes,
  };
}

/** What a plan can do without; gates that are not stated are reported where they are read. */
const optionalKinds = ['overview', 'agentDependencies', 'communication', 'next'] as const;

function reportAbsent(sorted: SortedSections<(typeof optionalKinds)[number]>, phase: Section, reading: Reading): void {
  for (const kind of optionalKinds) {
    if (sorted[kind].length > 0) continue;
    reading.problems.finding('section-missing', `The plan has no "${headings[kind].form}".`, phase.point);
  }
}

function reportMilestoneNumbers(drafts: readonly MilestoneDraft[], phase: Section, reading: Reading): void {
  if (drafts.length === 0) {
    reading.problems.error('milestones-missing', 'The plan has no milestones.', phase.point, {
      expected: `headings such as "${headings.milestone.form}" below the phase heading`,
    });
  }
  const firstLine = new Map<string, number>();
  for (const { number, section } of drafts) {
    const taken = firstLine.get(number);
    if (taken !== undefined) {
      reading.problems.error(
        'milestone-repeated',
        `The number ${number} is taken by the milestone on line ${taken}.`,
        section.point,
        {
          expected: 'a number that no other milestone has',
        },
      );
    }
    firstLine.set(number, taken ?? section.point.line);
  }
}
