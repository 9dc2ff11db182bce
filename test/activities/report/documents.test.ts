import assert from 'node:assert/strict';
import type { DescribedEnvironment, DescribedStack } from '../../../src/activities/report/describe.ts';
import { configurationDocument } from '../../../src/activities/report/documents.ts';

describe('a configuration document', () => {
  const phase = { name: 'phase-9', workflowId: 'phase-9', runId: 'run', firstRunId: 'run' };
  const stack = (stackName: string, status: string, isComplete: boolean): DescribedStack => ({
    stack: stackName,
    stackName,
    status,
    isComplete,
    template: '',
    parameters: {},
    outputs: {},
    tags: {},
  });
  const of = (...stacks: readonly DescribedStack[]): DescribedEnvironment => ({
    name: 'testing',
    region: 'eu-west-1',
    account: '000000000000',
    stacks,
    resources: [],
  });

  it('is complete when every stack is', () => {
    const { verdict, good } = configurationDocument(phase, [of(stack('a', 'UPDATE_COMPLETE', true))]);
    assert.deepEqual([verdict, good], ['complete', true]);
  });

  it('is incomplete when a stack is missing, was undone, or has not come into being', () => {
    const environments = [
      of(
        stack('a', 'missing', false),
        stack('b', 'UPDATE_ROLLBACK_COMPLETE', false),
        stack('c', 'REVIEW_IN_PROGRESS', false),
      ),
    ];
    const { verdict, good } = configurationDocument(phase, environments);
    assert.equal(verdict, 'incomplete: a missing, b is UPDATE_ROLLBACK_COMPLETE, c is REVIEW_IN_PROGRESS');
    assert.equal(good, false);
  });
});
