import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { sourcesIn } from '../support/sources.ts';
import { kinds } from '../../src/activities/registry.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import { phase4 } from './document-text.ts';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/playbook.md', root), 'utf8');

describe('docs/playbook.md', () => {
  it('shows a playbook that compiles as it stands', () => {
    const text = /^```yaml\n(people:[^]*?)^```$/m.exec(page)?.[1] ?? '';
    const outputs = (...names: string[]) =>
      `Parameters: { Vpc: { Type: String, Default: '' } }\nResources: {}\nOutputs: { ${names.map((name) => `${name}: {}`).join(', ')} }`;
    const templates = {
      'infra/network.yaml': outputs('VpcId'),
      'infra/roles.yaml': outputs(),
      'infra/storage.yaml': outputs('Bucket'),
      'infra/audit.yaml': outputs(),
    };
    const source = { file: 'playbook.yaml', text, phase: 'phase-4', templates, kinds };
    const { plan, problems } = compilePlan({ file: 'plan.md', text: phase4 }, source);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.ok(plan?.people);
  });

  it('lists every problem that the playbook compiler reports, and no other', () => {
    const documented = [...page.matchAll(/^\| `([a-z-]+)` +\| (?:error|finding)/gm)].map((match) => match[1] ?? '');
    assert.deepEqual(documented.toSorted(), reportedCodes());
  });

  it('names every kind of step and check', () => {
    for (const { kind } of [...kinds.steps, ...kinds.checks])
      assert.match(page, new RegExp(`^\\| \`${kind}\` +\\|`, 'm'));
  });
});

/** Codes that are handed to the reader of the playbook. */
function reportedCodes(): string[] {
  const sources = ['plan/bind', 'plan/playbook', 'activities'].flatMap(sourcesIn).join('\n');
  const calls = /(?:\berror|\bfinding|#add\('error', )\(?\s*['`]([a-z-]+|\$\{what\}-unknown)['`]/g;
  const codes = [...sources.matchAll(calls)].map((match) => match[1] ?? '');
  const spelled = codes.flatMap((code) => (code.startsWith('$') ? ['milestone-unknown', 'task-unknown'] : [code]));
  return [...new Set(spelled)].toSorted();
}
