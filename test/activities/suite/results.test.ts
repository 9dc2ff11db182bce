import assert from 'node:assert/strict';
import { caseSetDigest } from '../../../src/activities/suite/case-file.ts';
import { suitesCheck } from '../../../src/activities/suite/check.ts';
import type { SuitePlace } from '../../../src/activities/suite/entry.ts';
import { SUITE, type SuiteFact } from '../../../src/activities/suite/fact.ts';
import { suitesOf } from '../../../src/activities/suite/reduce.ts';
import { boardSections, initialState, reduce, stateChecks } from '../../../src/activities/slices.ts';
import { bytesOf, type JsonObject } from '../../../src/base/json.ts';
import type { GatesState } from '../../../src/gates/model.ts';
import { Folders } from '../../support/folders.ts';
import { checkCall, toolsIn } from '../../support/tools.ts';
import { gates } from '../../gates/fixture.ts';

const PASSED = { total: 2, passed: 2, failed: 0, skipped: 0, flaky: 0 };

/** A fact of suite component in testing; every case has passed. Each fact is of another result. */
let facts = 0;
function fact(more: Partial<SuiteFact> = {}): SuiteFact {
  facts += 1;
  return {
    suite: 'component',
    environment: 'testing',
    revision: 'r1',
    at: '2030-01-02T03:04:05.000Z',
    cases: PASSED,
    caseSet: caseSetDigest(['a', 'b']),
    result: { where: 'phase-9/run/suites/x.json', sha256: facts.toString(16).padStart(64, '0') },
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

const failing = (...keys: readonly string[]) => ({
  cases: { ...PASSED, passed: 0, failed: keys.length },
  failing: keys.map((key) => ({ key, title: key, message: 'no' })),
});

function told(state: GatesState, data: unknown, key = 'component/testing', now = 1): GatesState {
  const event = { type: 'fact', task: '4.1/a1', topic: SUITE, key, data: data as JsonObject } as const;
  return reduce(state, event, now).state;
}

const start = initialState({ gates, tasks: {} });
const having = (...all: readonly Partial<SuiteFact>[]) =>
  all.reduce((state, more) => {
    const one = fact(more);
    return told(state, one, `${one.suite}/${one.environment}`);
  }, start);

describe('the results of suites', () => {
  it('are kept by suite and environment, with one entry in the ledger each', () => {
    const state = having({}, { suite: 'api', ...failing('x › y') });
    const { results } = suitesOf(state);
    assert.deepEqual(Object.keys(results), ['component/testing', 'api/testing']);
    assert.deepEqual(results['api/testing']?.failing, ['x › y']);
    const { recent } = state.ledger;
    assert.deepEqual(
      recent.map(({ what, on, reason }) => [what, on, reason]),
      [
        ['suite', 'component/testing', 'component in testing: 2 cases passed, at revision r1'],
        ['suite', 'api/testing', 'api in testing: 0 of 2 cases passed, 1 failed, at revision r1'],
      ],
    );
    assert.deepEqual(recent[1]?.evidence, results['api/testing'].result);
  });

  it('stand on the board, with what fails', () => {
    const state = having({}, { suite: 'api', ...failing('a `b`', 'c', 'd', 'e') });
    assert.deepEqual(boardSections(state).find(({ title }) => title === 'Suites')?.items, [
      { text: '**component/testing** · 2 cases passed, at revision r1' },
      { text: "**api/testing** · 0 of 2 cases passed, 4 failed, at revision r1 · fails: `a 'b'`, `c`, `d`" },
    ]);
  });

  it('are taken once, also when a milestone tells them again', () => {
    const one = fact();
    const state = told(told(start, one), one);
    assert.equal(state.ledger.length, 1);
    assert.deepEqual(suitesOf(state).history['component/testing']?.length, 1);
  });

  it('do not go back to an earlier one that is told again', () => {
    const first = fact();
    const state = told(told(told(start, first), fact(failing('a'))), first);
    assert.equal(suitesOf(state).results['component/testing']?.cases.failed, 1);
  });

  it('do not go back to one that has ended earlier and is heard for the first time, as after a reset', () => {
    const now = Date.parse('2030-01-02T05:00:00Z');
    const late = fact({ revision: 'r2', at: '2030-01-02T04:00:00Z' });
    const early = fact({ revision: 'r1', at: '2030-01-02T03:00:00Z', ...failing('a') });
    const state = [late, early].reduce((before, one) => told(before, one, undefined, now), start);
    const { results, history } = suitesOf(state);
    assert.equal(results['component/testing']?.revision, 'r2');
    assert.deepEqual(
      history['component/testing']?.map(({ revision }) => revision),
      ['r1', 'r2'],
    );
    assert.match(state.ledger.recent.at(-1)?.reason ?? '', /; a later result of it counts$/);
    const ahead = fact({ revision: 'r9', at: '2030-01-02T09:00:00Z' });
    const again = [ahead, late].reduce((before, one) => told(before, one, undefined, now), start);
    assert.equal(
      suitesOf(again).results['component/testing']?.revision,
      'r2',
      'a clock that is far ahead blocks nothing',
    );
  });

  it('keep the numbers of the last twenty', () => {
    const rounds = Array.from({ length: 25 }, (_, index) => ({ revision: `r${index}` }));
    const rows = suitesOf(having(...rounds)).history['component/testing'] ?? [];
    assert.deepEqual([rows.length, rows[0]?.revision, rows.at(-1)?.revision], [20, 'r5', 'r24']);
  });

  it('leave alone what is no fact of theirs', () => {
    const forged: readonly (readonly [unknown, string])[] = [
      [undefined, 'component/testing'],
      ['passed', 'component/testing'],
      [{ ...fact(), cases: { total: 1 } }, 'component/testing'],
      [{ ...fact(), suite: '__proto__' }, '__proto__/testing'],
      [{ ...fact(), revision: 'x'.repeat(10_000) }, 'component/testing'],
      [fact(), 'api/testing'],
    ];
    for (const [data, key] of forged) assert.equal(told(start, data, key), start);
  });

  it('stay within their bound, whatever is told', () => {
    let state = start;
    const long = Array.from({ length: 500 }, (_, index) => `${'é'.repeat(190)}${index}`);
    const criteria = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`${'c'.repeat(100)}/${index}`, { passed: 1, failed: 0 }]),
    );
    for (let index = 0; index < 70; index += 1) {
      const one = fact({ suite: `s${index}`, flaky: long, skipped: long, criteria });
      state = told(state, one, `s${index}/testing`);
      assert.ok(bytesOf(suitesOf(state)) <= 400_000);
    }
    const last = state.ledger.recent.at(-1);
    assert.equal(last?.code, 'REFUSED');
    assert.match(last.reason, /there is no room for more results/);
  });

  it('are gone when a later result has no room, so that no earlier one counts', () => {
    const criteria = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`${'c'.repeat(100)}/${index}`, { passed: 1, failed: 0 }]),
    );
    const names = Array.from({ length: 6 }, (_, index) => ({ suite: `s${index}`, criteria }));
    const state = having({}, ...names, { criteria, ...failing('a') });
    assert.equal(suitesOf(state).results['component/testing'], undefined);
  });
});

