import assert from 'node:assert/strict';
import type { Finding } from '../../../src/activities/scan/model.ts';
import { judge, readSuppressions, type Suppression } from '../../../src/activities/scan/suppressions.ts';

const finding: Finding = {
  tool: 'checkov',
  rule: 'CKV_AWS_18',
  template: 'infra/storage.yaml',
  resource: 'DataBucket',
  environment: 'development',
  message: 'no access logs',
};

const suppression: Suppression = {
  tool: 'checkov',
  rule: 'CKV_AWS_18',
  where: ['infra/storage.yaml#DataBucket'],
  reason: 'The end of the chain of logs.',
  owner: 'Security Agent',
  until: '2027-06-30',
};

const isExcused = (one: Partial<Suppression>, about: Partial<Finding> = {}, today = '2026-11-25') =>
  judge([{ ...finding, ...about }], [{ ...suppression, ...one }], today).open.length === 0;

describe('a suppression', () => {
  it('excuses a finding of its rule in its resource, or anywhere in its template', () => {
    assert.ok(isExcused({}));
    assert.ok(isExcused({ where: ['infra/storage.yaml'] }));
    assert.ok(!isExcused({}, { resource: 'OtherBucket' }));
    assert.ok(!isExcused({}, { rule: 'CKV_AWS_19' }));
    assert.ok(!isExcused({}, { tool: 'cfn-guard' }));
    assert.ok(!isExcused({}, { template: 'infra/other.yaml' }));
  });

  it('excuses in its environments alone', () => {
    assert.ok(isExcused({ environments: ['development'] }));
    assert.ok(!isExcused({ environments: ['development'] }, { environment: 'production' }));
  });

  it('counts on its last day, and no longer', () => {
    assert.ok(isExcused({}, {}, '2027-06-30'));
    const late = judge([finding], [suppression], '2027-07-01');
    assert.deepEqual(late.open, [finding]);
    assert.deepEqual(late.expired, [suppression]);
  });

  it('is told when there is nothing left to excuse', () => {
    assert.deepEqual(judge([], [suppression], '2026-11-25').unused, [suppression]);
  });
});

describe('the suppressions file', () => {
  const entry = (more: string) => `suppressions:\n  - { tool: checkov, rule: R, where: [a.yaml], ${more} }\n`;

  it('asks for a reason, an owner and a last day', () => {
    const read = (text: string) => {
      const result = readSuppressions(text);
      return 'problem' in result ? result.problem : result.suppressions.length;
    };
    assert.equal(read(entry("reason: 'a good one indeed', owner: omar, until: 2027-01-01")), 1);
    assert.match(String(read(entry('owner: omar, until: 2027-01-01'))), /suppressions\.0\.reason/);
    assert.match(String(read(entry("reason: 'a good one indeed', until: 2027-01-01"))), /suppressions\.0\.owner/);
    assert.match(String(read(entry("reason: 'a good one indeed', owner: omar"))), /suppressions\.0\.until/);
    assert.match(String(read(entry("reason: 'a good one indeed', owner: omar, until: soon"))), /a day such as/);
    assert.match(String(read('suppressions: [')), /line 1/);
  });
});
