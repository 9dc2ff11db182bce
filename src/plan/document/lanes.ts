import { counted, normalise, quoteAll } from '../../base/text.ts';
import type { Gantt, GanttBar, GanttSection } from '../gantt/model.ts';
import type { Bullet, Lane, Task } from '../model.ts';
import type { Point } from '../problems.ts';
import { type AgentLine, type Agents, readAgentLine } from './agents.ts';
import { headings, misspeltLabel } from './headings.ts';
import { isList, type Item, listItems, reportTicks, type Section } from './outline.ts';
import type { Reading } from './reading.ts';

/**
 * Joins day blocks and Gantt sections into lanes, by position. It reports an error when their numbers differ, or when their titles
 * suggest another order. Even then each section becomes a lane, so that its tasks are known.
 */
export function joinLanes(
  milestone: string,
  blocks: readonly DayBlock[],
  gantt: Gantt,
  agents: Agents,
  at: Point,
  reading: Reading,
): Lane[] {
  const reason = whyNotJoined(blocks, gantt.sections);
  if (reason !== undefined) {
    reading.problems.error('lanes', `${reason} ${listBoth(blocks, gantt.sections)}`, at, {
      expected: 'one Gantt section for each "Day x-y" block, in the same order',
    });
  }
  return gantt.sections.map((section, index) => {
    const block = blocks[index];
    const agent = block === undefined ? '' : (agents.find(block.agent.responsible) ?? '');
    const contributors = block === undefined ? [] : agents.contributors(block.agent);
    return {
      id: `${milestone}/${index + 1}`,
      title: section.title,
      blockTitle: block?.title ?? section.title,
      days: block?.days ?? { from: 1, to: 1 },
      agent,
      contributors,
      bullets: block?.bullets ?? [],
      tasks: section.bars.map((bar) => taskOf(bar, milestone, agent, contributors)),
      line: block?.point.line ?? section.point.line,
    };
  });
}

function taskOf(bar: GanttBar, milestone: string, agent: string, contributors: readonly string[]): Task {
  const { id, title, tags, start, days, startsAt, dueAt, point } = bar;
  return {
    ref: `${milestone}/${id}`,
    id,
    title,
    agent,
    contributors,
    tags,
    start,
    days,
    ...(startsAt === undefined || dueAt === undefined ? {} : { startsAt, dueAt }),
    after: bar.after.map((one) => `${milestone}/${one}`),
    needs: [],
    inputs: [],
    steps: [],
    covers: [],
    line: point.line,
  };
}

function whyNotJoined(blocks: readonly DayBlock[], sections: readonly GanttSection[]): string | undefined {
  // A missing side has been reported already.
  if (blocks.length === 0 || sections.length === 0) return undefined;
  if (blocks.length !== sections.length) {
    const written = counted(blocks.length, '"Day x-y" block');
    return `${written} cannot be joined with ${counted(sections.length, 'Gantt section')}.`;
  }
  for (const [index, block] of blocks.entries()) {
    const better = sections.findIndex((_, other) => fitsBetter(blocks, sections, index, other));
    const section = sections[better];
    if (section !== undefined) {
      return `The block "${block.title}" matches the section "${section.title}", which is in another position.`;
    }
  }
  return undefined;
}

/** True when a block is more similar to another section than both are to their own partners. */
function fitsBetter(
  blocks: readonly DayBlock[],
  sections: readonly GanttSection[],
  block: number,
  section: number,
): boolean {
  const alike = (a: number, b: number): number => titleSimilarity(blocks[a]?.title ?? '', sections[b]?.title ?? '');
  const score = alike(block, section);
  return block !== section && score > alike(block, block) && score > alike(section, section);
}

function listBoth(blocks: readonly DayBlock[], sections: readonly GanttSection[]): string {
  return `Blocks: ${quoteAll(blocks.map(({ title }) => title))}. Sections: ${quoteAll(sections.map(({ title }) => title))}.`;
}

/** A "Day x-y" block: the half of a lane that names its agents and lists its bullets. */
export interface DayBlock {
  readonly title: string;
  readonly days: Lane['days'];
  readonly agent: AgentLine;
  readonly bullets: readonly Bullet[];
  readonly point: Point;
}

/** Reads the blocks below "Tasks". */
export function readDayBlocks(tasks: Section, reading: Reading): DayBlock[] {
  const { day } = reading.sort(tasks.sections, ['day']);
  reading.keep(tasks.title, tasks.content, tasks.point.line);
  if (day.length === 0) {
    reading.problems.error('tasks-empty', `"${tasks.title}" has no day blocks.`, tasks.point, {
      expected: `headings such as "${headings.day.form}" below it`,
    });
  }
  return day.map((section) => readBlock(section, reading));
}

