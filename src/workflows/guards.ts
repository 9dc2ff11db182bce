import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Gate, GateId } from '../plan/gate-model.ts';
import type { Milestone, TaskRef } from '../plan/model.ts';
import { holdGate, holdRound } from './gate-keeper.ts';
import type { PhaseRun } from './phase-run.ts';

/**
 * Holds the gates of a milestone's tasks and lanes: each opens when the first of its tasks could begin otherwise, and its tasks
 * begin when it has cleared. What does not need them goes on meanwhile.
 *
 * @returns a function to call when the milestone's child has ended: what is still open then guards nothing any more
 */
export function keepGuards(run: PhaseRun, { gates: { guards = [] } }: Milestone): () => Promise<void> {
  // What a task's steps ask comes up whenever they run.
  const open = guards.filter((gate) => isOfChanges(gate) || run.gate(gate.id).state !== 'cleared');
  if (open.length === 0) return () => Promise.resolve();
  const scope = new CancellationScope({ cancellable: true });
  const keep = (gate: Gate) => (isOfChanges(gate) ? keepChanges(run, gate) : keepGuard(run, gate));
  const kept = scope.run(() => Promise.all(open.map(keep)));
  // Heard of below, and before that by nobody.
  kept.catch(() => undefined);
  return async () => {
    scope.cancel();
    await kept.catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
    for (const { id } of open) {
      run.reached.delete(id);
      run.apply({ type: 'close', gate: id, reason: 'nothing waits for it any more' });
    }
  };
}

/** Gates that have not cleared, by the tasks that wait for them. */
export function guardsByTask(run: PhaseRun, { gates: { guards = [] } }: Milestone): { [task: TaskRef]: GateId[] } {
  const found: { [task: TaskRef]: GateId[] } = {};
  for (const { id, guards: guarded } of guards.filter((gate) => !isOfChanges(gate))) {
    if (run.gate(id).state === 'cleared') continue;
    for (const task of guarded?.tasks ?? []) found[task] = [...(found[task] ?? []), id];
  }
  return found;
}

async function keepGuard(run: PhaseRun, { id, guards }: Gate): Promise<void> {
  await condition(() => run.reached.has(id));
  // Nothing has been done before it that could be done again.
  await holdGate(run, id, () => Promise.resolve());
  for (const task of guards?.tasks ?? []) {
    run.outbox.push({ name: 'admit', gate: id, message: { task, by: 'phase' }, agents: [] });
  }
}

function isOfChanges({ guards }: Gate): boolean {
  return guards?.what === 'changes';
}

/** Puts what a task's steps would do before people, as often as they ask, and tells the task what was decided. */
async function keepChanges(run: PhaseRun, { id, guards }: Gate): Promise<void> {
  const task = guards?.of ?? '';
  const agreed = new Set<string>();
  for (;;) {
    await condition(() => run.asked.has(task));
    const changes = run.asked.get(task) ?? [];
    run.asked.delete(task);
    const approved = changes.map(({ sha256 }) => sha256);
    // A milestone that was reset asks once more for what somebody has agreed to meanwhile.
    const isAgreed = approved.every((sha256) => agreed.has(sha256));
    if (!isAgreed) {
      run.apply({ type: 'ask', gate: id, changes });
      await holdRound(run, id);
    }
    const { state, rejection } = run.gate(id);
    const { by = 'phase', reason = 'withdrawn' } = rejection ?? {};
    const isRefused = !isAgreed && state !== 'cleared';
    if (!isRefused) for (const sha256 of approved) agreed.add(sha256);
    run.outbox.push(
      isRefused
        ? { name: 'refuse', gate: id, message: { task, by, reason }, agents: [] }
        : { name: 'admit', gate: id, approved, message: { task, by: 'phase' }, agents: [] },
    );
  }
}
