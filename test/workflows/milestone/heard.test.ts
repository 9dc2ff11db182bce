import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/base/json.ts';
import { heard } from '../../../src/workflows/milestone/heard.ts';

describe('what a step is told of a round', () => {
  const issues: JsonObject[] = [
    { id: 'I-1', suite: 'api', environment: 'testing' },
    { id: 'I-2', suite: 'api', environment: 'production' },
    { id: 'I-3' },
  ];
  const round = { number: 2, told: { issues, suites: ['api/testing'], more: 3 } };

  it('is everything, unless its kind needs less', () => {
    assert.equal(heard(round, undefined), round);
  });

  it('is the parts that it needs, and of a list what is about it', () => {
    const hears = { suites: true, issues: { suite: 'api', environment: 'testing' } } as const;
    assert.deepEqual(heard(round, hears), { number: 2, told: { suites: ['api/testing'], issues: issues.slice(0, 1) } });
    assert.deepEqual(heard({ number: 3, told: {}, idle: true }, hears), { number: 3, told: {}, idle: true });
    assert.deepEqual(heard(round, {}), { number: 2, told: {} });
  });
});
