import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { errorsIn, findingsIn } from './document-text.ts';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/plan-format.md', root), 'utf8');

describe('docs/plan-format.md', () => {
  it('shows a plan that compiles as it stands', () => {
    const example = /^````markdown\n([^]*?)^````$/m.exec(page)?.[1] ?? '';
    assert.deepEqual(errorsIn(example), []);
    assert.deepEqual(
      findingsIn(example).map((line) => line.split(' ')[0]),
      ['agent-order'],
    );
  });

  it('lists every problem that the plan reader reports, and no other', () => {
    const documented = [...page.matchAll(/^\| `([a-z-]+)` +\| (?:error|finding)/gm)].map((match) => match[1] ?? '');
    assert.deepEqual(documented.toSorted(), reportedCodes());
  });
});

/** Codes that are handed to the collector or to the lint report; the playbook's reader has its own page. */
function reportedCodes(): string[] {
  const folder = new URL('src/plan/', root);
  const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const calls = /(?:\b(?:problems|report)\s*\.|this\.#)(?:error|finding)\(\s*['`]([a-z-]+|\$\{kind\}-missing)['`]/g;
  const codes = sources.flatMap((source) => [...source.matchAll(calls)].map((match) => match[1] ?? ''));
  const spelled = codes.flatMap((code) => (code.startsWith('${kind}') ? ['tasks-missing', 'gantt-missing'] : [code]));
  return [...new Set(spelled)].toSorted();
}
