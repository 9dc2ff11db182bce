import assert from 'node:assert/strict';
import { documentStep } from '../../../src/activities/document/step.ts';
import { reportCheck } from '../../../src/activities/report/check.ts';
import { sha256 } from '../../../src/base/digest.ts';
import type { DocumentName } from '../../../src/store/documents.ts';
import { bindContext } from '../../support/bind-context.ts';
import { checkCall, memoryStore, stepCall, toolsIn } from '../../support/tools.ts';
import { failingCase, fixed, suiteFact, Testing } from '../issues/fixture.ts';

const HOSTILE = '<img src=x onerror=alert(1)> | [pay](javascript:alert(1)) **bold** `x`\n# Heading\u202E\u0007';

interface Case {
  readonly key: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'flaky';
  readonly criteria?: readonly string[];
  readonly message?: string;
}

/** A phase with records, whose suites have run. */
class Documented extends Testing {
  readonly records = memoryStore();
  criteria = [
    { id: '4.2/exit/1', gate: '4.2/exit', text: 'Orders are listed', met: true },
    { id: '4.2/exit/2', gate: '4.2/exit', text: 'Orders are cancelled', met: false },
    { id: '4.3/exit/1', gate: '4.3/exit', text: 'Orders are listed', met: false, sameAs: '4.2/exit/1' },
  ];

  stored(suite: string, revision: string, cases: readonly Case[]): void {
    const text = JSON.stringify({ suite, cases: cases.map((one) => ({ title: one.key, ms: 1, ...one })) });
    const where = `suites/${suite}-${sha256(text).slice(0, 12)}.json`;
    this.records.files.set(where, text);
    const of = (state: Case['state']) => cases.filter((one) => one.state === state);
    const counted =
      (what: 'passed' | 'failed') => (ids: Record<string, { passed: number; failed: number }>, id: string) => {
        ids[id] ??= { passed: 0, failed: 0 };
        ids[id][what] += 1;
        return ids;
      };
    const named = (state: 'passed' | 'failed') => of(state).flatMap(({ criteria = [] }) => criteria);
    const criteria = named('failed').reduce(counted('failed'), named('passed').reduce(counted('passed'), {}));
    this.tell(
      suiteFact([], {
        suite,
        revision,
        at: new Date(this.now).toISOString(),
        caseSet: sha256('cases'),
        result: { where, sha256: sha256(text) },
        cases: {
          total: cases.length,
          passed: of('passed').length,
          failed: of('failed').length,
          skipped: of('skipped').length,
          flaky: of('flaky').length,
        },
        failing: of('failed').map(({ key, message }) => ({
          ...failingCase(key),
          ...(message === undefined ? {} : { message }),
        })),
        skipped: of('skipped').map(({ key }) => key),
        flaky: of('flaky').map(({ key }) => key),
        criteria,
      }),
    );
  }

  get tools() {
    const answers: { readonly [query: string]: unknown } = {
      slices: this.state.slices,
      criteria: { criteria: this.criteria },
    };
    // An answer has been JSON on its way.
    const ask = (query: string) => Promise.resolve(JSON.parse(JSON.stringify(answers[query])) as unknown);
    return toolsIn('.', { records: this.records, ask });
  }

  async write(entry: Parameters<typeof documentStep.expand>[0]) {
    const [draft] = documentStep.expand(entry, bindContext().context);
    const { evidence = [], note } = await documentStep.run(stepCall('document', draft!.input), this.tools);
    const [one] = evidence as { where: string; sha256: string }[];
    return { ...one!, note, text: this.records.files.get(one!.where) ?? '' };
  }

  async look(name: DocumentName) {
    const { input } = reportCheck.expand(name, bindContext().context);
    return reportCheck.run(checkCall('report', input), this.tools);
  }

  beside(text: string, extension: 'json' | 'svg'): string {
    const [, file = ''] = new RegExp(`\\(([\\w-]+\\.${extension})\\)`).exec(text) ?? [];
    return this.records.files.get(`phase-9/run/reports/${file}`) ?? '';
  }
}

