import { condition, log } from '@temporalio/workflow';
import type { PhaseState } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';
import { stateOf, type View } from './queries.ts';

/** Keeps board and search attributes up to date for as long as the phase runs: once in a workflow task, when all is done. */
export async function showChanges(view: View, run: PhaseRun): Promise<void> {
  // A round opens by a local activity, within the workflow task: what it changes belongs to the same picture.
  const isOpening = () => run.opening > 0;
  for (let shown = -1; ;) {
    await condition(() => run.revision !== shown && !isOpening());
    const { revision } = run;
    await nextPass();
    if (!isOpening()) await nextPass();
    if (run.revision !== revision || isOpening()) continue;
    show(run, stateOf(view));
    shown = revision;
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
export function nextPass(): Promise<void> {
  let evaluated = 0;
  return condition(() => (evaluated += 1) > 1);
}
