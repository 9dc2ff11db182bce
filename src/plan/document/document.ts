import { toString } from 'mdast-util-to-string';
import { singleLine } from '../../base/text.ts';
import type { CommunicationTopic, NextPhase, Plan } from '../model.ts';
import { Agents } from './agents.ts';
import { readAgentDependencies, readMilestoneDependencies } from './dependencies.ts';
import { markSameCriteria, readGate } from './gates.ts';
import { type HeadingKind, headingKind, headings } from './headings.ts';
import {
  finishMilestone,
  type MilestoneDraft,
  readMilestone,
  readQualityGate,
  sortQualityGates,
} from './milestones.ts';
import { listItems, markdownBelow, readOutline, type Section } from './outline.ts';
import type { Reading, SortedSections } from './reading.ts';

const partKinds = [
  'overview',
  'milestone',
  'dependencies',
  'quality',
  'communication',
  'completion',
  'next',
] as const satisfies readonly HeadingKind[];

/** Reads a whole plan document. Problems are added to `reading.problems`; the function returns a plan even when there are errors. */
export function readDocument(reading: Reading): Omit<Plan, 'digests'> {
  const phase = findPhase(readOutline(reading.text), reading);
  const heading = readPhaseHeading(phase, reading);
  const parts = reading.sort(phase.sections, partKinds);
  reading.keep(phase.title, phase.content, phase.point.line);
  reportForeignNumbers([...parts.dependencies, ...parts.completion], heading.number, reading);

  const drafts = parts.milestone.map((section) => readMilestone(section, reading));
  reportMilestoneNumbers(drafts, phase, reading);
  const agents = new Agents(reading);
  for (const draft of drafts) for (const block of draft.blocks) agents.add(block.agent);

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

/** Headings that a plan may leave out, with a finding. A missing gate is reported by `readGate`. */
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

/** Reads the communication plan: one topic for each heading below it, and one for the text directly below its own heading. */
function readCommunication(section: Section | undefined): CommunicationTopic[] {
  if (section === undefined) return [];
  const own = topicOf(section);
  return [...(own.items.length === 0 ? [] : [own]), ...section.sections.flatMap(topicsOf)];
}

function topicsOf(section: Section): CommunicationTopic[] {
  return [topicOf(section), ...section.sections.flatMap(topicsOf)];
}

function topicOf(section: Section): CommunicationTopic {
  const items = section.content.flatMap((node) =>
    node.type === 'list' ? listItems([node]).map(({ text }) => text) : singleLine(toString(node)),
  );
  return { title: section.title, items: items.filter((item) => item !== '') };
}

/** Matches "Phase 5: Title" within a sentence. The title ends before a verb such as "begins", or at punctuation. */
const titledPhase =
  /\bphase\s+(\d+(?:\.\d+)*)\s*[:\u2013\u2014-]\s*([^.;]+?)(?=\s+(?:will|shall|begins?|starts?|commences?|follows?|is|can|may|takes)\b|[.;,]|$)/i;

/** Reads the "Next Phase" section. A number without a title is enough, unless it is the number of this phase. */
function readNextPhase(section: Section | undefined, own: string, reading: Reading): NextPhase | undefined {
  if (section === undefined) return undefined;
  reading.keepRest(section, () => true);
  const text = singleLine(section.content.map((node) => toString(node)).join(' '));
  const [, number, title] = titledPhase.exec(text) ?? [];
  if (number !== undefined && title !== undefined) return { number, title, text };
  const named = [...text.matchAll(/\bphase\s+(\d+(?:\.\d+)*)/gi)].map((match) => match[1]);
  const next = named.find((one) => one !== own);
  return next === undefined ? { text } : { number: next, text };
}

/**
 * Finds the first section with the heading of a phase. If there is none, it returns the first section, or the document itself when the
 * first section is a part of a plan (such as a milestone), so that the rest is read in either case.
 */
function findPhase(root: Section, reading: Reading): Section {
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
function readPhaseHeading(phase: Section, reading: Reading): Pick<Plan, 'number' | 'title'> {
  const match = /^phase\s+(\d+(?:\.\d+)*)\s*(?::|\s[-\u2010-\u2015\u2212]\s)\s*(.+)$/i.exec(phase.title);
  const [, number, title] = match ?? [];
  if (number !== undefined && title !== undefined) return { number, title };
  reading.problems.error('phase-heading', 'The plan does not begin with the heading of a phase.', phase.point, {
    expected: `"# ${headings.phase.form}"`,
  });
  return { number: /\d+/.exec(phase.title)?.[0] ?? '', title: phase.title };
}

/** Reports headings such as "Phase 3 Dependencies" in the plan of phase 4, which are left over from a copied plan. */
function reportForeignNumbers(sections: readonly Section[], number: string, reading: Reading): void {
  for (const { title, point } of sections) {
    const named = /^phase\s+(\S+)/i.exec(title)?.[1];
    if (named === undefined || named === number || number === '') continue;
    reading.problems.error('phase-number', `"${title}" names another phase than this one.`, point, {
      expected: `"${title.replace(named, number)}"`,
    });
  }
}
