import type { Code } from 'mdast';
import { didYouMean } from '../../base/match.ts';
import { days, quoteAll } from '../../base/text.ts';
import type { Field } from '../gantt/bar.ts';
import { isGantt, readGantt } from '../gantt/chart.ts';
import type { Gantt } from '../gantt/model.ts';
import type { Gate } from '../gate-model.ts';
import type { Milestone } from '../model.ts';
import type { Agents } from './agents.ts';
import { readGate } from './gates.ts';
import { type HeadingKind, headings } from './headings.ts';
import { type DayBlock, joinLanes, readDayBlocks } from './lanes.ts';
import { pointOf, type Section } from './outline.ts';
import type { Reading } from './reading.ts';

/** A milestone's own section, read as far as possible before the agents of the other milestones are known. */
export interface MilestoneDraft {
  readonly number: string;
  readonly title: string;
  /** Absent where the heading declares none. */
  readonly declaredDays: number | undefined;
  readonly entry: Gate;
  readonly exit: Gate;
  readonly blocks: readonly DayBlock[];
  readonly gantt: Gantt;
  readonly section: Section;
  readonly ganttSection: Section | undefined;
}

export function readMilestone(section: Section, reading: Reading): MilestoneDraft {
  const heading = readHeading(section, reading);
  const sorted = reading.sort(section.sections, ['entry', 'exit', 'tasks', 'gantt']);
  reading.keep(section.title, section.content, section.point.line);
  const { number } = heading;
  const tasks = required(reading.only(sorted.tasks), 'tasks', section, reading);
  const ganttSection = required(reading.only(sorted.gantt), 'gantt', section, reading);
  const gate = (kind: 'entry' | 'exit'): Gate =>
    readGate(reading.only(sorted[kind]), { id: `${number}/${kind}`, kind, milestone: number }, section.point, reading);
  return {
    ...heading,
    entry: gate('entry'),
    exit: gate('exit'),
    blocks: tasks === undefined ? [] : readDayBlocks(tasks, reading),
    gantt: readChart(ganttSection, reading),
    section,
    ganttSection,
  };
}

/** Completes a milestone once all agents of the phase are known: "all subagents" then stands for a list of names. */
export function finishMilestone(draft: MilestoneDraft, quality: Gate, agents: Agents, reading: Reading): Milestone {
  const { number, title, declaredDays, entry, exit, blocks, gantt, section, ganttSection } = draft;
  const point = ganttSection?.point ?? section.point;
  if (declaredDays === undefined) {
    reading.problems.finding('milestone-days', `Milestone ${number} declares no days.`, section.point, {
      expected: `"(${days(Math.ceil(gantt.plannedDays))})" at the end of its heading, which is what its Gantt needs`,
    });
  }
  return {
    number,
    title,
    declaredDays: declaredDays ?? Math.ceil(gantt.plannedDays),
    plannedDays: gantt.plannedDays,
    gates: { entry, exit, quality },
    lanes: joinLanes(number, blocks, gantt, agents, point, reading),
    line: section.point.line,
  };
}

function required(
  found: Section | undefined,
  kind: HeadingKind,
  milestone: Section,
  reading: Reading,
): Section | undefined {
  if (found === undefined) {
    const { form } = headings[kind];
    reading.problems.error(`${kind}-missing`, `"${milestone.title}" has no "${form}".`, milestone.point, {
      expected: `a heading "${form}" below it`,
    });
  }
  return found;
}

/** "Milestone 4.1: Environment Setup (5 days)" */
function readHeading(section: Section, reading: Reading): Pick<MilestoneDraft, 'number' | 'title' | 'declaredDays'> {
  const match =
    /^milestone\s+(\d+(?:\.\d+)*)\s*(?::|\s[-\u2010-\u2015\u2212]\s)\s*(.+?)(?:\s*\((\d+(?:\.\d+)?)\s+days?\))?$/i.exec(
      section.title,
    );
  // "(five days)" or "(2 weeks)" is an attempt to declare days, not a part of the title.
  const isOdd = match?.[3] === undefined && /\((?:\s*\d|[^()]*\bdays?\b)[^()]*\)$/i.test(section.title);
  if (match === null || isOdd) {
    reading.problems.error(
      'milestone-heading',
      `"${section.title}" is not the heading of a milestone.`,
      section.point,
      {
        expected: `"${headings.milestone.form}"`,
      },
    );
  }
  // 0 keeps a heading that has an error already from being reported as one that declares no days.
  const declared = match === null || isOdd ? 0 : match[3];
  const number = match?.[1] ?? /\d+(?:\.\d+)*/.exec(section.title)?.[0] ?? section.title;
  return {
    number,
    title: match?.[2] ?? section.title,
    declaredDays: declared === undefined ? undefined : Number(declared),
  };
}

function readChart(section: Section | undefined, reading: Reading): Gantt {
  const none: Gantt = { sections: [], plannedDays: 0 };
  if (section === undefined) return none;
  const isChart = (node: { type: string }): node is Code => node.type === 'code';
  const charts = section.content
    .filter(isChart)
    .filter((code) => /^mermaid$/i.test(code.lang ?? '') && isGantt(code.value));
  const [chart, second] = charts;
  reading.keepRest(section, (node) => node === chart);
  if (second !== undefined) {
    reading.problems.error('gantt-repeated', `"${section.title}" holds more than one Gantt chart.`, pointOf(second), {
      expected: 'one chart for the milestone',
    });
  }
  if (chart === undefined) {
    reading.problems.error('gantt-missing', `"${section.title}" has no Gantt chart.`, section.point, {
      expected: 'a block that begins with ```mermaid and holds a "gantt" chart',
    });
    return none;
  }
  return readGantt(linesWithin(chart, reading), reading.problems);
}

/** The lines between the fences. They are taken from the document, so that columns of problems are those of the file. */
function linesWithin(chart: Code, reading: Reading): Field[] {
  const first = pointOf(chart).line + 1;
  const count = chart.value === '' ? 0 : chart.value.split('\n').length;
  return reading.lines.slice(first - 1, first - 1 + count).map((text, index) => ({
    text,
    point: { line: first + index, column: 1 },
  }));
}

/** Sorts the sections below "Quality Gates" by milestone number. */
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

/** Reads the quality gate of one milestone. */
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
