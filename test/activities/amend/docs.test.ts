import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/amending.md', root), 'utf8');

describe('docs/amending.md', () => {
  it('names tests that exist', () => {
    const folder = new URL('test/', root);
    const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const tables = page.split('\n\n').filter((block) => /^\|.*\| Proved by +\|$/m.test(block.split('\n', 1)[0] ?? ''));
    const cells = tables.flatMap((table) => table.split('\n').map((line) => line.split('|').at(-2) ?? ''));
    const titles = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title));
    assert.ok(titles.length > 25, String(titles.length));
    for (const title of titles) {
      assert.ok(
        tests.some((text) => text.includes(`it('${title}'`)),
        `no test says "${title}"`,
      );
    }
  });
});
