import { createHash } from 'node:crypto';
import { addExecution } from './executions.ts';
import type { Execution, StageRun } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Rolls a stage back to the last execution that has succeeded in it: a new execution of type ROLLBACK, which repeats this stage alone.
 *
 * @returns undefined when no execution of the current version can be the target
 */
export function rollBackAutomatically(turn: Turn, failed: Execution, stage: StageRun): Execution | undefined {
  const target = [...turn.executions.values()]
    .filter((one) => one !== failed && isTarget(turn, one, stage.name))
    .sort((one, other) => entryOf(other, stage.name) - entryOf(one, stage.name))[0];
  if (target === undefined) return undefined;
  // Derived, so that a stand-in that is killed before it has written the failure adds no second one.
  const id = uuidOf(`${failed.id} ${stage.name} ${stage.retries.auto} ${stage.retries.manual}`);
  const trigger = { type: 'AutomatedRollback', detail: failed.id } as const;
  return turn.executions.get(id) ?? addRollback(turn, id, target, stage.name, trigger);
}

/** Adds the execution that repeats the stage with the variables, revisions and artifacts of the target. */
export function addRollback(
  turn: Turn,
  id: string,
  target: Execution,
  stage: string,
  trigger: Execution['trigger'],
): Execution {
  const { variables, overrides, artifacts, namespaces, revisions } = target;
  return addExecution(turn, {
    ...{ id, type: 'ROLLBACK', trigger, variables, overrides, stage },
    ...{ artifacts: { ...artifacts }, namespaces: { ...namespaces }, revisions: [...revisions] },
    rollback: { target: target.id, stage },
  });
}

/** True when the stage can be rolled back to the execution. */
export function isTarget({ pipeline }: Turn, { type, version, stages }: Execution, stage: string): boolean {
  if (type !== 'STANDARD' || version !== pipeline.version) return false;
  return stages.some(({ name, status, phase }) => name === stage && phase === 'ended' && status === 'Succeeded');
}

function entryOf({ stages }: Execution, stage: string): number {
  return stages.find(({ name }) => name === stage)?.entered ?? 0;
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
