import type { Block, Cell, Report, Section, Table } from './blocks.ts';
import { html } from './escape.ts';
import { ganttSvg } from './gantt-svg.ts';
import { STYLE } from './style.ts';
import { trendChart } from './trend.ts';

/** Draws a report as one HTML page that needs no other file and runs nothing. Text from outside is escaped. */
export function htmlPage({ sections, ...report }: Report): string {
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;
  return htmlFrame(report, { main: sectionsInHtml(sections), head: policy, style: STYLE });
}

/** What stands around the content of every page. */
export function htmlFrame(
  { title, lead, foot }: Omit<Report, 'sections'>,
  { main, head = '', style }: { readonly main: string; readonly head?: string; readonly style: string },
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}
<meta name="color-scheme" content="light dark">
<title>${html(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<h1>${html(title)}</h1>
<p class="lead">${html(lead)}</p>
${main}
</main>
<footer><p>${html(foot)}</p></footer>
</body>
</html>
`;
}

/** Sections that have no blocks are left out. */
export function sectionsInHtml(sections: readonly Section[]): string {
  return sections
    .filter(({ blocks }) => blocks.length > 0)
    .map(sectionOf)
    .join('\n');
}

function sectionOf({ title, blocks }: Section, index: number): string {
  const id = `s${String(index + 1)}`;
  return `<section aria-labelledby="${id}">\n<h2 id="${id}">${html(title)}</h2>\n${blocks.map(blockOf).join('\n')}\n</section>`;
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h3>${html(block.text)}</h3>`;
    case 'paragraph':
      return `<p>${html(block.text)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((one) => `<li>${cellOf(one)}</li>`).join('\n')}\n</ul>`;
    case 'table':
      return scrolling(block.caption, tableOf(block));
    case 'details':
      return `<details><summary>${html(block.summary)}</summary>\n${block.blocks.map(blockOf).join('\n')}\n</details>`;
    case 'gantt':
      return scrolling(block.chart.title, ganttSvg(block.chart));
    case 'trend':
      return scrolling('Results of suites from run to run', trendChart(block));
  }
}

/** Scrolls by itself where the page is narrow, also with the keyboard. */
function scrolling(label: string, content: string): string {
  return `<div class="scroll" role="group" aria-label="${html(label)}" tabindex="0">${content}</div>`;
}

function tableOf({ caption, head, rows }: Table): string {
  const heads = head.map((one) => `<th scope="col">${html(one)}</th>`).join('');
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((one) => `<td>${cellOf(one)}</td>`).join('');
    return `<tr><th scope="row">${cellOf(first)}</th>${cells}</tr>`;
  });
  return `<table>
<caption>${html(caption)}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>`;
}

function cellOf(cell: Cell): string {
  return typeof cell === 'string' ? html(cell) : `<code>${html(cell.command)}</code>`;
}