function readBlock(section: Section, reading: Reading): DayBlock {
  const { title, days } = readHeading(section, reading);
  let agent: AgentLine = { responsible: '', contributors: [], everyOther: false, point: section.point };
  let activities: Item | undefined;
  for (const item of listItems(section.content)) {
    const [, label = '', value = ''] = /^([^:]*):?\s*(.*)$/.exec(item.text) ?? [];
    const key = normalise(labelMeant(label, item, reading));
    if (isAgentLabel(key)) agent = readAgentLine(value, key.endsWith('agents'), item.point, reading);
    else if (key === 'activities') activities = item;
    else reading.notes.push({ heading: section.title, text: item.text, line: item.point.line });
  }
  reading.keepRest(section, isList);
  if (agent.responsible === '') {
    reading.problems.finding('agent-none', `"${section.title}" names no responsible agent.`, section.point, {
      suggestion: 'Write "- **Responsible Agent**: Some Agent" below it.',
    });
  }
  return { title, days, agent, bullets: readBullets(section, activities, reading), point: section.point };
}

function isAgentLabel(key: string): boolean {
  return /^responsible( sub)?[ -]?agents?$/.test(key);
}

/** Reports a misspelt label and reads it as the known one, so that it causes no further errors. */
function labelMeant(label: string, { point }: Item, { problems }: Reading): string {
  const meant = isAgentLabel(normalise(label)) ? undefined : misspeltLabel(label);
  if (meant === undefined) return label;
  problems.error('label-misspelt', `The label "${label.trim()}" is not known.`, point, {
    expected: `"- **${meant}**:"`,
    suggestion: `Did you mean "${meant}"?`,
  });
  return meant;
}

/** Reads "Day 1-2: Title", with any kind of dash, or "Day 3: Title". */
function readHeading(section: Section, reading: Reading): Pick<DayBlock, 'title' | 'days'> {
  const match =
    /^days?\s+(\d+)(?:\s*(?:[-\u2010-\u2015\u2212]|to)\s*(?:day\s+)?(\d+))?\s*(?::|\s[-\u2013\u2014]\s)\s*(.+)$/i.exec(
      section.title,
    );
  const from = Number(match?.[1] ?? 1);
  const to = Number(match?.[2] ?? from);
  if (match === null || from < 1 || to < from) {
    reading.problems.error('day-heading', `"${section.title}" does not name its days.`, section.point, {
      expected: `"${headings.day.form}" or "Day 3: Title", counted from 1, the first day before the last`,
    });
  }
  return { title: match?.[3] ?? section.title, days: { from, to: Math.max(from, to) } };
}

function readBullets(section: Section, activities: Item | undefined, reading: Reading): Bullet[] {
  const items = activities?.items ?? [];
  if (items.length === 0) {
    reading.problems.error(
      'activities-missing',
      `"${section.title}" lists no activities.`,
      activities?.point ?? section.point,
      {
        expected: '"- **Activities**:" and a list below it',
      },
    );
  }
  reportTicks(items, 'work is done when its tasks are', reading.problems);
  return items.map((item, index) => {
    if (item.items.length > 0) {
      reading.problems.error(
        'activities-nested',
        'Activities are one list, without lists below its lines.',
        item.point,
        {
          expected: 'one bullet for each thing that is done',
        },
      );
    }
    return { number: index + 1, text: item.text, line: item.point.line };
  });
}

const fillers = new Set(['and', 'or', 'of', 'the', 'for', 'with', 'to']);

/** Similarity of two titles, from 0 to 1: the share of words that they have in common. */
function titleSimilarity(a: string, b: string): number {
  const wordsA = contentWords(a);
  const wordsB = contentWords(b);
  if (wordsA.length + wordsB.length === 0) return 0;
  const shared = wordsA.filter((word) => wordsB.some((other) => sameWord(word, other))).length;
  return (2 * shared) / (wordsA.length + wordsB.length);
}

function contentWords(title: string): string[] {
  const words = normalise(title).match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)].filter((word) => !fillers.has(word));
}

/** Treats a word and an abbreviation of it as the same ("Auth" and "Authentication"), and likewise "Component" and "Components". */
function sameWord(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short === long || (short.length >= 4 && long.startsWith(short));
}
