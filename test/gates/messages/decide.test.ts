import assert from 'node:assert/strict';
import { Talk } from '../fixture.ts';

describe('decisions', () => {
  it('clear a gate when the last criterion is met, and only then', () => {
    const talk = new Talk().open('entry');
    assert.deepEqual(talk.say('approve', { gate: 'entry', by: 'dana', criterion: 1 }).unmet, ['entry/2']);
    assert.equal(talk.stateOf('entry'), 'open');
    const verdict = talk.say('approve', { gate: 'entry', by: 'lee' });
    assert.equal(verdict.code, 'ACCEPTED');
    assert.equal(verdict.state, 'cleared');
    assert.equal(talk.effects[0]?.type, 'notice');
  });

  it('without a criterion approve everything that is the sender’s, by role', () => {
    const talk = new Talk().open('entry');
    assert.match(talk.say('approve', { gate: 'entry', by: 'lee' }).reason, /approved criterion 2$/);
    assert.match(talk.say('approve', { gate: 'entry', by: 'dana' }).reason, /approved criterion 1$/);
  });

  it('name a criterion by number, id, or unique beginning of its text', () => {
    for (const criterion of [1, '1', 'entry/1', 'plan app']) {
      const talk = new Talk().open('entry');
      assert.equal(talk.say('approve', { gate: 'entry', by: 'dana', criterion }).code, 'ACCEPTED', String(criterion));
    }
    const talk = new Talk().open('entry');
    const unknown = talk.say('approve', { gate: 'entry', by: 'dana', criterion: 'nothing' });
    assert.equal(unknown.code, 'UNKNOWN');
    assert.match(unknown.reason, /; there are 1 \(Plan approved\), 2 \(Criterion 2\)$/);
    talk.open('completion');
    const only = talk.say('approve', { gate: 'completion', by: 'dana', criterion: 7 });
    assert.match(only.reason, /; there is only 1 \(Criterion 1\)$/);
  });

  it('are malformed while they contain the placeholder of a command instead of a name', () => {
    const talk = new Talk(true).open('entry');
    const verdict = talk.say('approve', { gate: 'entry', by: 'YOUR-NAME' });
    assert.equal(verdict.code, 'MALFORMED');
    assert.match(verdict.reason, /"by" still says YOUR-NAME/);
  });

  it('of a person who is not listed name the person who was probably meant', () => {
    const verdict = new Talk().open('entry').say('approve', { gate: 'entry', by: 'dan' });
    assert.match(verdict.reason, /did you mean "dana"/);
  });

  it('early: recorded, not applied', () => {
    const talk = new Talk();
    assert.equal(talk.say('approve', { gate: 'entry', by: 'dana' }).code, 'EARLY');
    talk.open('entry');
    assert.deepEqual(talk.state.gates['entry']?.criteria['entry/1']?.votes, []);
  });

  it('late: after the gate has cleared, after a rejection, after the phase is over', () => {
    const talk = new Talk(true).open('entry');
    talk.say('approve', { gate: 'entry', by: 'x' });
    assert.equal(talk.say('reject', { gate: 'entry', by: 'x', reason: 'no' }).code, 'LATE');
    talk.open('completion');
    talk.say('reject', { gate: 'completion', by: 'x', reason: 'no' });
    assert.equal(talk.say('approve', { gate: 'completion', by: 'x' }).code, 'LATE');
    talk.apply({ type: 'over', reason: 'completed' });
    assert.equal(talk.say('resubmit', { gate: 'completion', by: 'x' }).code, 'LATE');
  });

  it('stale: meant for another round', () => {
    const talk = new Talk().open('entry');
    assert.equal(talk.say('approve', { gate: 'entry', by: 'dana', round: 2 }).code, 'STALE');
    assert.equal(talk.say('approve', { gate: 'entry', by: 'dana', round: 1 }).code, 'ACCEPTED');
  });

  it('duplicate: the same id changes nothing the second time, whatever it says', () => {
    const talk = new Talk().open('entry');
    talk.say('approve', { gate: 'entry', by: 'dana', criterion: 1, id: 'm1' });
    assert.equal(talk.say('reject', { gate: 'entry', by: 'dana', reason: 'no', id: 'm1' }).code, 'DUPLICATE');
    assert.equal(talk.stateOf('entry'), 'open');
  });

  it('an id is the sender’s own, and only what has counted uses it up', () => {
    const talk = new Talk();
    const message = { gate: 'entry', by: 'dana', criterion: 1, id: 'm1' };
    assert.equal(talk.say('approve', { ...message, by: 'mallory' }).code, 'UNKNOWN');
    assert.equal(talk.say('approve', message).code, 'EARLY');
    talk.open('entry');
    assert.equal(talk.say('approve', message).code, 'ACCEPTED');
    assert.equal(talk.say('approve', message).code, 'DUPLICATE');
    assert.equal(talk.say('approve', { gate: 'entry', by: 'lee', id: 'm1' }).code, 'ACCEPTED');
  });

  it('repeated: the same person, or another one, approves what is approved', () => {
    const talk = new Talk(true).open('entry');
    talk.say('approve', { gate: 'entry', by: 'x', criterion: 1 });
    assert.equal(talk.say('approve', { gate: 'entry', by: 'x', criterion: 1 }).code, 'REPEATED');
    assert.equal(talk.say('approve', { gate: 'entry', by: 'y', criterion: 1 }).code, 'REPEATED');
  });

  it('denied: the role is missing; the reason names it and who holds it', () => {
    const talk = new Talk().open('entry');
    const verdict = talk.say('approve', { gate: 'entry', by: 'lee', criterion: 1 });
    assert.equal(verdict.code, 'DENIED');
    assert.match(verdict.reason, /Stakeholder \(held by dana\)/);
    assert.equal(talk.say('approve', { gate: 'entry', by: 'ines' }).code, 'DENIED', 'agents do not decide');
    assert.equal(talk.say('approve', { gate: 'entry', by: 'nobody' }).code, 'UNKNOWN');
    assert.equal(talk.say('waive', { gate: 'entry', by: 'dana', criterion: 1, reason: 'no' }).code, 'DENIED');
  });

  it('denied: the reason leaves out criteria that are met already', () => {
    const talk = new Talk().open('entry');
    talk.say('approve', { gate: 'entry', by: 'dana', criterion: 1 });
    const verdict = talk.say('approve', { gate: 'entry', by: 'ines' });
    assert.equal(verdict.code, 'DENIED');
    assert.match(verdict.reason, /^criterion 2 is for/);
  });

  it('trust: asserted where people are listed, open where anyone may act', () => {
    for (const [open, trust] of [
      [false, 'asserted'],
      [true, 'open'],
    ] as const) {
      const talk = new Talk(open).open('entry');
      talk.say('approve', { gate: 'entry', by: 'dana' });
      assert.ok(talk.state.ledger.recent.some((entry) => entry.what === 'approve' && entry.trust === trust));
    }
  });

  it('reject closes the round; resubmit opens the next one with a clean slate', () => {
    const talk = new Talk().open('entry');
    talk.say('approve', { gate: 'entry', by: 'lee' });
    assert.equal(talk.say('reject', { gate: 'entry', by: 'dana', reason: 'not yet' }).state, 'rejected');
    assert.deepEqual(talk.effects, [
      { type: 'notice', gate: 'entry', kind: 'closed', reason: 'rejected by dana: not yet' },
    ]);
    assert.equal(talk.say('resubmit', { gate: 'entry', by: 'ines' }).code, 'DENIED');
    assert.equal(talk.say('resubmit', { gate: 'entry', by: 'lee' }).code, 'ACCEPTED');
    assert.deepEqual(talk.effects, [{ type: 'reopen', gate: 'entry' }]);
    talk.open('entry');
    assert.equal(talk.state.gates['entry']?.round, 2);
    assert.deepEqual(
      talk.say('approve', { gate: 'entry', by: 'dana', criterion: 1 }).unmet,
      ['entry/2'],
      'lee’s is gone',
    );
  });

  it('rework is for gates after work, with tasks that exist and that the gate guards', () => {
    const talk = new Talk().open('entry').open('4.1/exit').open('completion');
    const reject = (gate: string, rework: string[]) => talk.say('reject', { gate, by: 'lee', reason: 'again', rework });
    assert.equal(reject('entry', ['4.1/a1']).code, 'REFUSED');
    assert.match(reject('4.1/exit', ['4.1/a2']).reason, /did you mean "4.1\/a1"/);
    assert.equal(reject('4.1/exit', ['4.2/a1']).code, 'REFUSED');
    assert.equal(reject('completion', ['4.2/a1']).code, 'ACCEPTED');
    assert.equal(talk.say('resubmit', { gate: 'completion', by: 'lee' }).code, 'REFUSED', 'its rework goes on');
  });

  it('withdraw takes back the sender’s own approval only, while the gate is open', () => {
    const talk = new Talk().open('entry');
    talk.say('approve', { gate: 'entry', by: 'dana', criterion: 1 });
    assert.equal(talk.say('withdraw', { gate: 'entry', by: 'lee', criterion: 1 }).code, 'REFUSED');
    const withdrawn = talk.say('withdraw', { gate: 'entry', by: 'dana' });
    assert.deepEqual(withdrawn.unmet, ['entry/1', 'entry/2']);
    assert.equal(withdrawn.reason, 'withdrawn from criterion 1');
  });

  it('waive does without one criterion, and says so in the record', () => {
    const talk = new Talk().open('4.1/exit');
    const verdict = talk.say('waive', { gate: '4.1/exit', by: 'lee', criterion: 1, reason: 'not in scope' });
    assert.deepEqual(verdict.unmet, ['4.1/exit/2', '4.1/exit/3']);
    assert.match(verdict.reason, /not in scope/);
  });

  it('recheck is for approvers and operators', () => {
    const talk = new Talk().open('4.1/exit');
    assert.equal(talk.say('recheck', { gate: '4.1/exit', by: 'ines' }).code, 'DENIED');
    talk.say('recheck', { gate: '4.1/exit', by: 'dana', criterion: 1 });
    assert.deepEqual(talk.effects, [{ type: 'recheck', gate: '4.1/exit', criterion: '4.1/exit/1' }]);
  });

  it('recheck is refused where there are no checks', () => {
    const talk = new Talk().open('entry');
    const { code, reason } = talk.say('recheck', { gate: 'entry', by: 'dana' });
    assert.deepEqual([code, reason], ['REFUSED', 'entry has no checks; people decide it']);
    assert.deepEqual(talk.effects, []);
  });
});

