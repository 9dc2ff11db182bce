import assert from 'node:assert/strict';
import type { DeskItem } from '../../src/gates/model.ts';
import { Talk } from './fixture.ts';

function waiting(waits: DeskItem['waits'], agents: readonly string[] = ['Build Agent']): Talk {
  const talk = new Talk();
  const desk: DeskItem = { task: '4.1/a1', title: 'First', waits, agents, since: 1 };
  talk.apply({ type: 'task', task: '4.1/a1', state: waits === 'blocked' ? 'blocked' : 'waiting', desk });
  return talk;
}

describe('messages about tasks', () => {
  it('complete is for who holds the agent, while the task waits for it, once', () => {
    const talk = waiting('complete');
    assert.equal(talk.say('complete', { task: '4.1/a1', by: 'mona' }).code, 'DENIED');
    const message = { task: '4.1/a1', by: 'ines', outputs: { Url: 'x' } };
    assert.equal(talk.say('complete', message).code, 'ACCEPTED');
    assert.deepEqual(talk.effects, [{ type: 'task', name: 'complete', message }]);
    assert.deepEqual(talk.state.desk, {});
    assert.equal(talk.say('complete', message).code, 'REPEATED');
    assert.equal(new Talk().say('complete', message).code, 'EARLY');
  });

  it('complete must carry what the task has to deliver', () => {
    const talk = waiting('complete');
    const { '4.1/a1': task, ...others } = talk.state.tasks;
    assert.ok(task);
    talk.state = { ...talk.state, tasks: { ...others, '4.1/a1': { ...task, delivers: ['Revision'] } } };
    const refused = talk.say('complete', { task: '4.1/a1', by: 'ines', outputs: { Url: 'x' } });
    assert.deepEqual(
      [refused.code, refused.reason],
      ['REFUSED', '4.1/a1 has to deliver Revision; add {"outputs":{"Revision":"…"}}'],
    );
    const outputs = { Revision: 'abc' };
    assert.equal(talk.say('complete', { task: '4.1/a1', by: 'ines', outputs }).code, 'ACCEPTED');
  });

  it('retry and skip are for operators; a running task is not skipped', () => {
    const talk = waiting('blocked');
    assert.equal(talk.say('retry', { task: '4.1/a1', by: 'ines' }).code, 'DENIED');
    assert.equal(talk.say('complete', { task: '4.1/a1', by: 'ines' }).code, 'REFUSED');
    assert.equal(talk.say('retry', { task: '4.1/a1', by: 'lee' }).code, 'ACCEPTED');
    assert.equal(talk.say('retry', { task: '4.1/a1', by: 'lee' }).code, 'REFUSED');
    assert.equal(talk.say('skip', { task: '4.1/a1', by: 'lee', reason: 'no need' }).code, 'REFUSED');
    assert.equal(waiting('blocked').say('skip', { task: '4.1/a1', by: 'lee', reason: 'no need' }).code, 'ACCEPTED');
  });

  it('skip is the way out of a hold, and tells of steps only where there are some', () => {
    const talk = new Talk();
    for (const on of ['4.1/a1', '4.2/a1']) talk.say('hold', { on, by: 'lee', reason: 'audit' });
    const skip = (task: string) => talk.say('skip', { task, by: 'lee', reason: 'no need' });
    assert.deepEqual([skip('4.1/a1').code, skip('4.1/a1').code], ['ACCEPTED', 'REPEATED']);
    assert.equal(talk.state.ledger.recent.at(-2)?.reason, 'skipped: no need');
    assert.equal(skip('4.2/a1').reason, 'skipped, unless its steps are done before: no need');
  });

  it('input is for who holds a contributing agent, at any time before the task is over', () => {
    const talk = new Talk();
    assert.equal(talk.say('input', { task: '4.1/a1', by: 'ines' }).code, 'DENIED');
    assert.equal(talk.say('input', { task: '4.1/a1', by: 'mona', note: 'thresholds' }).code, 'ACCEPTED');
    assert.equal(talk.say('input', { task: '4.2/a1', by: 'mona' }).code, 'REFUSED', 'no agent contributes to it');
  });

  it('progress and completion are early until the milestone’s entry gate has cleared', () => {
    const talk = new Talk().open('4.1/entry');
    const message = { task: '4.1/a1', by: 'ines' };
    for (const { code, reason } of [
      talk.say('progress', { ...message, note: 'half' }),
      talk.say('complete', message),
    ]) {
      assert.equal(code, 'EARLY');
      assert.equal(reason, '4.1/a1 has not begun: 4.1/entry has not cleared; say it again then');
    }
    assert.deepEqual(talk.state.progress, {});
    assert.equal(talk.say('approve', { gate: '4.1/entry', by: 'dana' }).state, 'cleared');
    assert.equal(talk.say('progress', { ...message, note: 'half' }).code, 'ACCEPTED');
    assert.equal(
      talk.say('complete', message).reason,
      '4.1/a1 does not wait for a person now; say it again when it does',
    );
  });

  it('progress is noted and changes nothing', () => {
    const talk = waiting('complete');
    const before = talk.state.desk;
    assert.equal(talk.say('progress', { task: '4.1/a1', by: 'ines', note: 'half' }).code, 'ACCEPTED');
    assert.deepEqual(talk.effects, []);
    assert.deepEqual(talk.state.desk, before);
  });
});

