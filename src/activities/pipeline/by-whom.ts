import type { StepCall } from '../../contract/kinds.ts';

/** The text that AWS keeps with an approval or a stop of a step. */
export function byWhom({ phase, task }: Pick<StepCall, 'phase' | 'task'>): string {
  return `phasegate: ${phase.workflowId} ${task.ref}`;
}
