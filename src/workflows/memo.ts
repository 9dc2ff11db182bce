/** Of a phase: length and head of its ledger when a gate cleared last. */
export const LEDGER_MEMO = 'phasegateLedger';

/** Of a milestone: the phase and the number of the run that it was started for. */
export const IDENTITY_MEMO = 'phasegateIdentity';
