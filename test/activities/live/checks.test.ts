import assert from 'node:assert/strict';
import type { CheckResult } from '../../../src/contract/kinds.ts';
import { gateCheck } from '../../../src/activities/gate/check.ts';
import { handoverCheck } from '../../../src/activities/handover/check.ts';
import { checks, steps } from '../../../src/activities/registry.ts';
import type { Json } from '../../../src/base/json.ts';
import { bindContext } from '../../support/bind-context.ts';
import { checkCall, toolsIn } from '../../support/tools.ts';

const handover = {
  format: 1,
  phase: { number: '3', title: 'Planning' },
  workflowId: 'phase-3',
  completedAt: '2026-11-20T16:30:00.000Z',
  milestones: [],
  provides: [{ text: 'Test cases developed', met: 'approved by tess', gate: '3.3/exit' }],
  addedLater: true,
};

describe('a hand-over check', () => {
  async function run(document: Json, entry?: string): Promise<CheckResult> {
    const { context } = bindContext({ text: 'Test Cases  developed' });
    const { input } = handoverCheck.expand(entry, context);
    return handoverCheck.run(checkCall('handover', { ...input, handover: document }), toolsIn('.'));
  }

  it("passes when the document provides the criterion's words, whatever their case and spaces", async () => {
    assert.deepEqual(await run(handover), { state: 'passed', reason: 'handed over by phase 3, approved by tess' });
  });

  it('says what is handed over instead', async () => {
    assert.deepEqual(await run(handover, 'Guides completed'), {
      state: 'failed',
      reason: 'phase 3 does not hand over "Guides completed"; it hands over "Test cases developed"',
    });
  });

  it('fails, and does not break, without a document that can be read', async () => {
    assert.match((await run(null)).reason, /no hand-over was given at start; approve instead/);
    assert.match((await run({ format: 2 })).reason, /cannot be read: format/);
  });
});

describe('a gate check', () => {
  it('takes a gate, or one gate of every milestone', () => {
    for (const gate of ['entry', 'completion', '4.1/quality', '*/exit'])
      assert.ok(gateCheck.entry.safeParse(gate).success);
    for (const gate of ['4.1', 'quality', '*/gate', '']) assert.ok(!gateCheck.entry.safeParse(gate).success, gate);
  });

  it('cannot wait for its own gate', () => {
    const { context, problems } = bindContext({ gate: '4.1/quality' });
    gateCheck.expand('*/quality', context);
    assert.deepEqual(problems, ['gate 4.1/quality would wait for itself']);
  });
});

describe('the registry', () => {
  it('has each kind once, and a settling activity exactly where the compiler is told so', () => {
    for (const kinds of [steps, checks]) {
      assert.equal(new Set(kinds.map(({ kind }) => kind)).size, kinds.length);
    }
    for (const { kind, settles, settle } of steps) assert.equal(settle !== undefined, settles === true, kind);
  });
});
