import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { sourcesIn } from '../support/sources.ts';
import { errorsIn, findingsIn } from './document-text.ts';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/plan-format.md', root), 'utf8');

/** Tokens of Mermaid's Gantt grammar, and the words that its database looks for in a bar's data. */
const mermaidKeywords = [
  ...['gantt', 'title', 'section', 'dateFormat', 'inclusiveEndDates', 'topAxis', 'axisFormat', 'tickInterval'],
  ...['includes', 'excludes', 'todayMarker', 'weekday', 'weekend', 'accTitle', 'accDescr', 'accDescription'],
  ...['click', 'href', 'call', '%%', '%%{...}%%', '---', 'displayMode', 'after', 'until'],
  ...['active', 'done', 'crit', 'milestone', 'vert', 'ms', 's', 'm', 'h', 'd', 'w', 'M', 'y', 'x', 'X'],
];

describe('docs/plan-format.md', () => {
  it('shows a plan that compiles as it stands', () => {
    const example = /^````markdown\n([^]*?)^````$/m.exec(page)?.[1] ?? '';
    assert.deepEqual(errorsIn(example), []);
    assert.deepEqual(
      findingsIn(example).map((line) => line.split(' ')[0]),
      ['agent-order'],
    );
  });

  describe('has a row for every keyword of the Gantt', () => {
    const table = page.slice(page.indexOf('### Every keyword'), page.indexOf('## Dependencies'));
    const rows = table.split('\n').filter((line) => line.startsWith('|'));
    const said = (line: string, cell: number): string[] =>
      [...(line.split(/(?<!\\)\|/).at(cell) ?? '').matchAll(/`([^`]+)`/g)].map(([, words = '']) => words);

    it('of Mermaid, its words for bars and dates among them', () => {
      const keywords = rows.flatMap((row) => said(row, 1));
      assert.deepEqual(
        mermaidKeywords.filter((keyword) => !keywords.includes(keyword)),
        [],
      );
    });

    it('with tests that exist', () => {
      const folder = new URL('test/', root);
      const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => readFileSync(new URL(file, folder), 'utf8'));
      const recorded = JSON.parse(readFileSync(new URL('plan/mermaid-gantt.json', folder), 'utf8')) as {
        readonly charts: readonly { readonly name: string }[];
      };
      for (const row of rows.slice(2)) {
        const titles = said(row, -2);
        assert.notDeepEqual(titles, [], row);
        for (const title of titles) {
          const exists =
            recorded.charts.some(({ name }) => name === title) || sources.some((text) => text.includes(title));
          assert.ok(exists, `no test is called "${title}"`);
        }
      }
    });
  });

  it('lists every problem that the plan reader reports, and no other', () => {
    const documented = [...page.matchAll(/^\| `([a-z-]+)` +\| (?:error|finding)/gm)].map((match) => match[1] ?? '');
    assert.deepEqual(documented.toSorted(), reportedCodes());
  });
});

/** Codes that are handed to the collector or to the lint report; the playbook's reader has its own page. */
function reportedCodes(): string[] {
  const calls = /(?:\b(?:problems|report)\s*\.|this\.#)(?:error|finding)\(\s*['`]([a-z-]+|\$\{kind\}-missing)['`]/g;
  const codes = sourcesIn('plan').flatMap((source) => [...source.matchAll(calls)].map((match) => match[1] ?? ''));
  const spelled = codes.flatMap((code) => (code.startsWith('${kind}') ? ['tasks-missing', 'gantt-missing'] : [code]));
  return [...new Set(spelled)].toSorted();
}
