import { gunzipSync, gzipSync } from 'node:zlib';
import type { PackedLedger } from '../contract/activities.ts';
import type { LedgerEntry } from '../gates/ledger.ts';

/** Entries of more characters than this stand in the history compressed: a history holds 50 MB, and messages stand in it anyway. */
const PACKED_FROM = 20_000;

/** Entries as they stand in the history: as they are, where people can read them, or compressed where there are many. */
export function packLedger(entries: readonly LedgerEntry[]): PackedLedger {
  const text = JSON.stringify(entries);
  return { ledger: text.length < PACKED_FROM ? entries : gzipSync(text).toString('base64') };
}

/** What cannot be unpacked holds no entries: they are missed where the ledger is put together. */
export function unpackLedger({ ledger }: Pick<PackedLedger, 'ledger'>): readonly LedgerEntry[] {
  if (typeof ledger !== 'string') return ledger;
  try {
    return JSON.parse(gunzipSync(Buffer.from(ledger, 'base64')).toString('utf8')) as LedgerEntry[];
  } catch {
    return [];
  }
}
