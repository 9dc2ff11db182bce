import assert from 'node:assert/strict';
import { finalReport } from '../../../src/activities/handover/report.ts';
import type { HandoverDocument } from '../../../src/contract/handover.ts';

const document: HandoverDocument = {
  format: 1,
  phase: { number: '4', title: 'Build <script>alert(1)</script>' },
  workflowId: 'phase-4',
  runId: 'run-1',
  completedAt: '2026-11-23T12:00:00.000Z',
  milestones: [{ number: '4.1', title: 'Environment Setup', state: 'done' }],
  provides: [
    { text: 'Environments ready', met: 'checked by stacks', gate: '4.1/exit' },
    { text: 'Costs known', met: 'waived by lena: "later" & small', gate: '4.1/exit' },
  ],
  outputs: { testing: { 'tasks.4.2/d1': { ApiUrl: 'https://api.example.com', VersionId: 'v1' } } },
  evidence: [{ where: 'reports/one.md', sha256: 'a'.repeat(64) }],
  slices: {
    suites: {
      'api/testing': { revision: 'b'.repeat(64), cases: { total: 3, passed: 3, failed: 0, skipped: 0, flaky: 0 } },
    },
    issues: {
      found: 2,
      closed: 1,
      deferred: [{ id: 'I-2', severity: 'low', title: 'A typo', by: 'lena', reason: 'next phase' }],
    },
  },
  ledger: { length: 17 },
  next: { number: '5', title: 'Performance' },
};

describe('the final report of a phase', () => {
  it('says how the phase ended, what was met otherwise than planned, what was deferred, and where the system is', () => {
    const report = finalReport(document);
    for (const part of [
      'Completed on 2026-11-23: 1 milestone done, and 2 criteria of 1 gate met with 1 exception, which is marked below. Testing found 2 issues; 1 of them deferred.',
      '<h3>Results of milestone 4.1</h3>',
      '<th scope="row">⚠ Costs known</th><td>waived by lena: &quot;later&quot; &amp; small</td>',
      '<th scope="row">api/testing</th><td>3 of 3</td>',
      '<th scope="row">I-2</th><td>low</td><td>A typo</td>',
      '<th scope="row">testing: ApiUrl</th><td>https://api.example.com</td>',
      'Phase 5, Performance, begins with the hand-over of phase-4',
    ]) {
      assert.ok(report.includes(part), part);
    }
  });

  it('holds what others have written as text alone', () => {
    const report = finalReport(document);
    assert.ok(!report.includes('<script'));
    assert.ok(report.includes('Build &lt;script&gt;alert(1)&lt;/script&gt;'));
  });

  it('leaves out what a phase does not have', () => {
    const { outputs: _outputs, slices: _slices, ...small } = document;
    const report = finalReport(small);
    assert.ok(!report.includes('The system') && !report.includes('>Tests</h2>'));
    assert.ok(report.includes('None was found.'));
  });
});
