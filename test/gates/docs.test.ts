import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { messages } from '../../src/activities/slices.ts';

const root = new URL('../../', import.meta.url);
const folder = new URL('test/', root);
const page = readFileSync(new URL('docs/gates.md', root), 'utf8');
const decisions = readFileSync(new URL('docs/decisions.md', root), 'utf8');

describe('docs/gates.md and docs/decisions.md', () => {
  it('names tests that exist', () => {
    const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const blocks = [page, decisions].flatMap((text) => text.split('\n\n'));
    const tables = blocks.filter((block) => /^\|.*\| Proved by +\|$/m.test(block.split('\n', 1)[0] ?? ''));
    const cells = tables.flatMap((table) => table.split('\n').map((line) => line.split('|').at(-2) ?? ''));
    const titles = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title));
    assert.ok(titles.length > 40, String(titles.length));
    for (const title of titles)
      assert.ok(
        tests.some((text) => text.includes(title)),
        `no test says "${title}"`,
      );
  });

  it('has a row for every message, with its keys', () => {
    const [, table = ''] = page.split('\n## Messages\n');
    const rows = (table.split('\n| Key')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
    const said = rows.map((row) =>
      row.split('|').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word)),
    );
    const seen = ['round', 'nonce', 'subject'];
    assert.deepEqual(
      said.map(([, name, , needs, takes]) => [name?.[0], needs, takes]).toSorted(),
      Object.entries(messages)
        .map(([name, { needs, takes }]) => [name, needs, takes.filter((key) => !seen.includes(key))])
        .toSorted(),
    );
  });

  it('links to what is there', () => {
    const links = [...`${page}${decisions}`.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    for (const link of links) assert.ok(existsSync(new URL(`docs/${link}`, root)), link);
  });
});
