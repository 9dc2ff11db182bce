import assert from 'node:assert/strict';
import { newDecision } from '../../../src/identity/claims.ts';
import { Declined } from '../../../src/worker/decisions/declined.ts';
import { DecisionsUnderWay, type UnderWay } from '../../../src/worker/decisions/under-way.ts';

/** A decision that was begun so many minutes ago. */
function decision(session: string, minutes = 0): UnderWay {
  const asked = { sub: 'dana', phase: 'p', run: 'r', gate: 'entry', round: 1, nonce: 'n', subject: 'a'.repeat(64) };
  const claims = newDecision({ ...asked, verdict: 'approve' }, Date.now() - minutes * 60_000);
  return { session, claims, phase: 'small', verifier: 'v' };
}

function statusOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    if (error instanceof Declined) return error.status;
    throw error;
  }
  return 200;
}

describe('decisions under way on the page', () => {
  it('are known to the browser that began them until they expire, and are forgotten then', () => {
    const underWay = new DecisionsUnderWay();
    underWay.add('fresh', decision('mine'));
    underWay.add('old', decision('mine', 24 * 60));
    assert.equal(
      statusOf(() => underWay.get('fresh', 'mine')),
      200,
    );
    assert.equal(
      statusOf(() => underWay.get('fresh', 'other')),
      403,
    );
    assert.equal(
      statusOf(() => underWay.get('fresh', undefined)),
      403,
    );
    assert.equal(
      statusOf(() => underWay.get('old', 'mine')),
      400,
    );
  });

  it('are ten of a browser at most, the oldest makes room, and 500 in all, of which expired ones are none', () => {
    const underWay = new DecisionsUnderWay();
    for (let count = 0; count < 11; count += 1) underWay.add(`mine-${String(count)}`, decision('mine'));
    assert.equal(
      statusOf(() => underWay.get('mine-0', 'mine')),
      400,
    );
    assert.equal(
      statusOf(() => underWay.get('mine-1', 'mine')),
      200,
    );
    for (let count = 0; count < 490; count += 1) underWay.add(`s-${String(count)}`, decision(`s-${String(count)}`));
    assert.equal(
      statusOf(() => underWay.add('one-more', decision('one-more'))),
      503,
    );
    assert.equal(
      statusOf(() => underWay.get('mine-1', 'mine')),
      200,
      'nobody else loses theirs',
    );

    const filled = new DecisionsUnderWay();
    for (let count = 0; count < 600; count += 1)
      filled.add(`s-${String(count)}`, decision(`s-${String(count)}`, 24 * 60));
    assert.equal(
      statusOf(() => filled.add('fresh', decision('mine'))),
      200,
    );
  });
});
