import assert from 'node:assert/strict';
import { Talk } from '../fixture.ts';

const hold = (on: string) => ({ on, by: 'lee', reason: 'audit' });

describe('holds', () => {
  for (const on of ['phase', '4.1', '4.1/exit']) {
    it(`of ${on} keep its gate from clearing; everything said meanwhile counts when it is released`, () => {
      const talk = new Talk(true).open('4.1/exit');
      assert.equal(talk.say('hold', hold(on)).code, 'ACCEPTED');
      for (const criterion of [1, 2, 3]) talk.say('waive', { gate: '4.1/exit', by: 'x', criterion, reason: 'x' });
      assert.equal(talk.stateOf('4.1/exit'), 'open');
      assert.equal(talk.say('release', { on, by: 'lee' }).code, 'ACCEPTED');
      assert.equal(talk.stateOf('4.1/exit'), 'cleared');
    });
  }

  it('of something else leave a gate alone', () => {
    const talk = new Talk(true).open('entry');
    talk.say('hold', hold('4.1'));
    for (const criterion of [1, 2]) talk.say('waive', { gate: 'entry', by: 'x', criterion, reason: 'x' });
    assert.equal(talk.stateOf('entry'), 'cleared');
  });

  it('are for operators, have a reason, once, and of things that exist', () => {
    const talk = new Talk();
    assert.equal(talk.say('hold', { ...hold('4.1'), by: 'ines' }).code, 'DENIED');
    assert.equal(talk.say('hold', { on: '4.1', by: 'lee' }).code, 'MALFORMED');
    assert.match(talk.say('hold', hold('4.1/exti')).reason, /did you mean "4\.1\/exit"/);
    const release = (on: string) => talk.say('release', { on, by: 'lee' });
    assert.equal(release('4.1').code, 'REFUSED');
    assert.deepEqual([release('5.1/3').code, release('5.1/3').reason], ['UNKNOWN', '"5.1/3" is not held; nothing is']);
    assert.equal(talk.say('hold', hold('4.1')).code, 'ACCEPTED');
    const again = talk.say('hold', hold('4.1'));
    assert.equal(again.code, 'REPEATED');
    assert.match(again.reason, /by lee: audit/);
    assert.equal(release('4.2').reason, '"4.2" is not held; held is 4.1');
  });

  it('of a task keep people from completing it', () => {
    const talk = new Talk();
    talk.apply({
      type: 'task',
      task: '4.1/a1',
      state: 'waiting',
      desk: { task: '4.1/a1', title: '', waits: 'complete', agents: ['Build Agent'], since: 0 },
    });
    talk.say('hold', hold('4.1/a1'));
    assert.match(talk.say('complete', { task: '4.1/a1', by: 'ines' }).reason, /held by lee: audit/);
    talk.say('release', { on: '4.1/a1', by: 'lee' });
    assert.equal(talk.say('complete', { task: '4.1/a1', by: 'ines' }).code, 'ACCEPTED');
  });
});