describe('a message of the wrong shape', () => {
  const entryOf = (name: string, body: unknown) => {
    const talk = new Talk().open('entry');
    talk.hear(name, body);
    const { by, on, trust, code } = talk.state.ledger.recent.at(-1) ?? {};
    return { by, on, trust, code };
  };

  it('is entered with who and what about, as far as it can be read, and counts for nothing', () => {
    const asserted = { trust: 'asserted', code: 'MALFORMED' };
    for (const [name, body, on] of [
      ['approve', { gate: 'entry', by: 'dana', noet: 'x' }, 'entry'],
      ['complete', { task: '4.1/a1', by: 'dana', noet: 'x' }, '4.1/a1'],
      ['hold', { on: '4.1', by: 'dana' }, '4.1'],
    ] as const) {
      assert.deepEqual(entryOf(name, body), { by: 'dana', on, ...asserted });
    }
    assert.deepEqual(entryOf('aprove', { gate: 'entry', by: 'dana' }), {
      by: 'dana',
      on: 'entry',
      trust: 'asserted',
      code: 'UNKNOWN',
    });
  });

  it('is entered without what is no name', () => {
    const nothing = { by: undefined, on: undefined, trust: 'asserted', code: 'MALFORMED' };
    for (const by of ['', 7, ['dana'], 'x'.repeat(201)])
      assert.deepEqual(entryOf('approve', { gate: {}, by }), nothing);
    assert.deepEqual(entryOf('approve', 'dana'), nothing);
  });
});

describe('malformed and unknown messages', () => {
  const wrong: [name: string, body: unknown, code: string, reason: RegExp][] = [
    ['approve', undefined, 'MALFORMED', /missing, not one object; the form is/],
    ['approve', null, 'MALFORMED', /null/],
    ['approve', [1, 2], 'MALFORMED', /a list of 2/],
    ['approve', 'entry', 'MALFORMED', /a string/],
    ['approve', { undecodable: 'Unknown encoding' }, 'MALFORMED', /cannot be decoded \(Unknown encoding\)/],
    ['approve', { by: 'dana' }, 'MALFORMED', /"gate" is missing/],
    ['approve', { gate: 'entry', by: 7 }, 'MALFORMED', /"by" must be a text/],
    ['approve', { gate: 'entry', by: 'dana', criterium: 1 }, 'MALFORMED', /"criterium"; did you mean "criterion"/],
    ['reject', { gate: 'entry', by: 'dana' }, 'MALFORMED', /"reason" is missing/],
    ['approve', { gate: 'entry', by: 'dana', note: 'x'.repeat(5000) }, 'MALFORMED', /at most 2000/],
    ['aprove', { gate: 'entry', by: 'dana' }, 'UNKNOWN', /did you mean "approve"/],
    ['approve', { gate: 'entyr', by: 'dana' }, 'UNKNOWN', /did you mean "entry"/],
    ['approve', { gate: '__proto__', by: 'dana' }, 'UNKNOWN', /no gate/],
    ['approve', { gate: 'entry', by: 'constructor' }, 'UNKNOWN', /no person in the playbook/],
    ['toString', {}, 'UNKNOWN', /no message/],
    ['complete', { task: 'constructor', by: 'ines' }, 'UNKNOWN', /no task/],
    [
      'complete',
      { task: '4.1/a1', by: 'ines', outputs: { a: 1 } },
      'MALFORMED',
      /"outputs" must be.*\{.*"outputs":\{"Url":"…"\}\}$/,
    ],
    [
      'reject',
      { gate: 'entry', by: 'dana', reason: 'no', rework: '4.1/a1' },
      'MALFORMED',
      /; the form is \{"gate":"4\.1\/exit","by":"dana","reason":"…","rework":\["4\.1\/a1"\]\}$/,
    ],
  ];
  for (const [name, body, code, reason] of wrong) {
    it(`${name} ${(JSON.stringify(body) ?? 'without input').slice(0, 60)}: ${code}`, () => {
      const talk = new Talk().open('entry');
      const verdict = talk.hear(name, body);
      assert.equal(verdict.code, code);
      assert.match(verdict.reason, reason);
      assert.equal(talk.stateOf('entry'), 'open');
    });
  }
});
