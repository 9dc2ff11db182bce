import type { Forger } from '../forger.ts';
import type { SignedRecord } from '../signed-record.ts';

/** What an owner of a record keeps elsewhere. */
export const anchorNames = { head: true, plan: true, playbook: true, providerKeys: true } as const;

/** By what a tampering is found. */
export type By = 'history' | 'replay' | 'signature' | 'nonce' | 'digest' | 'exchange' | keyof typeof anchorNames;

/** `settled`: everything that follows from the change was computed again, as the workflows would have. */
export type How = 'as it is' | 'settled' | 'settled but for the hand-over';

export type Row = readonly [what: string, how: How, by: By, change: (forger: Forger, record: SignedRecord) => unknown];
