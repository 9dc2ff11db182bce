import type {
  ActionExecutionDetail,
  ActionState,
  StageConditionState,
  StageExecution,
  StageState,
} from '@aws-sdk/client-codepipeline';
import { clip } from '../../../base/text.ts';

/** The position of an execution, as an observation shows it. It never decides how the execution has ended. */
export interface Observation {
  readonly stage?: string;
  /** Action that is running. */
  readonly action?: string;
  /** Reason, as a part of a sentence, why the execution does not go on by itself. */
  readonly blocked?: string;
  /** Manual approvals that wait in this execution. */
  readonly approvals: readonly PendingApproval[];
  /** True when the execution is nowhere under way, so that its status should be read. */
  readonly mayHaveEnded: boolean;
}

/** A manual approval that waits for an answer. */
export interface PendingApproval {
  readonly stage: string;
  readonly action: string;
  /** Id of this run of the action. It is another one after a retry of the stage. */
  readonly actionExecutionId: string;
  /** AWS accepts an answer only with it. */
  readonly token: string;
}

/** Longest reason that is repeated from AWS. */
const REASON = 300;

/**
 * Reads the state of a pipeline for one of its executions. The state of a pipeline in mode PARALLEL does not tell executions apart; see
 * `observeActions`.
 *
 * @param approvals manual approvals of the pipeline, as `Stage/Action`
 */
export function observeStages(stages: readonly StageState[], id: string, approvals: readonly string[]): Observation {
  const before = stages.find((stage) => isInbound(stage, id));
  if (before !== undefined) return waitingBefore(before, approvals);
  const stage = stages.findLast(({ latestExecution }) => latestExecution?.pipelineExecutionId === id);
  if (stage === undefined) return { approvals: [], mayHaveEnded: true };
  const { stageName = '', actionStates = [], latestExecution } = stage;
  const status = latestExecution?.status;
  if (status !== 'InProgress' && status !== 'Stopping') {
    return { stage: stageName, approvals: [], mayHaveEnded: true };
  }
  const running = actionStates.filter((action) => action.latestExecution?.status === 'InProgress');
  const pending = running.flatMap((action) => pendingOf(stageName, action, approvals));
  const [first] = running;
  const blocked = pending.length > 0 ? approvalWords(pending) : conditionWords(stage, running.length > 0);
  return {
    stage: stageName,
    ...(first?.actionName === undefined ? {} : { action: first.actionName }),
    ...(blocked === undefined ? {} : { blocked }),
    approvals: pending,
    mayHaveEnded: false,
  };
}

/** The disabled transition behind a stage, as a part of a sentence; `undefined` when the way is open. */
export function disabledAfter(stage: string | undefined, stages: readonly StageState[]): string | undefined {
  const at = stages.findIndex(({ stageName }) => stageName === stage);
  const next = at < 0 ? undefined : stages[at + 1];
  return next === undefined ? undefined : disabledWords(next);
}

/** Reads the actions of one execution. It shows neither transitions nor conditions. */
export function observeActions(details: readonly ActionExecutionDetail[]): Observation {
  const running = details.filter(({ status }) => status === 'InProgress');
  const pending = running.flatMap((detail): PendingApproval[] => {
    const { stageName = '', actionName = '', actionExecutionId = '', input, output } = detail;
    const token = output?.executionResult?.externalExecutionId;
    if (input?.actionTypeId?.category !== 'Approval' || token === undefined) return [];
    return [{ stage: stageName, action: actionName, actionExecutionId, token }];
  });
  const [first] = running;
  return {
    ...(first?.stageName === undefined ? {} : { stage: first.stageName }),
    ...(first?.actionName === undefined ? {} : { action: first.actionName }),
    ...(pending.length === 0 ? {} : { blocked: approvalWords(pending) }),
    approvals: pending,
    // Between two actions nothing runs either; then the status is read once for nothing.
    mayHaveEnded: running.length === 0,
  };
}

function isInbound({ inboundExecution, inboundExecutions = [] }: StageState, id: string): boolean {
  return [inboundExecution, ...inboundExecutions].some((execution) => execution?.pipelineExecutionId === id);
}

function waitingBefore(stage: StageState, approvals: readonly string[]): Observation {
  const { stageName = '', latestExecution } = stage;
  const at = { stage: stageName, approvals: [], mayHaveEnded: false };
  const disabled = disabledWords(stage);
  if (disabled !== undefined) return { ...at, blocked: disabled };
  const condition = conditionOf(stage.beforeEntryConditionState, `the entry condition of stage ${stageName}`);
  if (condition !== undefined) return { ...at, blocked: condition };
  if (isUnderWay(latestExecution)) return { ...at, blocked: lockedWords(stage, latestExecution, approvals) };
  return at;
}

function disabledWords({ stageName = '', inboundTransitionState: transition }: StageState): string | undefined {
  if (transition?.enabled !== false) return undefined;
  const reason = transition.disabledReason ?? '';
  return `the transition into stage ${stageName} is disabled${reason === '' ? '' : `: ${clip(reason, REASON)}`}`;
}

function isUnderWay(execution: StageExecution | undefined): execution is StageExecution {
  return execution?.status === 'InProgress' || execution?.status === 'Stopping';
}

function lockedWords(
  { stageName = '', actionStates = [] }: StageState,
  { pipelineExecutionId = '' }: StageExecution,
  approvals: readonly string[],
): string {
  const pending = actionStates.flatMap((action) => pendingOf(stageName, action, approvals));
  const why = pending.length === 0 ? '' : `, which waits for manual approval ${namesOf(pending)}`;
  return `stage ${stageName} is locked by execution ${pipelineExecutionId}${why}`;
}

function pendingOf(
  stage: string,
  { actionName: action = '', latestExecution }: ActionState,
  approvals: readonly string[],
): PendingApproval[] {
  const { status, token, actionExecutionId = '' } = latestExecution ?? {};
  if (status !== 'InProgress' || token === undefined || !approvals.includes(`${stage}/${action}`)) return [];
  return [{ stage, action, actionExecutionId, token }];
}

function approvalWords(pending: readonly PendingApproval[]): string {
  return `it waits for manual approval ${namesOf(pending)}`;
}

function namesOf(pending: readonly PendingApproval[]): string {
  return pending.map(({ stage, action }) => `${stage}/${action}`).join(', ');
}

function conditionWords(stage: StageState, hasActions: boolean): string | undefined {
  const { stageName = '', beforeEntryConditionState: entry, onSuccessConditionState: success } = stage;
  // While actions run, what is shown of the success condition is of an earlier execution.
  if (hasActions) return undefined;
  return (
    conditionOf(entry, `the entry condition of stage ${stageName}`) ??
    conditionOf(success, `the success condition of stage ${stageName}`)
  );
}

function conditionOf(state: StageConditionState | undefined, what: string): string | undefined {
  const { status, summary = '' } = state?.latestExecution ?? {};
  if (status !== 'InProgress' && status !== 'Failed' && status !== 'Errored') return undefined;
  const says = status === 'InProgress' ? 'is in progress' : 'has failed';
  const rules = (state?.conditionStates ?? [])
    .flatMap(({ ruleStates = [] }) => ruleStates)
    .filter(({ latestExecution }) => latestExecution?.status === status)
    .map(({ ruleName = '' }) => ruleName);
  const which = rules.length === 0 ? '' : ` (${rules.join(', ')})`;
  return `${what}${which} ${says}${summary === '' ? '' : `: ${clip(summary, REASON)}`}`;
}
