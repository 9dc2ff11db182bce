import type { ActivateInput, WorkflowInfo } from '@temporalio/workflow';
import { tsToMs } from '@temporalio/common/lib/time.js';

type Activation = ActivateInput['activation'];
type Job = NonNullable<Activation['jobs']>[number];

/** What the history and the log say of the workflow task. */
export const REPEAT =
  'A query was answered while a local activity ended. The workflow task is done again; nothing is lost.';
export const OVERTAKEN =
  'A workflow task came while a local activity of another one ran. The workflow task is done again; nothing is lost.';

/** What part of its time-out a workflow task waits for local activities. Then the SDK completes it and asks for another one. */
const WAITED = 0.8;
/** So many events wait on the server until a workflow task ends. At one more it fails the workflow task, to give out another one. */
const KEPT = 100;
/** The SDK's id of a query that comes by itself, and not with a workflow task. */
const BY_ITSELF = 'legacy_query';

/**
 * The workflow task that is being carried out, while local activities of it run. In two cases, replay would see it in another way. Then the
 * next one is failed: the server gives it out again, with a history that tells what it was, and the worker begins from that.
 *
 * A local activity that ends while a query is being answered has its marker in that workflow task, and replay has its end there. The SDK
 * hands the end on with the next workflow task. It looks then like the end of one that has ended a moment later, whose marker is in the
 * next workflow task.
 *
 * A workflow task can be overtaken. Without asking the worker, the server fails it (FORCE_CLOSE_COMMAND) when more than a hundred events
 * wait for its end, and gives out another one (`closeTransactionHandleBufferedEventsLimit` in `mutable_state_impl.go`). If the first was not
 * on the worker's own queue, the other one is a second attempt, of whose start the history has no event. sdk-core 0.7 keeps a workflow task
 * back while the workflow works on one (`buffer_wft_if_outstanding_work` in `managed_run.rs`), but not while one only waits for a local
 * activity: `_process_completion` lets go of the activation. So `_incoming_wft` forgets the first ("a run which already has one!"), and what
 * has followed from it becomes the answer to the second. On replay the first has never been, and all has the time of the second. A query that
 * comes by itself makes it forget a workflow task as well. That one times out, and what has followed from it becomes the answer to the next.
 *
 * One case is not noticed: a workflow task that times out, when the next one brings nothing new. It looks like one that the SDK has completed
 * to go on waiting.
 */
export class OpenTask {
  /** Local activities that have not ended. */
  private running = 0;
  /** What was worked on last, unless it was replayed: how many events the history had, and the time. */
  private last: { readonly length: number; readonly at: number } | undefined;
  private isAfterQuery = false;
  private isForgotten = false;

  /** Runs a local activity. Returns the promise itself, so that its end is heard when it was. */
  during<T>(ended: Promise<T>): Promise<T> {
    this.running += 1;
    const end = () => {
      this.running -= 1;
    };
    void ended.then(end, end);
    return ended;
  }

  /** Why the workflow task has to be done again; nothing if it can go on. Call it once for each activation, before that. */
  fault(activation: Activation, info: Pick<WorkflowInfo, 'taskTimeoutMs'>): string | undefined {
    const jobs = activation.jobs ?? [];
    if (jobs.length > 0 && jobs.every(isQuery)) {
      this.isAfterQuery = true;
      this.isForgotten ||= this.running > 0 && this.last !== undefined && jobs.some(isByItself);
      return undefined;
    }
    if (activation.isReplaying !== true) {
      if (this.isForgotten || this.isOvertaken(activation, jobs, info)) return OVERTAKEN;
      if (this.isAfterQuery && isMixed(jobs)) return REPEAT;
    }
    this.isAfterQuery = false;
    this.note(activation);
    return undefined;
  }

  /** The SDK has completed a workflow task that it has answered a query with, or that has lasted; any other one was taken away. */
  private isOvertaken(
    { historyLength, timestamp }: Activation,
    jobs: readonly Job[],
    { taskTimeoutMs }: Pick<WorkflowInfo, 'taskTimeoutMs'>,
  ): boolean {
    if (this.running === 0 || this.last === undefined || this.last.length === historyLength) return false;
    if (this.isAfterQuery || jobs.every(isLocalEnd)) return false;
    return jobs.length > KEPT || tsToMs(timestamp) - this.last.at < WAITED * taskTimeoutMs;
  }

  private note({ isReplaying, historyLength, timestamp }: Activation): void {
    if (isReplaying === true) this.last = undefined;
    // In a workflow task, the end of a local activity moves the time.
    else if (this.last?.length !== historyLength) this.last = { length: historyLength ?? 0, at: tsToMs(timestamp) };
  }
}

/** Whether a job tells of the end of a local activity. */
export function isLocalEnd({ resolveActivity }: Job): boolean {
  return resolveActivity?.isLocal === true;
}

/** True when a local activity has ended beside something else. */
function isMixed(jobs: readonly Job[]): boolean {
  return jobs.some(isLocalEnd) && !jobs.every(isLocalEnd);
}

function isQuery({ queryWorkflow }: Job): boolean {
  return Boolean(queryWorkflow);
}

function isByItself({ queryWorkflow }: Job): boolean {
  return queryWorkflow?.queryId === BY_ITSELF;
}
