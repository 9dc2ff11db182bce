import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { StackStatus } from '@aws-sdk/client-cloudformation';
import { environmentKeys } from '../../../../src/plan/playbook/environments.ts';
import { stacksSection } from '../../../../src/activities/stacks/section.ts';

const root = new URL('../../../../', import.meta.url);
const folder = new URL('test/', root);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/deployments.md');

/** Lines of the table under a heading, without its own. */
function rows(heading: string): string[] {
  const section = page.split(/^###? /m).find((text) => text.startsWith(heading)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
}

describe('docs/deployments.md', () => {
  const tables = ['The first move', 'Killed at any moment', 'Faults'];

  it('names tests that exist, one in each row', () => {
    const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'));
    for (const row of tables.flatMap(rows)) {
      const titles = [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, title = '']) => title);
      assert.ok(titles.length > 0, `no test in "${row}"`);
      for (const title of titles)
        assert.ok(
          tests.some((text) => text.includes(title)),
          `no test says "${title}"`,
        );
    }
    assert.ok(tables.every((heading) => rows(heading).length > 8));
  });

  it('says what is done with every status that CloudFormation knows', () => {
    const statuses = rows('The first move').flatMap((row) => /^\| `(\w+)`/.exec(row)?.[1] ?? []);
    assert.deepEqual(statuses.toSorted(), Object.values(StackStatus).toSorted());
  });

  it('links to what is there', () => {
    const links = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    for (const link of links) assert.ok(existsSync(new URL(`docs/${link}`, root)), link);
  });
});

describe('docs/playbook.md', () => {
  it('lists every key of environments and stacks', () => {
    const playbook = read('docs/playbook.md');
    for (const [where, keys] of [
      ['environments', environmentKeys([stacksSection])],
      ['stacks', stacksSection.entryKeys],
    ] as const) {
      for (const key of keys) {
        const listed = new RegExp(`^\\| \`(${where}\\.NAME\\.)?${key}\` +\\|`, 'm');
        assert.match(playbook, listed, `${where}.NAME.${key}`);
      }
    }
  });
});
