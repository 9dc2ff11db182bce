import { sha256 } from '../plan/digest.ts';
import type { CheckCall } from './define.ts';

/**
 * Names what a check leaves on AWS while it tries something. The same for each attempt, so that a later one clears up after an
 * earlier, and another one for every other check and phase.
 */
export function probeName({ phase, check }: CheckCall): string {
  return `phasegate-probe-${sha256(`${phase.workflowId} ${phase.firstRunId} ${check.id}`).slice(0, 12)}`;
}
