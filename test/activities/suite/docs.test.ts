import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { kinds } from '../../../src/activities/registry.ts';
import { longSuite, reportFiles } from '../../../src/activities/suite/shape.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { phase4 } from '../../plan/document-text.ts';

const page = readFileSync(new URL('../../../docs/suites.md', import.meta.url), 'utf8');

describe('docs/suites.md', () => {
  it('shows a playbook that compiles', () => {
    const text = /^```yaml\n(environments:[^]*?)^```$/m.exec(page)?.[1] ?? '';
    const templates = { 'suites/component.txt': 'orders › lists\n' };
    const source = { file: 'playbook.yaml', text, phase: 'phase-4', templates, kinds };
    const { problems } = compilePlan({ file: 'plan.md', text: phase4 }, source);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
  });

  it('has a row for every key of a suite', () => {
    for (const key of Object.keys(longSuite.shape)) assert.match(page, new RegExp(`^\\| \`${key}\` +\\|`, 'm'));
  });

  it('has a row for every format, with the file that it is expected in', () => {
    for (const [format, file] of Object.entries(reportFiles)) {
      assert.match(page, new RegExp(`^\\| \`${format}\` +\\|.*\\| \`${file.replace('.', '\\.')}\` +\\|`, 'm'));
    }
  });
});
