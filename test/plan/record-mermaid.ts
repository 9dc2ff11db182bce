/**
 * Records anew what Mermaid makes of the charts in mermaid-gantt.json: `npm pack mermaid` into some folder, unpack it, and run
 * `TZ=UTC node test/plan/record-mermaid.ts FOLDER/package`. Mermaid is no dependency: its own parser is all that runs here.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

interface MermaidTask {
  readonly section: string;
  readonly task: string;
  readonly id: string;
  readonly startTime: Date;
  readonly endTime: Date;
  readonly renderEndTime: Date | null;
  readonly [tag: string]: unknown;
}

interface MermaidDb {
  clear(): void;
  getTasks(): MermaidTask[];
}

interface MermaidParser {
  parser: { yy: object; parse(text: string): void };
}

const [, , folder = ''] = process.argv;
const chunks = `${folder}/dist/chunks/mermaid.esm`;
const name = readdirSync(chunks).find((file) => /^ganttDiagram-.*\.mjs$/.test(file)) ?? 'ganttDiagram.mjs';
const { diagram } = (await import(pathToFileURL(`${chunks}/${name}`).href)) as {
  readonly diagram: { readonly parser: MermaidParser; readonly db: MermaidDb };
};
// Titles and descriptions go through a sanitiser that needs a browser; nothing hangs on them.
const silent = (): void => undefined;
diagram.parser.parser.yy = {
  ...diagram.db,
  setDiagramTitle: silent,
  setAccTitle: silent,
  setAccDescription: silent,
};

const file = new URL('mermaid-gantt.json', import.meta.url);
const { charts } = JSON.parse(readFileSync(file, 'utf8')) as {
  charts: { readonly name: string; readonly chart: readonly string[] }[];
};
const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { readonly version: string };
const recorded = charts.map(({ name, chart }) => ({ name, chart, bars: barsOf(chart) }));
writeFileSync(file, `${JSON.stringify({ mermaid: version, charts: recorded }, null, 2)}\n`);

/** `null` where Mermaid refuses the chart. A bar is drawn until `renderEndTime`, where it has one. */
function barsOf(lines: readonly string[]): string[] | null {
  const code = ['gantt', ...lines, ''].join('\n');
  diagram.db.clear();
  try {
    // As Mermaid does before it parses a chart.
    diagram.parser.parser.parse(code.replace(/^\s*%%(?!\{)[^\n]+\n?/gm, '').replace(/%%\{.*\}%%/g, ''));
    return diagram.db.getTasks().map((task) => {
      const tags = ['done', 'active', 'crit', 'milestone', 'vert'].filter((tag) => task[tag] === true);
      const times = [task.startTime, task.renderEndTime ?? task.endTime].map((time) => time.toISOString());
      return [task.section, task.id, task.task.trim(), ...times, ...tags].join(' | ');
    });
  } catch {
    return null;
  }
}
