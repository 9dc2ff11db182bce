import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory, TemporalFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { Heartbeats } from './heartbeats.ts';
import { countLook, measuredStep } from './metrics.ts';
import type { RecordStore } from '../../store/store.ts';
import { actAs } from '../../aws/acting.ts';
import { PermanentError } from '../../base/errors.ts';
import type {
  ActivityTools,
  CheckCall,
  CheckDefinition,
  CheckResult,
  StepCall,
  StepDefinition,
  StepResult,
} from '../../contract/kinds.ts';

/** Directories and stores that all activities of kinds use. */
export interface Surroundings {
  readonly phasesDir: string;
  readonly records: RecordStore;
  readonly heartbeats: Heartbeats;
}

/** The activities of all registered kinds, by activity type: `step.<kind>`, `settle.<kind>`, `check.<kind>`. */
export function kindActivities(
  steps: readonly StepDefinition[],
  checks: readonly CheckDefinition[],
  surroundings: Surroundings,
): { [type: string]: (call: never) => Promise<StepResult | CheckResult> } {
  const activities: { [type: string]: (call: never) => Promise<StepResult | CheckResult> } = {};
  for (const step of steps) {
    activities[`step.${step.kind}`] = (call: StepCall) =>
      measuredStep(step.kind, () =>
        guarded(async () => bounded('step', await acting(call, () => step.run(call, toolsFor(call, surroundings))))),
      );
    if (step.settle !== undefined) {
      const settle = step.settle.bind(step);
      activities[`settle.${step.kind}`] = (call: StepCall) =>
        guarded(() => acting(call, () => settle(call, toolsFor(call, surroundings))));
    }
  }
  for (const check of checks) {
    activities[`check.${check.kind}`] = (call: CheckCall) =>
      guarded(() => actAs([call.phase.name], () => runCheck(check, call, surroundings)));
  }
  return activities;
}

/** The sessions of a step tell its phase and its task. */
function acting<T>({ phase, task }: StepCall, action: () => T): T {
  return actAs([phase.name, task.ref], action);
}

const RESULT_CHARACTERS = 64_000;
/** Limit for texts for people: they appear on boards and in the ledger, and a phase carries them through continue-as-new. */
const SENTENCE_CHARACTERS = 2_000;

/** Limits a result, because it is recorded in the history. Large data belongs elsewhere, with its digest as evidence. */
function bounded<Result extends StepResult | CheckResult>(what: 'step' | 'check', result: Result): Result {
  // Facts have a limit of their own.
  const { length } = JSON.stringify({ ...result, facts: undefined });
  if (length <= RESULT_CHARACTERS) return result;
  const limit = String(RESULT_CHARACTERS);
  const holds = what === 'step' ? 'outputs and evidence hold' : 'its evidence holds';
  throw new PermanentError(`the ${what} answered with ${String(length)} characters; ${holds} at most ${limit}`);
}

function sentence(text: string): string {
  return text.length <= SENTENCE_CHARACTERS ? text : `${text.slice(0, SENTENCE_CHARACTERS - 1).toWellFormed()}…`;
}

/**
 * Runs a check once. While the gate polls for a certain result, any other result fails with a retryable BENIGN error. The server then
 * runs the poll loop, which costs no history events and no worker slot between two attempts, and shows the last reason under Pending
 * Activities. People see the last result that the activity returned, so a changed result is returned too, but not too often: every return
 * costs six events.
 */
async function runCheck(check: CheckDefinition, call: CheckCall, surroundings: Surroundings): Promise<CheckResult> {
  const result = await lookOnce(check, call, surroundings);
  const holds = result.state === 'passed' || result.state === 'warned';
  if (call.poll === 'no' || holds === (call.poll === 'until passed') || isWorthShowing(call, result)) return result;
  throw ApplicationFailure.create({
    message: result.reason,
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: pollDelay(call.every, Context.current().info.attempt + (call.known?.answers ?? 0)),
  });
}

