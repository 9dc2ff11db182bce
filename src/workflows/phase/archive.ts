import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  ParentClosePolicy,
  setDefaultUpdateHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { Archived, ArchiveRequest } from '../../contract/activities.ts';
import { archiveActivities, lastArchiveActivities } from '../temporal/activities.ts';
import { archiveIds, IDENTITY_MEMO } from '../../contract/names.ts';
import { rootMessage } from '../temporal/failure.ts';
import { Inbox } from '../temporal/inbox.ts';

/**
 * Keeps the histories of a phase as they close: namespaces forget closed workflows, the phase's first milestones while the phase
 * still runs. It begins with the phase and outlives it, because a history can be read whole only when its workflow has closed.
 *
 * The server asks it to cancel when the phase's run closes, in whatever way: from then on it only finishes.
 */
export async function archive(request: ArchiveRequest, inbox = new Inbox()): Promise<Archived> {
  dropMessages(inbox);
  let isLast = request.isClosed === true;
  for (let { runId } = request; ;) {
    try {
      const seen = await (isLast ? finish({ ...request, runId }) : orLong(look({ ...request, runId })));
      if (seen === 'long') return await continueAsNew<typeof archive>({ ...request, runId, isClosed: isLast });
      if (seen.state !== 'growing') return seen;
      ({ runId } = seen);
    } catch (error) {
      if (!isCancellation(error) || isLast) throw error;
      isLast = true;
    }
  }
}

function look(request: ArchiveRequest): Promise<Archived> {
  return archiveActivities(`histories of ${request.workflowId}`).exportHistories(request);
}

/** Not to be cancelled. */
function finish(request: ArchiveRequest): Promise<Archived | 'long'> {
  const finishing = () =>
    orLong(
      lastArchiveActivities(`histories of ${request.workflowId}, the last ones`).exportHistories({
        ...request,
        isClosed: true,
      }),
    );
  return CancellationScope.nonCancellable(finishing);
}

/** Messages are events, and who sends thousands of them must not keep the record from being written. */
async function orLong(seen: Promise<Archived>): Promise<Archived | 'long'> {
  const isLong = () => condition(() => workflowInfo().continueAsNewSuggested);
  // A cancelled export is over when it has stopped, and not before.
  const long = CancellationScope.nonCancellable(isLong).then(() => 'long' as const);
  return Promise.race([seen, long]);
}

/** It takes none; without a handler an Update would be kept waiting, and Signals would be kept in the inbox. */
function dropMessages(inbox: Inbox): void {
  inbox.listen(() => {
    while (!inbox.isEmpty) inbox.take();
  });
  setDefaultUpdateHandler(() => 'dropped: this workflow writes the record of a phase, and takes no messages');
}

/**
 * Starts it for this run of a phase. That the record cannot be kept must not change how the phase runs.
 *
 * @returns why it could not be started, or nothing
 */
export function startArchive(): Promise<string | undefined> {
  return CancellationScope.nonCancellable(start);
}

async function start(): Promise<string | undefined> {
  const { workflowId, runId, firstExecutionRunId: firstRunId, originalExecutionRunId: originalRunId } = workflowInfo();
  const { continuedFromExecutionRunId: before } = workflowInfo();
  const request: ArchiveRequest = { workflowId, runId, firstRunId, before };
  const ids = archiveIds(workflowId, firstRunId, originalRunId);
  for (const id of ids) {
    try {
      await startChild(archive, {
        workflowId: id,
        args: [request],
        memo: { [IDENTITY_MEMO]: `${firstRunId}/archive` },
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: `Histories of ${workflowId}`,
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) return rootMessage(error);
      // This run was reset to before it started its archive, which goes on for what the reset has made of it.
      if (originalRunId !== firstRunId) return undefined;
      if (id === ids.at(-1)) return rootMessage(error);
    }
  }
  return undefined;
}
