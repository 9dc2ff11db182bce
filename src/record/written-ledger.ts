import type { PackedLedger } from '../contract/activities.ts';
import { unsealed } from '../contract/seal.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { type RunEvents, valuesOf } from './history.ts';
import { unpackLedger } from './packed-ledger.ts';
import { RECORDING } from './said.ts';

/** Entries of the ledger as a run's history has them. Nothing has replayed them: see `ledgerOf`. */
export function writtenLedger(run: RunEvents): LedgerEntry[] {
  return run.flatMap(({ markerRecordedEventAttributes: marker }) => {
    const { details } = marker ?? {};
    const [data] = valuesOf(details?.['data']) as [{ readonly activity_type?: unknown }?];
    const [answer] = valuesOf(details?.['result']);
    if (answer === undefined || !RECORDING.includes(String(data?.activity_type))) return [];
    const { ledger = [] } = unsealed(answer) as Partial<PackedLedger>;
    return unpackLedger({ ledger });
  });
}