describe('the check acceptance', () => {
  const answer = (state: GatesState, input: JsonObject) => stateChecks['acceptance']?.(state, input);
  const ok = { passed: 1, failed: 0 };

  it('passes when each criterion has a case that passes and none that fails', () => {
    const criteria = { 'entry/1': ok, 'entry/2': { passed: 3, failed: 0 } };
    const state = having({ criteria });
    const { result } = suitesOf(state).results['component/testing']!;
    assert.deepEqual(answer(state, { gates: ['entry'] }), {
      state: 'passed',
      reason: 'each of 2 criteria has a case that passes and none that fails',
      evidence: [result],
    });
  });

  it('counts cases of the same criterion of an earlier gate', () => {
    const state = having({ criteria: { 'entry/1': ok } });
    assert.equal(answer(state, { gates: ['4.1/entry'] })?.state, 'passed');
  });

  it('names the criteria without a case, or with one that fails', () => {
    const criteria = { '4.1/exit/1': ok, '4.1/exit/2': { passed: 1, failed: 1 } };
    const found = answer(having({ criteria }), { gates: ['*/exit'] });
    assert.deepEqual(
      [found?.state, found?.reason],
      [
        'failed',
        '2 of 3 criteria not accepted: 4.1/exit/2 "Criterion 2" (1 case fails), 4.1/exit/3 "Criterion 3" (no case)',
      ],
    );
  });

  it('counts the results of all suites and environments, or of those that it names', () => {
    const state = having(
      { criteria: { 'completion/1': ok } },
      { suite: 'api', criteria: { 'completion/1': { passed: 1, failed: 2 } } },
    );
    assert.match(answer(state, { gates: ['completion'] })?.reason ?? '', /\(2 cases fail\)/);
    assert.equal(answer(state, { gates: ['completion'], suites: ['component'] })?.state, 'passed');
    assert.match(answer(state, { gates: ['completion'], suites: ['other'] })?.reason ?? '', /\(no case\)/);
  });

  it('never passes for a gate that is unknown or has no criteria', () => {
    assert.deepEqual(answer(start, { gates: ['entry', '9.9/exit'] }), {
      state: 'failed',
      reason: 'there is no gate 9.9/exit',
    });
    assert.equal(answer(start, { gates: ['4.1/quality'] })?.state, 'failed');
  });
});

