/** Ids under which a phase's record is written, the second one for when the first is taken. */
export function archiveIds(workflowId: string, runId: string): readonly string[] {
  return [`${workflowId}:archive`, `${workflowId}:archive:${runId}`];
}

/** Whether a child of a phase writes its record; all others are milestones. */
export function isArchiveId(workflowId: string): boolean {
  return /:archive(?::[0-9a-f-]{36})?$/.test(workflowId);
}
