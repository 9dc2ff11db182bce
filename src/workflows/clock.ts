import { condition } from '@temporalio/workflow';
import { nextTick } from '../gates/agenda.ts';
import type { PhaseRun } from './phase-run.ts';

/** Tells the gates when their reminders, deadlines and waits are due, by one durable timer for whichever is next. */
export async function keepTime(run: PhaseRun): Promise<void> {
  for (;;) {
    await condition(() => nextTick(run.gates) !== undefined);
    const due = nextTick(run.gates);
    if (due === undefined) continue;
    const isOver = () => nextTick(run.gates) !== due;
    const summary = `gates · next due ${new Date(due).toISOString()}`;
    const changed = due > Date.now() && (await condition(isOver, due - Date.now(), { summary }));
    if (!changed) run.apply({ type: 'tick' });
  }
}
