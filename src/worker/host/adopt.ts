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
 * Checks the state of a milestone that an earlier run of the phase has started, and returns its result if it has completed. With `wait`,
 * the activity fails with a retryable error while the milestone runs, which holds no worker slot between two attempts.
 */
export async function adoptMilestone({ workflowId, identity, wait }: AdoptionRequest): Promise<Adopted> {
  const { client, info } = Context.current();
  const found = await describe(workflowId);
  // The retention period is over, or the execution was deleted.
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
      // A milestone reports its own end. The retries are for a milestone that cannot, for example because it was terminated.
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

/** Where exports write, and how. */
interface ExportSetting {
  readonly records: RecordStore;
  /** Makes exports read histories one after the other: a history of 20 MB takes five times as much memory while it is written. */
  readonly inTurn: ExportTools['inTurn'];
  /** Milliseconds until a phase that runs is looked at for the first time, and between two looks at least. */
  readonly firstLookMs: number;
}

/**
 * Finds the runs of a phase and of its milestones that have closed, and writes those that the record does not hold yet. While there is
 * nothing to write, it fails with a retryable error, which adds no history events and holds no worker slot between two attempts.
 *
 * The first attempt of a phase that runs does nothing: a look takes ten calls, and many phases end before there is anything to see.
 */
export async function exportHistories(
  { records, inTurn, firstLookMs }: ExportSetting,
  request: ArchiveRequest,
): Promise<Archived> {
  const context = Context.current();
  if (request.isClosed !== true && context.info.attempt === 1) throw notYet('it is too early to look', firstLookMs);
  return keepBeating(context, {}, async () => {
    const beat = (): void => {
      if (context.cancellationSignal.aborted) throw new CancelledFailure('the export was cancelled');
      context.heartbeat({});
    };
    const base = { client: context.client, records, phase: request, runId: request.runId };
    return look(base, request, { beat, inTurn }, firstLookMs);
  });
}

async function look(
  base: ExportRequest,
  request: ArchiveRequest,
  tools: ExportTools,
  soonestMs: number,
): Promise<Archived> {
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
    throw notYet(`${phase.workflowId} has not closed, and all its closed runs are in the record`, soonestMs);
  }
  const { histories, missing, isOpen } = await exportPhase({ client, records: base.records, phase, runId }, tools);
  const lines = missing.map(lineOf);
  if (isOpen) throw notYet(`the record is written, except ${lines.join('; ')}`, SOONEST_MS);
  return { state: 'complete', where, runId, histories, missing: lines };
}

/**
 * True when another archive workflow writes the same record. The archive of the phase's first run has a second id for the case that the
 * first one is taken; after a reset, the workflow with the first id may be an archive of the same run that still works. Archives of later
 * runs have ids of their own.
 */
async function isWrittenElsewhere({ client, phase }: ExportRequest): Promise<boolean> {
  const [first = '', second] = archiveIds(phase.workflowId, phase.firstRunId, phase.firstRunId);
  if (Context.current().info.workflowExecution?.workflowId !== second) return false;
  const found = await describeRun(client, first);
  return found?.state === 'open' && found.type === 'archive' && isOf(phase, found.identity);
}

/**
 * The state of the run, or of the run that a reset has made of it. A run that the phase continued as new into has an archive of its own;
 * a run that a reset has made has none.
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

/** Of a phase that has closed, whose milestones are about to. */
const SOONEST_MS = 5_000;
const LATEST_MS = 3_600_000;

/** Waits a tenth of the time since the activity was scheduled, so that a record is late by a tenth of the waiting time at most. */
function notYet(message: string, soonestMs: number): ApplicationFailure {
  // Both times are by the server's clock, which may be days ahead of this machine's in a test.
  const { scheduledTimestampMs: since, currentAttemptScheduledTimestampMs: now } = Context.current().info;
  const waited = now - since;
  return ApplicationFailure.create({
    message,
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.min(Math.max(waited / 10, soonestMs), LATEST_MS),
  });
}

function lineOf({ workflowId, runId, reason }: MissingRun): string {
  return `${workflowId}${runId === undefined ? '' : ` (run ${runId})`}: ${reason}`;
}
