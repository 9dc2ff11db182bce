import { beginAction } from './actions.ts';
import { conditionOf, latestCondition, stepCondition } from './conditions.ts';
import { arriveAt, endExecution } from './executions.ts';
import { rollBackAutomatically } from './rollback.ts';
import {
  currentStage,
  latestAttempt,
  type ConditionRun,
  type Execution,
  type StageDefinition,
  type StageRun,
} from './state.ts';
import { stageDefinition, touch, type Turn } from './turn.ts';

/** One stage of one execution, in one turn. */
interface At {
  readonly turn: Turn;
  readonly execution: Execution;
  readonly stage: StageRun;
  readonly definition: StageDefinition;
}

/**
 * Brings an execution forward by one step within its stage.
 *
 * @returns true when something has changed
 */
export function stepStage(turn: Turn, execution: Execution): boolean {
  const stage = currentStage(execution);
  const at = { turn, execution, stage, definition: stageDefinition(turn, execution, stage.name) };
  if (execution.stop !== undefined && ['entry', 'success', 'failure'].includes(stage.phase)) {
    return changed(() => endExecution(turn, execution, 'Stopped'));
  }
  switch (stage.phase) {
    case 'waiting':
    case 'ended':
      return false;
    case 'entry':
      return stepEntry(at);
    case 'actions':
      return stepActions(at);
    case 'success':
      return stepSuccess(at);
    case 'failure':
      return stepFailure(at);
  }
}

/** Lets the execution into the stage that it waits for. */
export function enter(turn: Turn, execution: Execution, number: number): void {
  const stage = currentStage(execution);
  const condition = conditionOf(stageDefinition(turn, execution, stage.name), 'BEFORE_ENTRY');
  stage.entered = number;
  // A rollback repeats the actions alone.
  stage.phase = condition !== undefined && execution.type === 'STANDARD' ? 'entry' : 'actions';
  touch(turn, execution);
}

function stepEntry(at: At): boolean {
  const { turn, execution, stage, definition } = at;
  const condition = conditionOf(definition, 'BEFORE_ENTRY');
  if (condition && stepCondition(turn, execution, stage, 'BEFORE_ENTRY', condition)) return true;
  const run = latestCondition(stage, 'BEFORE_ENTRY');
  if (run?.status === 'InProgress') return false;
  if (run?.status !== 'Failed') return changed(() => setPhase(at, 'actions'));
  if (condition?.result === 'SKIP') return changed(() => leave(at, 'Skipped'));
  return changed(() => fail(at, `Stage ${stage.name}: its entry condition has failed. ${run.summary ?? ''}`));
}

/** Actions of one runOrder run at once; the next ones start when all of these have succeeded. */
function stepActions(at: At): boolean {
  const { turn, execution, stage, definition } = at;
  const orders = [...new Set(definition.actions.map(({ runOrder = 1 }) => runOrder))].sort((one, other) => one - other);
  for (const order of orders) {
    const group = definition.actions.filter(({ runOrder = 1 }) => runOrder === order);
    const isFailed = group.some(({ name }) => ['Failed', 'Abandoned'].includes(statusOf(stage, name)));
    const due = group.filter(({ name }) => statusOf(stage, name) === 'none');
    if (due.length > 0 && !isFailed && execution.stop === undefined) {
      return changed(() => due.forEach((action) => beginAction(turn, execution, stage, action)));
    }
    if (group.some(({ name }) => statusOf(stage, name) === 'InProgress')) return false;
    if (execution.stop !== undefined && (due.length > 0 || isFailed)) {
      return changed(() => endExecution(turn, execution, 'Stopped'));
    }
    if (isFailed) return changed(() => failActions(at));
  }
  const condition = conditionOf(definition, 'ON_SUCCESS');
  const checks = condition !== undefined && execution.type === 'STANDARD' && execution.stop === undefined;
  return changed(() => (checks ? setPhase(at, 'success') : leave(at, 'Succeeded')));
}

function statusOf(stage: StageRun, action: string): string {
  return latestAttempt(stage, action)?.status ?? 'none';
}

function stepSuccess(at: At): boolean {
  const { turn, execution, stage, definition } = at;
  const condition = conditionOf(definition, 'ON_SUCCESS');
  if (condition && stepCondition(turn, execution, stage, 'ON_SUCCESS', condition)) return true;
  const run = latestCondition(stage, 'ON_SUCCESS');
  if (run?.status === 'InProgress') return false;
  if (run?.status !== 'Failed') return changed(() => leave(at, 'Succeeded'));
  const summary = `Stage ${stage.name}: its success condition has failed. ${run.summary ?? ''}`;
  return changed(() => (condition?.result === 'ROLLBACK' ? failAndRollBack(at, summary) : fail(at, summary)));
}

