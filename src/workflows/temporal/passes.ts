import { condition } from '@temporalio/workflow';

/**
 * Lets everything go on that is unblocked now, by waiting for the second time that the conditions are evaluated.
 * An attribute that is written after it tells of all that the workflow task has brought.
 */
export function nextPass(): Promise<void> {
  let evaluated = 0;
  return condition(() => (evaluated += 1) > 1);
}
