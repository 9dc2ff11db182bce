import { reportCheck } from '../../src/activities/report/check.ts';
import type { UnmetCriterion } from '../../src/contract/answers.ts';

/**
 * True when the report that a criterion is about is there. An approval that comes before the report approves nothing, and the phase
 * says so when the report comes. A criterion without a report has nothing to wait for.
 */
export function reportIsThere({ checks }: Pick<UnmetCriterion, 'checks'>): boolean {
  return checks
    .filter(({ kind }) => kind === reportCheck.kind)
    .every(({ state }) => state !== 'waiting' && state !== 'inconclusive');
}