function failActions(at: At): void {
  const { execution, stage, definition } = at;
  if (execution.type === 'STANDARD' && definition.onFailure !== undefined) setPhase(at, 'failure');
  else fail(at, failedActions(stage));
}

function stepFailure(at: At): boolean {
  const { turn, execution, stage, definition } = at;
  const { onFailure } = definition;
  const condition = conditionOf(definition, 'ON_FAILURE');
  if (onFailure?.result === 'RETRY' && stage.retries.auto === 0) {
    return changed(() => {
      stage.retries.auto = 1;
      retryStage(
        turn,
        execution,
        stage,
        onFailure.retryConfiguration?.retryMode ?? 'FAILED_ACTIONS',
        'AutomatedStageRetry',
      );
    });
  }
  if (condition && stepCondition(turn, execution, stage, 'ON_FAILURE', condition)) return true;
  const run = latestCondition(stage, 'ON_FAILURE');
  if (run?.status === 'InProgress') return false;
  const result =
    condition === undefined
      ? onFailure?.result
      : run?.status === 'Failed'
        ? (condition.result ?? onFailure?.result)
        : undefined;
  const summary = failedActions(stage);
  return changed(() => (result === 'ROLLBACK' ? failAndRollBack(at, summary) : fail(at, summary)));
}

/** Repeats the stage: its failed actions, or all of them. */
export function retryStage(
  turn: Turn,
  execution: Execution,
  stage: StageRun,
  mode: 'FAILED_ACTIONS' | 'ALL_ACTIONS',
  trigger: NonNullable<StageRun['retries']['latest']>,
): void {
  stage.retries.latest = trigger;
  for (const attempt of stage.attempts) {
    if (mode === 'ALL_ACTIONS' || attempt.status !== 'Succeeded') attempt.retired = true;
  }
  for (const condition of stage.conditions) if (condition.type !== 'BEFORE_ENTRY') condition.retired = true;
  stage.phase = 'actions';
  stage.status = 'InProgress';
  execution.status = 'InProgress';
  delete execution.summary;
  delete execution.stop;
  touch(turn, execution);
}

/** Lets the execution go on as if the condition were met. A failed execution is in progress again. */
export function overrideCondition(turn: Turn, execution: Execution, stage: StageRun, run: ConditionRun): void {
  run.status = 'Overridden';
  run.updated = turn.now;
  for (const rule of run.rules.filter(({ status }) => status === 'InProgress')) rule.status = 'Abandoned';
  stage.phase = run.type === 'BEFORE_ENTRY' ? 'entry' : 'success';
  stage.status = 'InProgress';
  execution.status = 'InProgress';
  delete execution.summary;
  touch(turn, execution);
}

function failAndRollBack(at: At, summary: string): void {
  const rollback = rollBackAutomatically(at.turn, at.execution, at.stage);
  const told = rollback ? `Rolled back by execution ${rollback.id}.` : 'There is no execution to roll back to.';
  fail(at, `${summary} ${told}`);
}

function fail({ turn, execution, stage }: At, summary: string): void {
  stage.status = 'Failed';
  endExecution(turn, execution, 'Failed', summary.trim());
}

function failedActions({ name, attempts }: StageRun): string {
  const failed = attempts.filter(({ status, retired }) => status !== 'Succeeded' && retired !== true);
  return `Stage ${name}: ${failed.map(({ action }) => `action ${action}`).join(', ')} failed.`;
}

/** Ends the stage, and moves on to the one behind it. */
function leave({ turn, execution, stage }: At, status: 'Succeeded' | 'Skipped'): void {
  stage.status = status;
  stage.phase = 'ended';
  const { stages } = turn.definition(execution.version);
  const next = stages[stages.findIndex(({ name }) => name === stage.name) + 1];
  if (execution.stop !== undefined) endExecution(turn, execution, 'Stopped');
  else if (next === undefined || execution.type === 'ROLLBACK') endExecution(turn, execution, 'Succeeded');
  else arriveAt(turn, execution, next.name);
}

function setPhase({ turn, execution, stage }: At, phase: StageRun['phase']): void {
  stage.phase = phase;
  touch(turn, execution);
}

function changed(act: () => void): true {
  act();
  return true;
}
