import { CancellationScope, condition } from '@temporalio/workflow';
import { nextTick } from '../../activities/slices.ts';
import type { GateState } from '../../gates/model.ts';
import type { GateId } from '../../plan/gate-model.ts';
import { localPhaseActivities } from '../temporal/activities.ts';
import type { PhaseRun } from './run.ts';

/** Windows of a calendar are known for about a month ahead; a gate that waits for longer gets more of them. */
export async function keepWindows(run: PhaseRun): Promise<void> {
  /** Gates whose calendar had no further windows when it was asked. */
  const exhausted = new Set<GateId>();
  const isDue = ({ gate, state, windows = [] }: GateState) =>
    state === 'open' && gate.policy?.window !== undefined && windows.length <= 1 && !exhausted.has(gate.id);
  for (;;) {
    await condition(() => Object.values(run.gates.gates).some(isDue));
    for (const { gate, windows: known = [] } of Object.values(run.gates.gates).filter(isDue)) {
      const calendar = gate.policy?.window;
      if (calendar === undefined) continue;
      const from = known.at(-1)?.closes ?? run.clock.now;
      const summary = `${gate.id} · next windows of ${calendar.name}`;
      const { windows } = await run.clock.localUntilDone(() =>
        CancellationScope.nonCancellable(() => localPhaseActivities(summary).nextWindows({ calendar, from })),
      );
      if (windows.length === 0) exhausted.add(gate.id);
      run.apply({ type: 'windows', gate: gate.id, windows });
    }
  }
}

/** Tells the gates when their reminders, deadlines and waits are due, by one durable timer for whichever is next. */
export async function keepTime(run: PhaseRun): Promise<void> {
  for (;;) {
    await condition(() => nextTick(run.gates) !== undefined);
    const due = nextTick(run.gates);
    if (due === undefined) continue;
    const isOver = () => nextTick(run.gates) !== due;
    const summary = `gates · next due ${new Date(due).toISOString()}`;
    const { now } = run.clock;
    if (due > now) {
      if (await condition(isOver, due - now, { summary })) continue;
      run.clock.set();
    }
    run.apply({ type: 'tick' });
  }
}
