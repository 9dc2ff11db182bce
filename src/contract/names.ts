import { defineSearchAttributeKey } from '@temporalio/common';

/** Of a phase: length and head of its ledger when a gate cleared last. */
export const LEDGER_MEMO = 'phasegateLedger';

/** Of a milestone: the phase and the number of the run that it was started for. */
export const IDENTITY_MEMO = 'phasegateIdentity';

/**
 * Ids of the workflow that writes a phase's record, the second one for when somebody else's runs under the first. A run that the
 * phase has continued as has an archive of its own, because the one before may still be ending; its id is new with it.
 *
 * @param firstRunId run that the phase began with
 * @param originalRunId run as it began, whatever id a reset has given it
 */
export function archiveIds(workflowId: string, firstRunId: string, originalRunId: string): readonly string[] {
  const own = `${workflowId}:archive:${originalRunId}`;
  return originalRunId === firstRunId ? [`${workflowId}:archive`, own] : [own];
}

/**
 * Custom search attributes of phases and milestones. They are stored unencrypted, so they hold ids, titles and roles, never people.
 * The worker registers or verifies them before it polls, and looks after them while it runs: a workflow that uses one that the
 * namespace does not know is stuck until it does.
 */
export const searchAttributes = {
  PhasegatePlan: defineSearchAttributeKey('PhasegatePlan', 'KEYWORD'),
  PhasegateTitle: defineSearchAttributeKey('PhasegateTitle', 'KEYWORD'),
  PhasegateState: defineSearchAttributeKey('PhasegateState', 'KEYWORD'),
  PhasegateWaiting: defineSearchAttributeKey('PhasegateWaiting', 'KEYWORD_LIST'),
  PhasegateBlocked: defineSearchAttributeKey('PhasegateBlocked', 'KEYWORD_LIST'),
  /** How many issues are open. Absent where there has been none. */
  PhasegateIssues: defineSearchAttributeKey('PhasegateIssues', 'INT'),
} as const;

/** Workflow type of a milestone. A phase has other children as well, which are no part of its record: its archive, and the phase that follows. */
export const MILESTONE = 'milestone';
