import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { deliver } from '../../activities/notices/deliver.ts';
import type { MilestoneStatus } from '../../contract/answers.ts';
import type { DeliveryView, PublishRequest, PublishResult } from '../../contract/delivery.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { Plan } from '../../plan/model.ts';
import type { RecordStore } from '../../store/store.ts';

/** How long a phase or a milestone may take to answer. */
const ANSWER_MS = 20_000;

/** How time passes for standups and reviews. */
export interface PublishClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Longest pause before the next attempt, in milliseconds. */
  readonly longestPauseMs: number;
}

/** Time as it is. */
const clockOfWorker: PublishClock = { now: () => Date.now(), longestPauseMs: Infinity };

interface Surroundings {
  readonly records: RecordStore;
  /** Tests let time pass. */
  readonly clock?: PublishClock | undefined;
  /** The plan as it is on disk now. */
  planOf(phase: string): Promise<Plan>;
  /** Link to a workflow in the Web UI. */
  linkTo(workflowId: string): { readonly link?: string };
}

/**
 * Publishes the next standup or review, for which it waits. While there is nothing to do it fails with a retryable BENIGN error, which
 * costs no history: the server has it run again in time.
 */
export async function publishNext(request: PublishRequest, around: Surroundings): Promise<PublishResult> {
  const context = Context.current();
  const { clock = clockOfWorker } = around;
  const tools = { heartbeat: (details: object) => context.heartbeat(details) };
  const done = await keepBeating(tools, {}, async () => {
    const { publish } = await import('../../activities/standups/publish.ts');
    const { client } = context;
    // Nothing has been published yet, so a cancelled attempt stops here: the worker that would answer may be this one.
    const ask = <T>(workflowId: string, query: string) =>
      Promise.race([
        client.withDeadline(Date.now() + ANSWER_MS, () => client.workflow.getHandle(workflowId).query<T>(query)),
        context.cancelled,
      ]);
    const { phase, audiences } = request;
    // They go out even while the playbook is being edited and cannot be read.
    const now = await around.planOf(phase.name).catch(() => undefined);
    return publish(request, {
      now: clock.now(),
      records: around.records,
      audiences: now?.reporting?.audiences ?? audiences,
      view: () => ask<DeliveryView>(phase.workflowId, 'delivery'),
      status: (workflowId) =>
        ask<MilestoneStatus>(workflowId, 'status').catch((error: unknown) => {
          if (context.cancellationSignal.aborted) throw error;
          return undefined;
        }),
      deliver: (notice, channel) =>
        deliver({ ...notice, ...around.linkTo(notice.phase) }, channel, { records: around.records, env: process.env }),
    });
  });
  if (!('waitMs' in done)) return done;
  throw ApplicationFailure.create({
    message: done.why.slice(0, 2_000).toWellFormed(),
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.max(50, Math.min(done.waitMs, clock.longestPauseMs)),
  });
}