/**
 * Runs the check. If it fails with an error that may pass, people see the error as a failed result, but not too often. Otherwise the
 * error is thrown, and the server retries.
 */
async function lookOnce(check: CheckDefinition, call: CheckCall, surroundings: Surroundings): Promise<CheckResult> {
  try {
    const found = await check.run(call, toolsFor(call, surroundings));
    countLook(check.kind, found.state);
    return bounded('check', { ...found, reason: sentence(found.reason) });
  } catch (error) {
    countLook(check.kind, 'error');
    if (!isWorthAnotherLook(error)) throw error;
    const unseen = { state: 'failed', reason: sentence(error.message) } as const;
    if (isWorthShowing(call, unseen)) return unseen;
    throw error;
  }
}

function isWorthAnotherLook(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof TemporalFailure) return false;
  return error.name !== 'PermanentError' && !Context.current().cancellationSignal.aborted;
}

/** True when the result differs from the one that people see, and that one is old enough to be replaced. */
function isWorthShowing({ known }: CheckCall, { state, reason }: CheckResult): boolean {
  if (known === undefined || (known.state === state && known.reason === reason)) return false;
  return Date.now() - Context.current().info.scheduledTimestampMs >= quietFor(known.answers);
}

/**
 * Milliseconds for which a poll returns only the result that it waits for: 10 s, doubling up to an hour. A reason that changes with every
 * poll is thus returned 31 times on the first day and 24 times on each later day, which is 186 and 144 events for one check.
 *
 * @param answers number of polls in a row that have returned another result
 */
export function quietFor(answers: number): number {
  return Math.min(10_000 * 2 ** Math.min(answers, 9), 3_600_000);
}

/** Milliseconds until the next poll: the playbook's interval, or 30 s, doubling up to 10 min. */
export function pollDelay(every: number | undefined, attempt: number): number {
  return every === undefined ? Math.min(30_000 * 2 ** Math.min(attempt - 1, 5), 600_000) : every * 1000;
}

async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TemporalFailure) throw error;
    // Errors are compared by name, because a kind may come from another package, with error classes of its own.
    const { name } = error;
    const message = sentence(error.message);
    if (name === 'PermanentError') throw ApplicationFailure.nonRetryable(message, name);
    if (name === 'NeedsApproval') {
      throw ApplicationFailure.create({
        message,
        type: name,
        nonRetryable: true,
        category: ApplicationFailureCategory.BENIGN,
        details: 'changes' in error ? [error.changes] : [],
      });
    }
    // The server retries the activity. It would replace a failure that is too large by an error of its own.
    throw message === error.message ? error : ApplicationFailure.retryable(message, name);
  }
}

/** Facts travel by Signal, and may be on their way when the next step of the task runs already. */
async function ask(phase: WorkflowHandle, query: string, call: StepCall | CheckCall): Promise<unknown> {
  if ('task' in call && call.told !== undefined) {
    const { [call.task.ref]: known = 0 } = await phase.query<{ readonly [task: string]: number }>('heard');
    if (known < call.told) throw new Error(`the phase has not heard yet what ${call.task.ref} has told`);
  }
  return phase.query(query);
}

function toolsFor(call: StepCall | CheckCall, { phasesDir, records, heartbeats }: Surroundings): ActivityTools {
  const context = Context.current();
  // A check has dozens of requests to AWS in flight, and each adds a listener to the signal.
  setMaxListeners(0, context.cancellationSignal);
  return {
    // The worker that would answer may be this one, which shuts down.
    ask: (query) =>
      Promise.race([ask(context.client.workflow.getHandle(call.phase.workflowId), query, call), context.cancelled]),
    phaseDir: join(phasesDir, call.phase.name),
    records,
    signal: context.cancellationSignal,
    heartbeat: (details) => {
      heartbeats.beat(context, details);
    },
    shown: heartbeats.earlier(context),
    attempt: context.info.attempt,
    log: (message, fields) => {
      log.info(message, fields);
    },
  };
}
