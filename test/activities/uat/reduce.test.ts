import assert from 'node:assert/strict';
import { uatOf } from '../../../src/activities/uat/model.ts';
import { boardSections, stateChecks } from '../../../src/activities/slices.ts';
import { sliceSection } from '../../../src/views/desk.ts';
import { fixed, Testing } from '../issues/fixture.ts';

const cases = [
  { key: 'place', title: 'Place an order', steps: 'Open the shop; put a book into the basket; pay' },
  { key: 'cancel', title: 'Cancel an order', steps: 'Open the order; cancel it' },
];
const session = { environment: 'testing', revision: 'r1', who: 'Product Owner', cases, agent: 'Development Agent' };

function opened(more: Partial<typeof session & { at: string }> = {}, testing = new Testing()): Testing {
  testing.fact('uat', more.environment ?? 'testing', { ...session, ...more }, '4.3/c1');
  return testing;
}

function check(testing: Testing, input = {}) {
  const { state, reason } = stateChecks['uat']!(testing.state, input);
  return `${state}: ${reason}`;
}

const passed = (key: string, revision = 'r1') => ({ case: key, result: 'passed', revision, by: 'uma' });

describe('user acceptance', () => {
  it('is signed off case by case, by the role of the session', () => {
    const testing = opened();
    assert.match(testing.lastEntry, /user acceptance of testing is open: 2 cases for Product Owner, at revision r1/);
    assert.equal(check(testing), 'inconclusive: not signed off yet: testing/place, testing/cancel');
    const denied = testing.say('signOff', { ...passed('place'), by: 'ines' });
    assert.deepEqual([denied.code, denied.reason], ['DENIED', 'only Product Owner (held by uma) signs off here']);
    assert.equal(testing.say('signOff', passed('place')).reason, 'passed at revision r1');
    assert.equal(testing.say('signOff', passed('testing/place')).code, 'REPEATED');
    assert.equal(testing.say('signOff', { ...passed('testing/cancel'), revision: 'r1' }).code, 'ACCEPTED');
    assert.equal(check(testing), 'passed: all 2 cases passed, signed off by uma');
    assert.deepEqual(
      [check(testing, { environments: ['testing'] }), check(testing, { environments: ['production'] })],
      ['passed: all 2 cases passed, signed off by uma', 'inconclusive: no session of production has been opened'],
    );
  });

  it('is bound to the revision of the session', () => {
    const testing = opened();
    const { revision: _, ...unbound } = passed('place');
    const refused = testing.say('signOff', unbound);
    assert.deepEqual(
      [refused.code, refused.reason],
      [
        'REFUSED',
        'say in "revision" what you have tried: the session is open at "r1", as the command on the board says',
      ],
    );
    const stale = testing.say('signOff', { ...passed('place'), revision: 'r0' });
    assert.equal(stale.code, 'STALE');
    testing.say('signOff', passed('place'));
    testing.say('signOff', passed('cancel'));
    testing.ran([], 'r1');
    assert.match(check(testing), /^passed/);
    testing.ran([], 'r2');
    assert.equal(check(testing), 'warned: all 2 cases passed, but testing has been tested at another revision since');
    opened({ revision: 'r2' }, testing);
    assert.match(check(testing), /^inconclusive: not signed off yet: testing\/place, testing\/cancel/);
  });

  it('keeps verdicts of cases that are the same, when its fact comes again', () => {
    const testing = opened();
    testing.say('signOff', passed('place'));
    const entries = testing.state.ledger.length;
    opened({}, testing);
    assert.equal(testing.state.ledger.length, entries);
    const [first, second] = cases;
    opened({ cases: [first!, { ...second!, steps: 'Otherwise' }] }, testing);
    assert.deepEqual(Object.keys(uatOf(testing.state).sessions['testing']!.verdicts), ['place']);
    opened({ cases: [{ ...first!, steps: 'Otherwise' }, second!] }, testing);
    assert.deepEqual(Object.keys(uatOf(testing.state).sessions['testing']!.verdicts), []);
  });

  it('opens an issue for a case that is declined, and closes it when the case is accepted', () => {
    const testing = opened();
    const decline = { ...passed('place'), result: 'failed' };
    assert.equal(testing.say('signOff', decline).code, 'REFUSED');
    assert.equal(testing.say('signOff', { ...decline, note: 'The total is wrong' }).code, 'ACCEPTED');
    const { title, message, agent, severity, failedAt, found } = testing.issue('I-1');
    assert.deepEqual(
      [title, message, agent, severity, failedAt, found],
      [
        'Place an order',
        'The total is wrong',
        'Development Agent',
        'high',
        'r1',
        { suite: 'uat', environment: 'testing', case: 'place' },
      ],
    );
    assert.equal(check(testing), 'failed: declined: testing/place');
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    assert.equal(testing.stateOf('I-1'), 'resolved');
    testing.say('signOff', { ...decline, note: 'Still wrong' });
    assert.equal(testing.stateOf('I-1'), 'resolved', 'the same verdict by the same person changes nothing');
    testing.say('signOff', passed('place'));
    assert.equal(testing.stateOf('I-1'), 'closed');
    testing.say('signOff', { ...decline, note: 'Wrong again' });
    assert.deepEqual([testing.stateOf('I-1'), testing.issue('I-1').reopened], ['open', 1]);
  });

  it('names a case that there is not, or that several sessions have', () => {
    assert.match(new Testing().say('signOff', passed('place')).reason, /no user acceptance session is open/);
    const testing = opened();
    const unknown = testing.say('signOff', passed('testing/plaec'));
    assert.deepEqual(
      [unknown.code, unknown.reason],
      ['UNKNOWN', 'there is no case "testing/plaec"; did you mean "testing/place"?'],
    );
    opened({ environment: 'production' }, testing);
    assert.match(testing.say('signOff', passed('place')).reason, /several environments have a case "place"/);
    assert.equal(testing.say('signOff', passed('production/place')).code, 'ACCEPTED');
  });

  it('is done when every case has a verdict, whichever', () => {
    const testing = new Testing();
    assert.deepEqual(testing.next('4.3/c1'), { number: 1, told: {} });
    opened({}, testing);
    testing.apply({ type: 'round', task: '4.3/c1', number: 1 });
    assert.equal(testing.next('4.3/c1'), undefined);
    testing.say('signOff', passed('place'));
    assert.equal(testing.next('4.3/c1'), undefined);
    testing.say('signOff', { ...passed('cancel'), result: 'failed', note: 'No button' });
    assert.deepEqual(testing.next('4.3/c1'), { over: true, after: 1 });
  });

  it('is waited for by each task that has opened it, and asked anew for all when one of them brings another revision', () => {
    const testing = opened();
    testing.apply({ type: 'round', task: '4.3/c1', number: 1 });
    testing.say('signOff', passed('place'));
    testing.say('signOff', { ...passed('cancel'), result: 'failed', note: 'No button' });
    testing.fact('uat', 'testing', { ...session, revision: 'r2' }, '4.3/b1');
    assert.equal(testing.next('4.3/c1'), undefined);
    testing.say('signOff', passed('place', 'r2'));
    testing.say('signOff', passed('cancel', 'r2'));
    assert.deepEqual(testing.next('4.3/c1'), { over: true, after: 1 });
  });

  it('is as the last step has opened it, in whatever order steps are heard', () => {
    const testing = opened({ revision: 'r2', at: '2026-11-30T07:30:00Z' });
    testing.say('signOff', passed('place', 'r2'));
    testing.fact('uat', 'testing', { ...session, at: '2026-11-30T07:00:00Z' }, '4.3/b1');
    const { revision, verdicts, tasks } = uatOf(testing.state).sessions['testing']!;
    assert.deepEqual([revision, Object.keys(verdicts), tasks], ['r2', ['place'], ['4.3/c1', '4.3/b1']]);
  });

  it('is doubted when a suite that has run at its revision runs at another one, though others have not run again', () => {
    const testing = new Testing();
    testing.ran([], 'r1', { suite: 'api' });
    testing.ran([], 'r1');
    testing.ran([], 'schema 7', { suite: 'stores' });
    opened({}, testing);
    testing.say('signOff', passed('place'));
    testing.say('signOff', passed('cancel'));
    assert.match(check(testing), /^passed/);
    testing.ran([], 'schema 8', { suite: 'stores' });
    assert.match(check(testing), /^passed/, 'this suite has a revision of its own');
    testing.ran([], 'r2');
    assert.equal(check(testing), 'warned: all 2 cases passed, but testing has been tested at another revision since');
  });

  it('without a revision begins anew each time that a step opens it, and a person has to accept it', () => {
    const testing = opened({ revision: 'unstated', at: '2026-11-30T07:00:00Z' });
    testing.say('signOff', passed('place', 'unstated'));
    testing.say('signOff', passed('cancel', 'unstated'));
    const warned = /^warned: all 2 cases passed, but the session of testing states no revision/;
    assert.match(check(testing), warned);
    opened({ revision: 'unstated', at: '2026-11-30T07:00:00Z' }, testing);
    assert.match(check(testing), warned, 'the same fact again');
    opened({ revision: 'unstated', at: '2026-11-30T07:30:00Z' }, testing);
    assert.equal(check(testing), 'inconclusive: not signed off yet: testing/place, testing/cancel');
  });

  it('shows what waits, with its command, and hostile text as text', () => {
    const [first] = cases;
    const testing = opened({ cases: [first!, { key: 'evil', title: '<b>[x](y)', steps: '`a`\nb' }] });
    const [section] = boardSections(testing.state);
    assert.equal(
      sliceSection(section!, 'phase-4'),
      `### User acceptance

- **testing/place** Place an order · waits for Product Owner · at revision r1 · Open the shop; put a book into the basket; pay
- **testing/evil** \\<b\\>\\[x\\](y) · waits for Product Owner · at revision r1 · \\\`a\\\` b

\`\`\`
temporal workflow signal --workflow-id phase-4 --name signOff --input '{"case":"testing/place","result":"passed","revision":"r1","by":"uma"}'
temporal workflow signal --workflow-id phase-4 --name signOff --input '{"case":"testing/evil","result":"passed","revision":"r1","by":"uma"}'
\`\`\``,
    );
    testing.say('signOff', passed('place'));
    testing.say('signOff', passed('evil'));
    assert.deepEqual(boardSections(testing.state), []);
  });

  it('leaves alone what is no session, or too large', () => {
    const many = Array.from({ length: 201 }, (_, index) => ({ key: String(index), title: 't', steps: 's' }));
    const long = Array.from({ length: 100 }, (_, index) => ({
      key: String(index),
      title: 't',
      steps: 's'.repeat(900),
    }));
    const [first] = cases;
    for (const forged of [
      { cases: many },
      { cases: long },
      { cases: [] },
      { cases: [first!, first!] },
      { revision: '' },
    ]) {
      assert.deepEqual(uatOf(opened(forged).state).sessions, {});
    }
    const testing = new Testing();
    for (let index = 0; index < 9; index += 1) opened({ environment: `e${String(index)}` }, testing);
    assert.equal(Object.keys(uatOf(testing.state).sessions).length, 5);
    const told =
      'there is no session of e8: a phase has sessions of 5 environments at most, and there are those of e0, e1, e2, e3, e4';
    assert.equal(testing.lastEntry, `session 4.3/c1: ${told}`);
    testing.fact('uat', 'other', session);
    assert.equal(uatOf(testing.state).sessions['other'], undefined);
  });
});
