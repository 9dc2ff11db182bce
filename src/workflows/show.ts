import { condition, log } from '@temporalio/workflow';
import type { PhaseState } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';
import { stateOf, type View } from './queries.ts';

/** Keeps board and search attributes up to date for as long as the phase runs: once in a workflow task, when all is done. */
export async function showChanges(view: View, run: PhaseRun): Promise<void> {
  for (let seen = -1; ;) {
    await condition(() => run.revision !== seen);
    while (run.revision !== seen) {
      seen = run.revision;
      await nextPass();
      await nextPass();
      // A round opens by a local activity, within the workflow task: what it changes belongs to the same picture.
      await condition(() => run.opening === 0);
    }
    show(run, stateOf(view));
  }
}

/** What people see must never be able to fail a phase. */
export function show(run: PhaseRun, state: PhaseState): void {
  try {
    run.show(state);
  } catch (error) {
    log.error('The board could not be shown', { error });
  }
}

/** Lets everything go on that is unblocked now, by waiting for the second time that the conditions are evaluated. */
async function nextPass(): Promise<void> {
  let evaluated = 0;
  await condition(() => (evaluated += 1) > 1);
}
