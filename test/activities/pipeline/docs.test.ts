import { PipelineExecutionStatus } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { kinds } from '../../../src/activities/registry.ts';
import { longPipeline } from '../../../src/activities/pipeline/shape.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { phase4 } from '../../plan/document-text.ts';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/pipelines.md', root), 'utf8');

/** Lines of the tables whose last column is called Test. */
function rows(): string[] {
  return page.split('\n\n').flatMap((block) => {
    const lines = block.split('\n').filter((line) => line.startsWith('|'));
    return lines[0]?.split('|').at(-2)?.trim() === 'Test' ? lines.slice(2) : [];
  });
}

describe('docs/pipelines.md', () => {
  it('shows a playbook that compiles', () => {
    const text = /^```yaml\n(environments:[^]*?)^```$/m.exec(page)?.[1] ?? '';
    const templates = { 'infra/delivery.yaml': 'Resources: {}\nOutputs: { PipelineName: {} }' };
    const source = { file: 'playbook.yaml', text, phase: 'phase-4', templates, kinds };
    const { problems } = compilePlan({ file: 'plan.md', text: phase4 }, source);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
  });

  it('names a test that exists in each row', () => {
    const folder = new URL('test/activities/pipeline/', root);
    const tests = readdirSync(folder)
      .filter((file) => file.endsWith('.test.ts') && file !== 'docs.test.ts')
      .map((file) => readFileSync(new URL(file, folder), 'utf8'))
      .join('\n');
    assert.ok(rows().length > 40);
    for (const row of rows()) {
      const titles = [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, title = '']) => title);
      assert.notDeepEqual(titles, [], row);
      for (const title of titles) assert.ok(tests.includes(title), `no test says "${title}"`);
    }
  });

  it('says what is done with every status of an execution', () => {
    const first = rows().map((row) => row.split('|')[1] ?? '');
    for (const status of Object.values(PipelineExecutionStatus)) {
      assert.ok(
        first.some((cell) => cell.includes(`\`${status}\``)),
        status,
      );
    }
  });

  it('has a row for every key of a pipeline', () => {
    for (const key of Object.keys(longPipeline.shape)) assert.match(page, new RegExp(`^\\| \`${key}\` +\\|`, 'm'));
  });
});
