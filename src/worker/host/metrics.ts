import { ApplicationFailure, Context } from '@temporalio/activity';
import { metrics } from '../../contract/metrics.ts';

/** Runs an attempt of a step, and records how it has ended: `done`, `asked` (a person has to agree first), `cancelled` or `failed`. */
export async function measuredStep<T>(kind: string, attempt: () => Promise<T>): Promise<T> {
  const { metricMeter, info, cancellationSignal } = Context.current();
  const { name, unit, description } = metrics.stepDuration;
  const duration = metricMeter.createHistogram(name, 'float', unit, description);
  let outcome = 'failed';
  try {
    const result = await attempt();
    outcome = 'done';
    return result;
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'NeedsApproval') outcome = 'asked';
    else if (cancellationSignal.aborted) outcome = 'cancelled';
    throw error;
  } finally {
    // The clock of the server may be ahead of this machine's.
    duration.record(Math.max(0, Date.now() - info.scheduledTimestampMs) / 1000, { kind, outcome });
  }
}

/** Counts one look of a check. */
export function countLook(kind: string, state: string): void {
  const { name, description } = metrics.checkResults;
  Context.current().metricMeter.createCounter(name, undefined, description).add(1, { kind, state });
}
