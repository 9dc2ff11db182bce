import assert from 'node:assert/strict';
import { caseSetDigest } from '../../../src/activities/suite/case-set.ts';
import { suitesCheck } from '../../../src/activities/suite/check.ts';
import type { SuitePlace } from '../../../src/activities/suite/entry.ts';
import { SUITE, type SuiteFact } from '../../../src/activities/suite/fact.ts';
import { suites, suitesOf } from '../../../src/activities/suite/reduce.ts';
import { boardSections, initialState, reduce, stateChecks } from '../../../src/activities/slices.ts';
import { bytesOf, type JsonObject } from '../../../src/base/json.ts';
import type { GatesState } from '../../../src/gates/model.ts';
import { Folders } from '../../support/folders.ts';
import { checkCall, toolsIn } from '../../support/tools.ts';
import { gate } from '../../gates/fixture.ts';

/** A fact of suite component in testing; every case has passed. */
function fact(more: Partial<SuiteFact> = {}): SuiteFact {
  return {
    suite: 'component',
    environment: 'testing',
    revision: 'r1',
    at: '2030-01-02T03:04:05.000Z',
    cases: { total: 2, passed: 2, failed: 0, skipped: 0, flaky: 0 },
    caseSet: caseSetDigest(['a', 'b']),
    result: { where: 'phase-9/run/suites/x.json', sha256: '1'.repeat(64) },
    component: 'orders',
    agent: 'Some Agent',
    severity: 'high',
    failing: [],
    skipped: [],
    flaky: [],
    criteria: {},
    ...more,
  };
}
