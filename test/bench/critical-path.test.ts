import assert from 'node:assert/strict';
import { criticalPath } from '../../bench/deploy/critical-path.ts';
import type { BenchStack } from '../../bench/deploy/stacks.ts';

const stack = (stackName: string, ...needs: string[]): BenchStack => ({
  stackName,
  region: 'eu-west-1',
  template: '',
  parameters: {},
  capabilities: [],
  needs,
});

describe('The critical path of a deployment', () => {
  it('is the longest chain of stacks that need each other, by the number of their resources', () => {
    const stacks = [stack('roles'), stack('network'), stack('compute', 'roles', 'network'), stack('alarms', 'compute')];
    const live = new Map([
      ['roles', { resources: 9 }],
      ['network', { resources: 4 }],
      ['compute', { resources: 3 }],
      ['alarms', { resources: 1 }],
    ]);
    assert.equal(criticalPath(stacks, live, 0.5), 6500);
  });

  it('is one stack where none needs another', () => {
    const live = new Map([['roles', { resources: 9 }]]);
    assert.equal(criticalPath([stack('roles'), stack('network')], live, 1), 9000);
  });
});
