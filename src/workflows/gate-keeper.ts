import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { localPhaseActivities } from './activities.ts';
import { runChecks } from './checks.ts';
import { rootMessage } from './failure.ts';
import type { GateId, TaskRef } from '../plan/model.ts';
import type { PhaseRun } from './phase-run.ts';

/**
 * Holds execution at a gate until it clears, through as many rounds as that takes.
 *
 * @param rework does the tasks of a rejection again; the next round opens when it returns.
 */
export async function holdGate(
  run: PhaseRun,
  gate: GateId,
  rework: (tasks: readonly TaskRef[]) => Promise<void>,
): Promise<void> {
  while (run.gate(gate).state !== 'cleared') {
    if (run.gate(gate).state === 'rejected') await untilNextRound(run, gate, rework);
    if (run.gate(gate).state !== 'open') await open(run, gate);
    await watch(run, gate);
  }
}

async function open(run: PhaseRun, gate: GateId): Promise<void> {
  if (run.plan.people !== undefined) await readPeople(run, gate);
  run.reopened.delete(gate);
  run.apply({ type: 'open', gate });
}

/** People change while a phase runs for weeks, so they are read whenever they are about to be asked. */
async function readPeople(run: PhaseRun, gate: GateId): Promise<void> {
  try {
    const now = await localPhaseActivities(`${gate} · people`).readPeople({ phase: run.identity.name });
    run.apply({ type: 'people', ...now });
  } catch (error) {
    if (isCancellation(error)) throw error;
    run.apply({
      type: 'note',
      what: 'people not read',
      on: gate,
      reason: `those known so far stay: ${rootMessage(error)}`,
    });
  }
}

/** Runs the gate's checks until it clears or is rejected; what is still being checked then is cancelled. */
async function watch(run: PhaseRun, gate: GateId): Promise<void> {
  const scope = new CancellationScope();
  const checks = scope
    .run(() => runChecks(run, gate))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  try {
    await condition(() => run.gate(gate).state !== 'open');
  } finally {
    scope.cancel();
    await checks;
  }
}

async function untilNextRound(
  run: PhaseRun,
  gate: GateId,
  rework: (tasks: readonly TaskRef[]) => Promise<void>,
): Promise<void> {
  const tasks = run.gate(gate).rejection?.rework ?? [];
  if (tasks.length > 0 && !run.reopened.has(gate)) {
    await rework(tasks);
    run.reopened.add(gate);
  }
  await condition(() => run.reopened.has(gate));
}
