import { inert, table as markdownTable } from '../../base/markdown.ts';
import { plainLine } from '../../base/text.ts';
import type { Block, Cell, Report } from './blocks.ts';
import { ganttMermaid } from './gantt-mermaid.ts';

/** Draws a report as Markdown, with Mermaid for the chart. Text from outside is escaped. */
export function markdownPage({ title, lead, sections, foot }: Report): string {
  const parts = sections
    .filter(({ blocks }) => blocks.length > 0)
    .flatMap((one) => [`## ${inert(one.title)}`, ...one.blocks.flatMap(blockOf)]);
  return `${[`# ${inert(title)}`, inert(lead), ...parts, '---', inert(foot)].join('\n\n')}\n`;
}

function blockOf(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
      return [`### ${inert(block.text)}`];
    case 'paragraph':
      return [inert(block.text)];
    case 'list':
      return [block.items.map((one) => `- ${cellOf(one)}`).join('\n')];
    case 'table':
      return [
        `**${inert(block.caption)}**`,
        markdownTable(
          block.head,
          block.rows.map((row) => row.map(textOf)),
          'none',
        ),
      ];
    case 'details':
      return block.blocks.flatMap(blockOf);
    case 'gantt':
      return [`\`\`\`mermaid\n${ganttMermaid(block.chart)}\n\`\`\``];
    case 'trend':
      // The table beside it has the numbers.
      return [];
  }
}

function cellOf(cell: Cell): string {
  return typeof cell === 'string' ? inert(cell) : code(cell.command);
}

/** Tables escape their cells, so a command stands there as text. */
function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.command;
}

/** One more backtick than the text has in a row: it cannot end the code. */
function code(text: string): string {
  const line = plainLine(text, Infinity);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${line} ${fence}`;
}
