import assert from 'node:assert/strict';
import { bytesOf } from '../../../src/base/json.ts';
import { Talk } from '../fixture.ts';

/** A text of as many characters as a note may have, three bytes each. */
const long = '漢'.repeat(2000);

describe('what a phase keeps of messages', () => {
  it('is no more than a payload can carry, in bytes; what has no room is refused, and told', () => {
    const talk = new Talk();
    const codes = Array.from({ length: 100 }, () => talk.say('input', { task: '4.1/a1', by: 'mona', note: long }));
    assert.equal(codes[0]?.code, 'ACCEPTED');
    assert.equal(codes.at(-1)?.code, 'REFUSED');
    assert.match(codes.at(-1)?.reason ?? '', /name as evidence where the rest is/);
    const accepted = codes.filter(({ code }) => code === 'ACCEPTED').length;
    assert.ok(accepted * bytesOf(long) < 300_000, String(accepted));
    assert.equal(talk.state.ledger.length, 100, 'each has its entry');
  });

  it('leaves early approvals their room together with contributions', () => {
    const gates = [{ id: 'entry', criteria: [], policy: { early: 'keep' as const } }];
    const talk = new Talk(true, { gates });
    const say = (index: number) =>
      talk.say('approve', { gate: 'entry', by: `p${String(index)}`, note: long, reason: long });
    const codes = Array.from({ length: 49 }, (_, index) => say(index).code);
    assert.equal(codes[0], 'PRE_APPROVED');
    assert.equal(codes.at(-1), 'REFUSED');
  });
});