describe('documents of tests', () => {
  it('tell results by suite, environment and revision, how they went, and what fails', async () => {
    const phase = new Documented();
    phase.stored('component', 'r1', [{ key: 'lists', state: 'failed', message: 'no' }]);
    phase.stored('component', 'r2', [
      { key: 'lists', state: 'passed' },
      { key: 'pays', state: 'failed', message: 'expected 200, was 500' },
    ]);
    phase.stored('api', 'r2', [{ key: 'answers', state: 'flaky', message: 'once' }]);
    const { text, sha256: digest, where, note } = await phase.write('test-results');
    assert.equal(note, 'Test results: 3 cases in 2 suites: 1 failed, 1 flaky');
    assert.equal(sha256(text), digest);
    assert.match(where, /reports\/test-results-[0-9a-f]{12}\.md$/);
    assert.match(
      text,
      /\| component \| testing \| r2 \| 2026-11-30 \d\d:\d\d UTC \| 2 \| 1 \| 1 \| 0 \| 0 \| [0-9a-f]{64} \|/,
    );
    assert.match(text, /\| pays \| failed \| expected 200, was 500 \| I-2 \|/);
    assert.match(text, /\| answers \| flaky \| once \| {2}\|/);
    assert.doesNotMatch(text, /\| lists \|/);
    const chart = phase.beside(text, 'svg');
    assert.equal(chart.match(/<g>/g)?.length, 3, 'a bar for each run');
    assert.match(chart, /<title>2026-11-30T[^<]* at r2: 1 passed, 0 flaky, 0 skipped, 1 failed<\/title>/);
    const data = phase.beside(text, 'json');
    assert.ok(
      text.includes(sha256(data)) && text.includes(sha256(chart)),
      'an approval of the text is one of all files',
    );
    assert.equal((JSON.parse(data) as { suites: unknown[] }).suites.length, 2);
  });

  it('are evidence for a criterion until tests, issues or sign-offs change', async () => {
    const phase = new Documented();
    assert.equal((await phase.look('test-results')).reason, 'Test results: not written yet');
    phase.stored('component', 'r1', [{ key: 'lists', state: 'passed', criteria: ['4.2/exit/1'] }]);
    const { sha256: digest } = await phase.write('test-results');
    const found = await phase.look('test-results');
    assert.deepEqual(
      [found.state, found.evidence],
      ['passed', [{ where: (found.evidence?.[0] as { where: string }).where, sha256: digest }]],
    );
    assert.match(found.reason, /^Test results: all 1 case in 1 suite passed; /);
    const again = await phase.write('test-results');
    assert.equal(again.sha256, digest, 'the same tests give the same document');
    phase.stored('component', 'r2', [{ key: 'lists', state: 'failed', message: 'no' }]);
    const stale = await phase.look('test-results');
    assert.equal(stale.state, 'failed');
    assert.match(stale.reason, /tests, issues or sign-offs have changed since it was written; reject the gate/);
    await phase.write('test-results');
    assert.equal((await phase.look('test-results')).state, 'warned');
  });

  it('trace criteria to cases and their results', async () => {
    const phase = new Documented();
    phase.stored('component', 'r1', [
      { key: 'lists', state: 'passed', criteria: ['4.2/exit/1'] },
      { key: 'cancels', state: 'failed', criteria: ['4.2/exit/2'] },
      { key: 'cancels twice', state: 'passed', criteria: ['4.2/exit/2', '9.9/exit/1'] },
    ]);
    const all = await phase.write('traceability');
    assert.equal(all.note, 'Traceability matrix: 2 criteria, of which 1 not proven: 4.2/exit/2 failed');
    assert.match(all.text, /\| 4\.2\/exit\/1 \| Orders are listed \| component\/testing lists \(passed\) \| passed \|/);
    assert.match(
      all.text,
      /\| component\/testing cancels \(failed\); component\/testing cancels twice \(passed\) \| failed \|/,
    );
    assert.match(all.text, /criteria that the plan does not have: 9\.9\/exit\/1/);
    const later = await phase.write({ traceability: ['4.3/exit'] });
    assert.equal(later.note, 'Traceability matrix: 1 criterion, each with passing cases and no failing one');
    phase.criteria = [{ id: '4.3/exit/2', gate: '4.3/exit', text: 'Alone', met: true }];
    const none = await phase.write({ traceability: ['*/exit'] });
    assert.equal(none.note, 'Traceability matrix: 1 criterion, of which 1 not proven: 4.3/exit/2 no case');
  });

  it('log issues with who has mended them, at which revision, and what the retest has found', async () => {
    const phase = new Documented();
    phase.ran(['one', 'two', 'three'], 'r1');
    phase.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    phase.ran(['two', 'three'], 'r2');
    phase.say('deferIssue', { issue: 'I-2', by: 'lee', reason: 'after the release' });
    const { text, note } = await phase.write('issue-log');
    assert.equal(note, 'Issue resolution log: 3 issues: 1 open, 1 deferred, 1 closed');
    assert.match(text, /\| high \| 3 \| 1 \| 0 \| 1 \| 1 \|/);
    assert.match(
      text,
      /\| I-1 \| high \| Case one \(component\/testing\/one\) \| orders api \| 2026-11-30 \d\d:\d\d UTC at r1 \| ines, 2026-11-30 \d\d:\d\d UTC \| mended \| Orders › are listed \| passed at r2, 2026-11-30 \d\d:\d\d UTC \| 0 \|/,
    );
    assert.match(text, /\| I-2 .*\| deferred by lee, 2026-11-30 \d\d:\d\d UTC: after the release \| 0 \|/);
    assert.match(text, /\| I-3 .*\| \(Development Agent\) \| {2}\| {2}\| failed at r2 \| 0 \|/);
    assert.equal((await phase.look('issue-log')).state, 'warned');
  });

  it('are the same when a session is opened again as it was, also by another task', async () => {
    const phase = new Documented();
    phase.stored('component', 'r1', [{ key: 'one', state: 'passed' }]);
    const cases = [{ key: 'place', title: 'Place an order', steps: 'Pay' }];
    const session = { environment: 'testing', revision: 'r1', who: 'Product Owner', cases };
    phase.fact('uat', 'testing', { ...session, at: '2026-11-30T08:00:00Z' }, '4.3/c1');
    const before = await phase.write('test-results');
    phase.fact('uat', 'testing', { ...session, at: '2026-11-30T09:00:00Z' }, '4.3/b1');
    assert.deepEqual(await phase.write('test-results'), before);
  });

  it('list the test cases, and those that fixes have added or changed', async () => {
    const phase = new Documented();
    phase.stored('component', 'r1', [
      { key: 'one', state: 'failed', criteria: ['4.2/exit/1'] },
      { key: 'two', state: 'passed' },
    ]);
    phase.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    const cases = [{ key: 'place', title: 'Place an order', steps: 'Pay' }];
    phase.fact('uat', 'testing', { environment: 'testing', revision: 'r1', who: 'Product Owner', cases }, '4.3/c1');
    const { text, note } = await phase.write('test-cases');
    assert.equal(note, 'Test cases: 2 cases in 1 suite, and 1 case of user acceptance');
    assert.match(text, /\| Orders › are listed \| I-1 \| ines \|/);
    assert.match(text, /\| one \| 4\.2\/exit\/1 \| failed \|/);
    assert.match(text, /\| place \| Place an order \| Pay \|/);
  });

  it('show hostile names as the text that they are', async () => {
    const phase = new Documented();
    phase.stored('component', HOSTILE.slice(0, 60), [
      { key: HOSTILE, state: 'failed', message: HOSTILE, criteria: ['4.2/exit/1'] },
    ]);
    phase.criteria = [{ id: '4.2/exit/1', gate: '4.2/exit', text: HOSTILE, met: false }];
    phase.say('reportIssue', { title: HOSTILE, severity: 'high', by: 'max', component: HOSTILE });
    for (const name of ['test-results', 'traceability', 'issue-log', 'test-cases'] as const) {
      const { text } = await phase.write(name);
      assert.ok(text.includes(String.raw`\<img src=x`), name);
      for (const one of text.split('\n').filter((row) => !row.startsWith('!['))) {
        const free = one.replace(/\[([\w.-]+)\]\(\1\)/, '').replace(/`[\w:.-]+`/g, '');
        assert.doesNotMatch(free, /(?<!\\)[<>`[\]]/, `${name}: ${one}`);
        assert.doesNotMatch(one, /[\p{Cc}\p{Cf}]|^# Heading/u, name);
      }
      const chart = phase.beside(text, 'svg');
      assert.doesNotMatch(chart, /<img|[\p{Cf}]/u);
    }
  });

  it('are not written from a result that is gone, or was changed', async () => {
    const phase = new Documented();
    phase.stored('component', 'r1', [{ key: 'one', state: 'passed' }]);
    const [where = ''] = [...phase.records.files.keys()];
    phase.records.files.set(where, '{"cases":[]}');
    await assert.rejects(phase.write('test-results'), /has been changed since it was written/);
    phase.records.files.delete(where);
    await assert.rejects(phase.write('test-cases'), /is missing from the records/);
    assert.match((await phase.write('issue-log')).text, /\*\*no issues\*\*/);
  });
});
