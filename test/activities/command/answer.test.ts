import assert from 'node:assert/strict';
import { readAnswer } from '../../../src/activities/command/entry.ts';

describe('the answer of a program', () => {
  it('may tell fixes, and nothing else that the phase keeps: what suites have found, only suites tell', () => {
    const fix = { topic: 'fix', key: '4.3/d1', data: { resolved: [{ issue: 'I-1', note: 'mended', waiver: 'none' }] } };
    assert.deepEqual(readAnswer(JSON.stringify({ facts: [fix] })).facts, [fix]);
    assert.throws(
      () => readAnswer(JSON.stringify({ facts: [{ ...fix, topic: 'suite' }] })),
      /^PermanentError: its answer cannot be used: facts\.0\.topic: the topic "fix"$/,
    );
  });
});
