import assert from 'node:assert/strict';
import { bytesOf } from '../../../src/base/json.ts';
import { communicationOf, initialState, nextTick, reduce } from '../../../src/activities/slices.ts';
import type { GatesEvent, Publication } from '../../../src/gates/events.ts';
import type { GatesState } from '../../../src/gates/model.ts';
import { gatesOf } from '../../../src/plan/walk.ts';
import { bound } from '../../plan/bind-fixture.ts';

const plan = bound(`calendars: { office: { zone: UTC } }
communication:
  calendar: office
  standups: { at: '09:30' }
  reviews: { at: '15:00', milestones: true }
`);

/** The state of a phase, told what happens. */
class Told {
  state: GatesState = initialState({
    gates: gatesOf(plan),
    tasks: Object.fromEntries(
      ['9.1/a1', '9.1/a2'].map((task) => [
        task,
        { agent: 'Infra Agent', contributors: [], milestone: '9.1', state: 'running' as const },
      ]),
    ),
    plan,
  });
  at = 1_000;

  constructor() {
    this.apply({ type: 'note', what: 'started', reason: 'it begins' });
  }

  apply(event: GatesEvent) {
    this.at += 1;
    const { state, verdict } = reduce(this.state, event, this.at);
    this.state = state;
    return verdict;
  }

  say(name: string, body: object) {
    return this.apply({ type: 'message', name, body });
  }

  published(more: Partial<Publication> = {}) {
    const told = { over: [], words: this.known.counter, decision: this.state.ledger.length };
    return this.apply({
      type: 'published',
      kind: 'standup',
      id: 'standup-x',
      reason: 'told',
      undelivered: [],
      told,
      ...more,
    });
  }

  get known() {
    const known = communicationOf(this.state);
    assert.ok(known);
    return known;
  }
}

const progress = { task: '9.1/a1', by: 'dev', note: 'half way' };

describe('what a phase keeps of its communication', () => {
  it('begins with the phase, and asks for no tick: activities wait', () => {
    const { known, state } = new Told();
    assert.deepEqual([known.began, known.last], [1_001, { standup: 1_001, review: 1_001 }]);
    assert.equal(nextTick(state), undefined);
  });

  it('keeps what people say until a standup has told it; what comes while it is drawn waits for the next', () => {
    const phase = new Told();
    phase.say('progress', { ...progress, done: 'one', blockers: 'two', next: 'three' });
    const { counter } = phase.known;
    assert.deepEqual(
      phase.known.words.map(({ done, blockers, next }) => [done, blockers, next]),
      [['one', 'two', 'three']],
    );
    phase.say('progress', { ...progress, note: 'later' });
    phase.published({ told: { over: [], words: counter, decision: 0 } });
    assert.deepEqual(
      phase.known.words.map(({ note }) => note),
      ['later'],
    );
    assert.match(
      phase.state.ledger.recent.find(({ what }) => what === 'progress')?.reason ?? '',
      /done: one; blockers: two; next: three/,
    );
  });

  it('keeps decisions until a review has told them, and words until a standup has', () => {
    const phase = new Told();
    phase.apply({ type: 'open', gate: 'entry' });
    phase.say('approve', { gate: 'entry', by: 'dana' });
    phase.say('progress', progress);
    assert.deepEqual(
      phase.known.decisions.map(({ what, on }) => [what, on]),
      [
        ['approve', 'entry'],
        ['cleared', 'entry'],
      ],
    );
    phase.published();
    assert.deepEqual([phase.known.words.length, phase.known.decisions.length], [0, 2]);
    phase.published({ kind: 'review', id: 'review-x' });
    assert.equal(phase.known.decisions.length, 0);
  });

  it('tells a task again that is done again', () => {
    const phase = new Told();
    phase.published({ told: { over: ['9.1/a1', '9.1/a2', 'no task'], words: 0, decision: 0 } });
    assert.deepEqual(phase.known.told, ['9.1/a1', '9.1/a2']);
    phase.apply({ type: 'task', task: '9.1/a1', state: 'pending', desk: null });
    assert.deepEqual(phase.known.told, ['9.1/a2']);
  });

  it('asks for a review at the end of each milestone, once', () => {
    const phase = new Told();
    const approve = (gate: string) => {
      phase.apply({ type: 'open', gate });
      phase.say('approve', { gate, by: 'dana' });
    };
    for (const gate of ['9.1/exit', '9.1/quality']) approve(gate);
    assert.deepEqual(
      phase.known.asked.map(({ kind, id }) => [kind, id]),
      [['review', 'review-9.1']],
    );
    phase.published({ kind: 'review', id: 'review-9.1' });
    phase.say('progress', progress);
    assert.deepEqual(phase.known.asked, []);
  });

  it('does not review milestones that were done beforehand', () => {
    const phase = new Told();
    phase.apply({ type: 'beforehand', gate: '9.1/quality', by: 'dana', reason: 'earlier' });
    assert.deepEqual(phase.known.asked, []);
  });

  it('takes as many requests as it can carry', () => {
    const phase = new Told();
    const codes = Array.from({ length: 11 }, () => phase.say('standup', { by: 'dana' })?.code);
    assert.deepEqual([...new Set(codes.slice(0, 10))], ['ACCEPTED']);
    assert.equal(codes[10], 'REFUSED');
    phase.published({ id: 'standup-extra-1' });
    assert.equal(phase.say('standup', { by: 'dana' })?.reason, 'standup-extra-11 is being published');
  });

  it('records a document when it has changed', () => {
    const phase = new Told();
    const document = { kind: 'document', id: 'communication/1', evidence: { where: 'a.md', sha256: 'aa' } } as const;
    const count = () => phase.state.ledger.recent.filter(({ what }) => what === 'document').length;
    phase.published(document);
    phase.published(document);
    assert.equal(count(), 1);
    phase.published({ ...document, evidence: { where: 'b.md', sha256: 'bb' } });
    assert.equal(count(), 2);
  });

  it('stays within its bounds, and counts what it has left out', () => {
    const phase = new Told();
    const long = '€'.repeat(2_000);
    for (let count = 0; count < 120; count += 1) {
      phase.say('progress', { ...progress, by: 'x'.repeat(200), note: long, done: long, blockers: long, next: long });
      phase.say('hold', { on: 'phase', by: 'x'.repeat(200), reason: long });
      phase.say('release', { on: 'phase', by: 'x'.repeat(200) });
      phase.published({
        kind: 'document',
        id: 'd',
        undelivered: [long],
        evidence: { where: 'w', sha256: String(count) },
      });
    }
    const { words, decisions, dropped, undelivered } = phase.known;
    assert.deepEqual([words.length, decisions.length, undelivered.length], [40, 60, 10]);
    assert.deepEqual(dropped, { words: 80, decisions: 180 });
    assert.ok(bytesOf(phase.known) < 250_000, String(bytesOf(phase.known)));
  });
});