describe('the check suites', () => {
  let folders: Folders;
  before(async () => {
    folders = await Folders.create({
      phase: {
        'cases.txt': 'b\na\n',
        'more.txt': 'a\nb\nc\n',
        'playbook.yaml': 'suites: { component: { run: [a] }, api: { run: [b] } }',
      },
    });
  });
  after(() => folders.remove());

  const look = async (state: GatesState, more: Partial<SuitePlace> = {}, ...others: readonly Partial<SuitePlace>[]) => {
    const place = { suite: 'component', environment: 'testing', region: 'eu-west-1', flaky: 'warn' } as const;
    const all = [more, ...others].map((one) => ({ ...place, revision: { text: 'r1' }, ...one }));
    const input = { suites: all, given: { suites: suitesOf(state) } };
    const call = checkCall('suites', JSON.parse(JSON.stringify(input)) as JsonObject);
    const { state: found, reason } = await suitesCheck.run(call, toolsIn(`${folders.phasesDir}/phase`));
    return `${found}: ${reason}`;
  };

  it('passes when every result has passed, at the revision that runs and with the cases of the file', async () => {
    assert.equal(
      await look(having({}, { suite: 'api' }), { cases: 'cases.txt' }, { suite: 'api' }),
      'passed: 2 suites have passed, as they are now',
    );
  });

  it('fails without a result', async () => {
    assert.equal(await look(having({}), {}, { suite: 'api' }), 'failed: api/testing has no result');
  });

  it('fails for a suite that the playbook has no more, whatever it has told', async () => {
    assert.equal(
      await look(having({}, { suite: 'renamed' }), {}, { suite: 'renamed' }),
      'failed: renamed/testing is a suite that the playbook has no more',
    );
  });

  it('fails with the first of the failing cases', async () => {
    assert.equal(await look(having(failing('x', 'y'))), 'failed: component/testing has 2 failing cases, such as "x"');
  });

  it('fails when another revision runs now', async () => {
    assert.equal(
      await look(having({}), { revision: { text: 'r2' } }),
      'failed: component/testing is stale: it is of revision r1, and r2 runs now',
    );
  });

  it('fails when the cases of the file are others than those that ran', async () => {
    assert.equal(
      await look(having({}), { cases: 'more.txt' }),
      'failed: component/testing is stale: more.txt names other cases than those that ran',
    );
  });

  it('takes flaky cases as the policy says', async () => {
    const state = having({ cases: { ...PASSED, passed: 1, flaky: 1 }, flaky: ['f'] });
    assert.equal(await look(state), 'warned: component/testing has 1 flaky case, such as "f"');
    assert.match(await look(state, { flaky: 'pass' }), /^passed/);
    assert.match(await look(state, { flaky: 'fail' }), /^failed/);
  });

  it('has a person accept skipped cases, and results that state no revision', async () => {
    const skipped = having({ cases: { ...PASSED, passed: 1, skipped: 1 }, skipped: ['s'] });
    assert.equal(await look(skipped), 'warned: component/testing has skipped 1 case, such as "s"');
    assert.equal(
      await look(having({ revision: 'unstated' }), { revision: undefined }),
      'warned: component/testing has passed, and states no revision',
    );
  });
});
