import { type AgentLine, readAgentLine } from './agents.ts';
import { headings } from './headings.ts';
import { isList, type Item, listItems, reportTicks } from './list-items.ts';
import type { Bullet, Lane } from './model.ts';
import type { Section } from './outline.ts';
import type { Point } from './problem-collector.ts';
import type { Reading } from './reading.ts';
import { normalise } from './text.ts';

/** A "Day x-y" block: the half of a lane that says who does what. */
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
    const [, key = '', value = ''] = /^([^:]*):?\s*(.*)$/.exec(item.text) ?? [];
    if (/^responsible( sub)?[ -]?agents?$/.test(normalise(key)))
      agent = readAgentLine(value, /agents$/.test(normalise(key)), item.point, reading);
    else if (/^activities$/.test(normalise(key))) activities = item;
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

/** "Day 1-2: Title"; any dash will do, and a single day stands for itself. */
function readHeading(section: Section, reading: Reading): Pick<DayBlock, 'title' | 'days'> {
  const match =
    /^days?\s+(\d+)(?:\s*(?:[-\u2010-\u2015\u2212]|to)\s*(?:day\s+)?(\d+))?\s*(?::|\s[-\u2013\u2014]\s)\s*(.+)$/i.exec(
      section.title,
    );
  const from = Number(match?.[1] ?? 1);
  const to = Number(match?.[2] ?? from);
  if (match === null || from < 1 || to < from) {
    reading.problems.error('day-heading', `"${section.title}" does not say which days it takes.`, section.point, {
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
