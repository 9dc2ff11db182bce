import type { Agents } from './agents.ts';
import type { DayBlock } from './day-blocks.ts';
import type { Gantt, GanttBar, GanttSection } from './gantt.ts';
import type { Lane, Task } from './model.ts';
import type { Point } from './problem-collector.ts';
import type { Reading } from './reading.ts';
import { quoteAll } from './text.ts';
import { titleSimilarity } from './title-similarity.ts';

/**
 * Joins day blocks and Gantt sections into lanes, first with first, second with second. Reported where their numbers differ,
 * or where titles say that two were swapped; each section then still becomes a lane, so that its tasks are known.
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
  // Where one side is missing altogether, that has been reported.
  if (blocks.length === 0 || sections.length === 0) return undefined;
  if (blocks.length !== sections.length) {
    return `${blocks.length} "Day x-y" blocks do not go with ${sections.length} Gantt sections.`;
  }
  for (const [index, block] of blocks.entries()) {
    const better = sections.findIndex((_, other) => fitsBetter(blocks, sections, index, other));
    const section = sections[better];
    if (section !== undefined) {
      return `The block "${block.title}" goes with the section "${section.title}", which stands elsewhere in order.`;
    }
  }
  return undefined;
}

/** Whether a block and another section are more alike than either is with its own partner. */
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
