import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { join } from 'node:path';
import type { RecordStore } from '../record/store.ts';
import { NeedsApproval, PermanentError } from './define.ts';
import type {
  ActivityTools,
  CheckCall,
  CheckDefinition,
  CheckResult,
  StepCall,
  StepDefinition,
  StepResult,
} from './define.ts';

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
      guarded(async () => bounded(await step.run(call, toolsFor(call, surroundings))));
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

/** Results are recorded and passed on; what is large belongs elsewhere, with a digest as evidence. */
function bounded(result: StepResult): StepResult {
  const { length } = JSON.stringify(result);
  if (length <= RESULT_CHARACTERS) return result;
  const limit = String(RESULT_CHARACTERS);
  throw new PermanentError(
    `the step answered with ${String(length)} characters; outputs and evidence hold at most ${limit}`,
  );
}

/**
 * Runs a check once. While polling, a check that is not as it is waited for fails retryably and BENIGN: the server keeps the poll
 * loop, which costs no history event and no worker slot, and shows the last reason under Pending Activities.
 */
async function runCheck(check: CheckDefinition, call: CheckCall, surroundings: Surroundings): Promise<CheckResult> {
  const result = await check.run(call, toolsFor(call, surroundings));
  const holds = result.state === 'passed' || result.state === 'warned';
  if (call.poll === 'no' || holds === (call.poll === 'until passed')) return result;
  throw ApplicationFailure.create({
    message: result.reason,
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: pollDelay(call.every, Context.current().info.attempt),
  });
}

/** Milliseconds until the next poll: as the playbook says, else 30 s doubling to 10 min. */
export function pollDelay(every: number | undefined, attempt: number): number {
  return every === undefined ? Math.min(30_000 * 2 ** Math.min(attempt - 1, 5), 600_000) : every * 1000;
}

async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    // By name, since a kind may come from another package with a PermanentError of its own.
    if (error instanceof Error && error.name === 'PermanentError') {
      throw ApplicationFailure.create({ message: error.message, type: 'PermanentError', nonRetryable: true });
    }
    if (error instanceof NeedsApproval) {
      throw ApplicationFailure.create({
        message: error.message,
        type: 'NeedsApproval',
        nonRetryable: true,
        category: ApplicationFailureCategory.BENIGN,
        details: [error.changes],
      });
    }
    throw error;
  }
}

function toolsFor(call: StepCall | CheckCall, { phasesDir, records }: Surroundings): ActivityTools {
  const context = Context.current();
  return {
    phaseDir: join(phasesDir, call.phase.name),
    records,
    signal: context.cancellationSignal,
    whyStopped: () => {
      const details = context.cancellationDetails;
      if (details?.cancelRequested === true) return 'cancel';
      return details?.workerShutdown === true ? 'shutdown' : 'other';
    },
    heartbeat: (details) => {
      context.heartbeat(details);
    },
    attempt: context.info.attempt,
    scheduledAt: context.info.scheduledTimestampMs,
    log: (message, fields) => {
      log.info(message, fields);
    },
  };
}
