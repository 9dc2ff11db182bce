import assert from 'node:assert/strict';
import { scanLines } from '../../../scripts/plan/scan.ts';
import type { PhaseScan } from '../../../src/activities/scan/scan.ts';

const nothing: PhaseScan = {
  scan: { templates: { 'a.yaml': '' }, reports: [], findings: [], problems: [] },
  judged: { open: [], suppressed: [], expired: [], unused: [] },
  problems: ['cfn-lint is not installed'],
  digest: 'abc',
};

describe('the lines of a scan', () => {
  it('count one as one, and say that no scanner has answered', () => {
    const finding = { tool: 'checkov', rule: 'R', template: 'a.yaml', message: 'bad' } as const;
    assert.deepEqual(scanLines({ ...nothing, judged: { ...nothing.judged, open: [finding] } }), [
      'checkov R a.yaml: bad',
      'no answer: cfn-lint is not installed',
      '1 template, 1 finding, 0 suppressed',
      'no scanner has answered; sha256 abc',
    ]);
  });
});
