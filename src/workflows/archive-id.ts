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

/** Whether a child of a phase writes its record; all others are milestones. */
export function isArchiveId(workflowId: string): boolean {
  return /:archive(?::[0-9a-f-]{36})?$/.test(workflowId);
}
