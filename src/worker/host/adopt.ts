import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Adopted, AdoptionRequest, Archived, ArchiveRequest } from '../../contract/activities.ts';
import type { MilestoneResult } from '../../contract/inputs.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import { archiveIds, IDENTITY_MEMO } from '../../contract/names.ts';
import { exportClosed, exportPhase, type ExportRequest } from '../../record/export.ts';
import { type ExportTools, folderOf } from '../../record/phase-record.ts';
import type { MissingRun } from '../../record/record-index.ts';
import { beginningOf, describeRun, isOf } from '../../record/runs-on-server.ts';
import type { RecordStore } from '../../store/store.ts';

/**
 * Looks what became of a milestone that an earlier run of the phase has started, and takes over its result. While it runs and is
 * waited for, the activity fails retryably, which occupies no worker.
 */
export async function adoptMilestone({ workflowId, identity, wait }: AdoptionRequest): Promise<Adopted> {
  const { client, info } = Context.current();
  const found = await describe(workflowId);
  // Its namespace has forgotten it, or somebody has deleted it.
  if (found === undefined) return { state: 'free' };
  const { status, memo, runId } = found;
  const isOurs = memo?.[IDENTITY_MEMO] === identity;
  if (!isOurs) return { state: status.name === 'RUNNING' ? 'foreign' : 'free' };
  if (status.name === 'RUNNING' && !wait) return { state: 'running' };
  if (status.name === 'RUNNING') {
    throw ApplicationFailure.create({
      message: `${workflowId} still runs`,
      type: 'NotYet',
      category: ApplicationFailureCategory.BENIGN,
      // It says itself when it ends; this is for one that cannot.
      nextRetryDelay: Math.min(info.attempt * 1000, 600_000),
    });
  }
  if (status.name !== 'COMPLETED') return { state: 'free' };
  return {
    state: 'completed',
    result: (await client.workflow.getHandle(workflowId, runId).result()) as MilestoneResult,
  };
}

async function describe(workflowId: string) {
  try {
    return await Context.current().client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Looks which runs of a phase and of its milestones have closed, and writes what the record does not hold yet. While there is
 * nothing to write it fails retryably, which costs no history and occupies no worker.
 *
 * @param inTurn has histories read one after the other: a history of 20 MB takes five times as much memory while it is written
 */
export async function exportHistories(
  records: RecordStore,
  inTurn: ExportTools['inTurn'],
  request: ArchiveRequest,
): Promise<Archived> {
  const context = Context.current();
  return keepBeating(context, {}, async () => {
    const beat = (): void => {
      if (context.cancellationSignal.aborted) throw new CancelledFailure('the export was cancelled');
      context.heartbeat({});
    };
    return look({ client: context.client, records, phase: request, runId: request.runId }, request, { beat, inTurn });
  });
}

async function look(base: ExportRequest, request: ArchiveRequest, tools: ExportTools): Promise<Archived> {
  const { client, phase } = base;
  const where = folderOf(phase);
  const answer = (state: Archived['state'], runId: string): Archived => {
    return { state, where, runId, histories: 0, missing: [] };
  };
  if (await isWrittenElsewhere(base)) return answer('elsewhere', request.runId);
  const { state, runId } = await stateOf(base);
  if (state === 'continued') return answer('continued', runId);
  if (state === 'open') {
    const written = await exportClosed({ ...base, runId }, request.before, tools);
    if (written.length > 0) return { ...answer('growing', runId), histories: written.length };
    throw notYet(`${phase.workflowId} has not closed, and everything of it that has is in the record`);
  }
  const { histories, missing, isOpen } = await exportPhase({ client, records: base.records, phase, runId }, tools);
  const lines = missing.map(lineOf);
  if (isOpen) throw notYet(`the record is written but for ${lines.join('; ')}`);
  return { state: 'complete', where, runId, histories, missing: lines };
}

/**
 * An archive of the phase's first run that was given its second id, because the first was taken: perhaps by one that does the same, since
 * before a reset. That of a later run has an id of its own; one of the first run that is still at it does not write the later ones.
 */
async function isWrittenElsewhere({ client, phase }: ExportRequest): Promise<boolean> {
  const [first = '', second] = archiveIds(phase.workflowId, phase.firstRunId, phase.firstRunId);
  if (Context.current().info.workflowExecution?.workflowId !== second) return false;
  const found = await describeRun(client, first);
  return found?.state === 'open' && found.type === 'archive' && isOf(phase, found.identity);
}

/**
 * What has become of the run, or of what a reset has made of it. A run that something continued into has an archive of its own;
 * one that a reset has made has not.
 */
async function stateOf({
  client,
  phase,
  runId,
}: ExportRequest): Promise<{ state: Archived['state'] | 'open' | 'closed'; runId: string }> {
  const { workflowId, firstRunId } = phase;
  const mine = await describeRun(client, workflowId, runId);
  if (mine?.state === 'open' || mine?.state === 'continued') return { state: mine.state, runId };
  const current = await describeRun(client, workflowId);
  if (current === undefined || current.run.runId === runId) return { state: 'closed', runId };
  const beginning = await beginningOf(client, current.run);
  if (beginning?.firstRunId !== firstRunId) return { state: 'closed', runId };
  const { runId: next } = current.run;
  if (beginning.originalRunId === next) return { state: 'continued', runId };
  return { state: current.state, runId: next };
}

const SOONEST_MS = 5_000;
const LATEST_MS = 3_600_000;

/** The next look comes after a tenth of the time that has been waited, so that a record is late by a tenth of that at most. */
function notYet(message: string): ApplicationFailure {
  // Both by the server's clock, which in a test may be days ahead.
  const { scheduledTimestampMs: since, currentAttemptScheduledTimestampMs: now } = Context.current().info;
  const waited = now - since;
  return ApplicationFailure.create({
    message,
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.min(Math.max(waited / 10, SOONEST_MS), LATEST_MS),
  });
}

/** For people. */
function lineOf({ workflowId, runId, reason }: MissingRun): string {
  return `${workflowId}${runId === undefined ? '' : ` (run ${runId})`}: ${reason}`;
}
