import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory, TemporalFailure } from '@temporalio/common';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { RecordStore } from '../../store/store.ts';
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

/** What activities of kinds share. */
export interface Surroundings {
  readonly phasesDir: string;
  readonly records: RecordStore;
}

/** Every activity of the registered kinds, by activity type: `step.<kind>`, `settle.<kind>`, `check.<kind>`. */
export function kindActivities(
  steps: readonly StepDefinition[],
  checks: readonly CheckDefinition[],
  surroundings: Surroundings,
): { [type: string]: (call: never) => Promise<StepResult | CheckResult> } {
  const activities: { [type: string]: (call: never) => Promise<StepResult | CheckResult> } = {};
  for (const step of steps) {
    activities[`step.${step.kind}`] = (call: StepCall) =>
      guarded(async () => bounded('step', await step.run(call, toolsFor(call, surroundings))));
    if (step.settle !== undefined) {
      const settle = step.settle.bind(step);
      activities[`settle.${step.kind}`] = (call: StepCall) => guarded(() => settle(call, toolsFor(call, surroundings)));
    }
  }
  for (const check of checks) {
    activities[`check.${check.kind}`] = (call: CheckCall) => guarded(() => runCheck(check, call, surroundings));
  }
  return activities;
}

const RESULT_CHARACTERS = 64_000;
/** Of what people read: it stands on boards, in the ledger, and in what a phase carries through continue-as-new. */
const SENTENCE_CHARACTERS = 2_000;

/** Results are recorded and passed on; what is large belongs elsewhere, with a digest as evidence. */
function bounded<Result extends StepResult | CheckResult>(what: 'step' | 'check', result: Result): Result {
  const { length } = JSON.stringify(result);
  if (length <= RESULT_CHARACTERS) return result;
  const limit = String(RESULT_CHARACTERS);
  const holds = what === 'step' ? 'outputs and evidence hold' : 'its evidence holds';
  throw new PermanentError(`the ${what} answered with ${String(length)} characters; ${holds} at most ${limit}`);
}

function sentence(text: string): string {
  return text.length <= SENTENCE_CHARACTERS ? text : `${text.slice(0, SENTENCE_CHARACTERS - 1).toWellFormed()}…`;
}

/**
 * Runs a check once. While polling, a check that is not as it is waited for fails retryably and BENIGN: the server keeps the poll
 * loop, which costs no history event and no worker slot, and shows the last reason under Pending Activities. People see what has been
 * answered, so a poll that finds something else answers with that, but not too often: an answer costs six events.
 */
async function runCheck(check: CheckDefinition, call: CheckCall, surroundings: Surroundings): Promise<CheckResult> {
  const result = await lookOnce(check, call, surroundings);
  const holds = result.state === 'passed' || result.state === 'warned';
  if (call.poll === 'no' || holds === (call.poll === 'until passed') || isNews(call, result)) return result;
  throw ApplicationFailure.create({
    message: result.reason,
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: pollDelay(call.every, Context.current().info.attempt + (call.known?.answers ?? 0)),
  });
}

/** What has kept it from looking is told like what it has found; the server asks again, since nothing is lost by it. */
async function lookOnce(check: CheckDefinition, call: CheckCall, surroundings: Surroundings): Promise<CheckResult> {
  try {
    const found = await check.run(call, toolsFor(call, surroundings));
    return bounded('check', { ...found, reason: sentence(found.reason) });
  } catch (error) {
    if (!isWorthAnotherLook(error)) throw error;
    const unseen = { state: 'failed', reason: sentence(error.message) } as const;
    if (isNews(call, unseen)) return unseen;
    throw error;
  }
}

function isWorthAnotherLook(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof TemporalFailure) return false;
  return error.name !== 'PermanentError' && !Context.current().cancellationSignal.aborted;
}

/** Whether it is other than what is shown, and long enough after that. */
function isNews({ known }: CheckCall, { state, reason }: CheckResult): boolean {
  if (known === undefined || (known.state === state && known.reason === reason)) return false;
  return Date.now() - Context.current().info.scheduledTimestampMs >= quietFor(known.answers);
}

/**
 * Milliseconds for which a poll answers with nothing but what it waits for: 10 s doubling to an hour. A reason that changes with every
 * poll is so told 31 times on the first day and 24 times on each day after, which is 186 and 144 events for one check.
 *
 * @param answers how many polls have answered with something else, one after the other
 */
export function quietFor(answers: number): number {
  return Math.min(10_000 * 2 ** Math.min(answers, 9), 3_600_000);
}

/** Milliseconds until the next poll: as the playbook says, else 30 s doubling to 10 min. */
export function pollDelay(every: number | undefined, attempt: number): number {
  return every === undefined ? Math.min(30_000 * 2 ** Math.min(attempt - 1, 5), 600_000) : every * 1000;
}

async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TemporalFailure) throw error;
    // By name, since a kind may come from another package with errors of its own.
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
    // Another attempt may do better. A failure that the server cannot take would be told as something else.
    throw message === error.message ? error : ApplicationFailure.retryable(message, name);
  }
}

function toolsFor(call: StepCall | CheckCall, { phasesDir, records }: Surroundings): ActivityTools {
  const context = Context.current();
  // A check asks AWS for dozens of things at once, and each request listens.
  setMaxListeners(0, context.cancellationSignal);
  return {
    phaseDir: join(phasesDir, call.phase.name),
    records,
    signal: context.cancellationSignal,
    heartbeat: (details) => {
      context.heartbeat(details);
    },
    shown: context.info.heartbeatDetails as unknown,
    attempt: context.info.attempt,
    log: (message, fields) => {
      log.info(message, fields);
    },
  };
}
