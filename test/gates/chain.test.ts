import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chainFault } from '../../src/gates/chain.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { Talk } from './fixture.ts';

/** A ledger of a gate that was opened, refused to one person, and approved. */
function written(): { entries: LedgerEntry[]; head: { length: number; hash: string } } {
  const talk = new Talk().open('entry');
  talk.say('approve', { gate: 'entry', by: 'ines' });
  talk.say('approve', { gate: 'entry', by: 'dana', criterion: 1, note: 'seen' });
  talk.hear('aprove', { gate: 'entry', by: 'lee' });
  talk.say('approve', { gate: 'entry', by: 'lee', evidence: { where: 'plan', sha256: 'abc' } });
  const { recent, length, head } = talk.state.ledger;
  return { entries: [...recent], head: { length, hash: head } };
}

const { entries, head } = written();
const index = fc.nat({ max: entries.length - 1 });

describe('the ledger’s chain', () => {
  it('holds as it was written, whole or in parts', () => {
    assert.equal(chainFault(entries, head), undefined);
    const [first] = entries;
    assert.ok(first);
    assert.equal(chainFault(entries.slice(1), head, first), undefined);
  });

  it('shows one changed character, wherever it is', () => {
    const keys = ['what', 'by', 'on', 'reason', 'code', 'trust', 'message', 'hash', 'at', 'number', 'round'] as const;
    fc.assert(
      fc.property(index, fc.constantFrom(...keys), fc.nat({ max: 100 }), (at, key, place) => {
        const before = JSON.stringify(entries[at]?.[key] ?? '');
        const spot = place % before.length;
        const digit = before.charCodeAt(spot);
        const changed = `${before.slice(0, spot)}${String.fromCharCode(digit === 55 ? 56 : 55)}${before.slice(spot + 1)}`;
        const value = read(changed);
        if (value === undefined || value === entries[at]?.[key]) return;
        const forged = entries.with(at, { ...(entries[at] as LedgerEntry), [key]: value });
        assert.ok(chainFault(forged, head), `${key} of entry ${String(at + 1)}`);
      }),
      { numRuns: 1000 },
    );
  });

  it('shows an entry that was dropped, added, moved, or said to be another person’s', () => {
    fc.assert(
      fc.property(index, index, (at, other) => {
        const one = entries[at] as LedgerEntry;
        assert.ok(chainFault(entries.toSpliced(at, 1), head), 'dropped');
        assert.ok(chainFault(entries.toSpliced(other, 0, one), head), 'added');
        if (at !== other) assert.ok(chainFault(entries.toSpliced(at, 1).toSpliced(other, 0, one), head), 'moved');
        assert.ok(chainFault(entries.with(at, { ...one, by: 'mallory' }), head), 're-attributed');
      }),
    );
  });

  it('names the first entry that does not fit', () => {
    const forged = entries.with(2, { ...(entries[2] as LedgerEntry), by: 'mallory' });
    assert.equal(chainFault(forged, head)?.entry, 3);
    assert.equal(chainFault(entries.slice(0, 3), head)?.entry, 4);
  });
});

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
