import assert from 'node:assert/strict';
import { passing, unrecorded } from '../../../src/workflows/phase/ledger.ts';
import type { PhaseRun } from '../../../src/workflows/phase/run.ts';

/** As much of a phase as its ledger needs. */
class Phase {
  passed = 0;
  readonly passing = new Set<number>();
  readonly gates = { ledger: { length: 0, recorded: 0, recent: [] as { number: number }[] } };

  apply({ upTo }: { readonly upTo: number }): void {
    this.gates.ledger.recorded = upTo;
  }

  add(entries: number): void {
    const { ledger } = this.gates;
    for (let count = 0; count < entries; count += 1) ledger.recent.push({ number: (ledger.length += 1) });
  }

  get run(): PhaseRun {
    return this as unknown as PhaseRun;
  }
}

/** A recording that ends when it is told to. */
function recording({ run }: Phase): { readonly ended: Promise<void>; end(error?: Error): void } {
  let end: (error?: Error) => void = () => undefined;
  const ended = passing(run, () => {
    return new Promise<void>((resolve, reject) => {
      end = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  });
  return { ended, end };
}

/** Two portions under way, of which the later one has been recorded first. */
async function overlapping(): Promise<{ readonly phase: Phase; readonly first: ReturnType<typeof recording> }> {
  const phase = new Phase();
  phase.add(5);
  const first = recording(phase);
  phase.add(3);
  const second = recording(phase);
  second.end();
  await second.ended;
  return { phase, first };
}

describe('portions of the ledger', () => {
  it('are recorded up to the first that is under way', async () => {
    const { phase, first } = await overlapping();
    assert.equal(phase.gates.ledger.recorded, 0);
    first.end();
    await first.ended;
    assert.equal(phase.gates.ledger.recorded, 8);
  });

  it('are taken again from the one whose recording failed', async () => {
    const { phase, first } = await overlapping();
    first.end(new Error('cancelled'));
    await assert.rejects(first.ended, /cancelled/);
    assert.equal(phase.gates.ledger.recorded, 0);
    const again = unrecorded(phase.run).map(({ number }) => number);
    assert.deepEqual(again, [1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