describe('criteria', () => {
  it('by check alone, by both, by either', () => {
    const talk = new Talk().open('4.1/exit');
    assert.equal(talk.say('approve', { gate: '4.1/exit', by: 'dana', criterion: 1 }).code, 'REFUSED');
    talk.found('4.1/exit/1/met', 'passed');
    talk.found('4.1/exit/2/met', 'passed');
    assert.deepEqual(talk.say('approve', { gate: '4.1/exit', by: 'dana', criterion: 3 }).unmet, ['4.1/exit/2']);
    assert.equal(talk.say('approve', { gate: '4.1/exit', by: 'dana', criterion: 2 }).state, 'cleared');
  });

  it('turn unmet when a check fails again before the gate has cleared', () => {
    const talk = new Talk().open('4.1/exit');
    talk.found('4.1/exit/1/met', 'passed');
    talk.found('4.1/exit/3/met', 'passed');
    talk.found('4.1/exit/1/met', 'failed');
    talk.found('4.1/exit/2/met', 'passed');
    assert.equal(talk.say('approve', { gate: '4.1/exit', by: 'dana', criterion: 2 }).state, 'open');
  });

  it('take no check of another round', () => {
    const talk = new Talk().open('4.1/exit');
    talk.found('4.1/exit/1/met', 'passed', 2);
    assert.deepEqual(talk.state.gates['4.1/exit']?.criteria['4.1/exit/1']?.checks, {});
  });

  it('that were met elsewhere with no work between are not asked again, but only in a first round', () => {
    const talk = new Talk(true).open('entry');
    talk.say('approve', { gate: 'entry', by: 'x' });
    talk.open('4.1/entry');
    assert.equal(talk.stateOf('4.1/entry'), 'cleared');

    const later = new Talk(true).open('4.1/entry');
    assert.equal(later.stateOf('4.1/entry'), 'open', 'what it points to has not been met');
    later.say('reject', { gate: '4.1/entry', by: 'x', reason: 'no' });
    later.open('entry').say('approve', { gate: 'entry', by: 'x' });
    later.open('4.1/entry');
    assert.equal(later.stateOf('4.1/entry'), 'open', 'a second round asks itself');
  });

  it('a gate without criteria clears as it opens; one passed beforehand is cleared', () => {
    const talk = new Talk().open('4.1/quality');
    assert.equal(talk.stateOf('4.1/quality'), 'cleared');
    talk.apply({ type: 'beforehand', gate: 'entry', by: 'dana', reason: 'by hand' });
    assert.equal(talk.stateOf('entry'), 'cleared');
    assert.equal(talk.say('approve', { gate: 'entry', by: 'dana' }).code, 'LATE');
  });
});
