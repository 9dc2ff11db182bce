import type {
  ActionExecution,
  ActionState,
  GetPipelineStateInput,
  GetPipelineStateOutput,
  StageConditionState,
  StageExecution,
  StageState,
} from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import type {
  ActionAttempt,
  ActionDefinition,
  ConditionRun,
  ConditionType,
  Definition,
  Execution,
  StageDefinition,
  StageRun,
  Valid,
} from '../machine/state.ts';
import { isActive, currentStage } from '../machine/state.ts';
import type { World } from '../store.ts';
import { USER } from './start.ts';

/** An execution in a stage. */
interface Visit {
  readonly execution: Execution;
  readonly stage: StageRun;
}

export function stateOperations(engine: Engine) {
  return {
    /** Of mode PARALLEL it tells transitions alone: each of its executions has a state of its own, which this answer has no room for. */
    GetPipelineState({ name }: Valid<GetPipelineStateInput>): GetPipelineStateOutput {
      const world = engine.pipeline(name);
      const { pipeline, versions } = world;
      const definition = versions.get(pipeline.version);
      return {
        pipelineName: name,
        pipelineVersion: pipeline.version,
        stageStates: definition?.stages.map((stage, index) => stageState(world, definition, stage, index)),
        created: new Date(pipeline.created),
        updated: new Date(pipeline.updated),
      };
    },
  };
}

function stageState(world: World, { executionMode }: Definition, stage: StageDefinition, index: number): StageState {
  const transition = index === 0 ? {} : { inboundTransitionState: transitionState(world, stage.name) };
  const common = { stageName: stage.name, ...transition };
  if (executionMode === 'PARALLEL')
    return { ...common, actionStates: stage.actions.map(({ name }) => ({ actionName: name })) };

  const visits = visitsOf(world, stage.name);
  const latest = visits.at(-1);
  const inbound = inboundOf(world, stage.name);
  return {
    ...common,
    ...(inbound.length > 0 ? { inboundExecution: inbound.at(-1), inboundExecutions: inbound } : {}),
    actionStates: stage.actions.map((action) => actionState(action, visits)),
    ...(latest ? { latestExecution: stageExecution(latest.execution, stageStatus(latest)) } : {}),
    ...conditionStates(latest),
    ...retries(latest),
  };
}

/** Visits of the stage, in the order in which it was entered. */
function visitsOf({ executions }: World, stage: string): Visit[] {
  return [...executions.values()]
    .flatMap((execution) => execution.stages.map((one) => ({ execution, stage: one })))
    .filter((visit) => visit.stage.name === stage && visit.stage.entered !== undefined)
    .sort((one, other) => (one.stage.entered ?? 0) - (other.stage.entered ?? 0));
}

function inboundOf({ executions }: World, stage: string): StageExecution[] {
  return [...executions.values()]
    .filter((one) => isActive(one) && currentStage(one).name === stage && currentStage(one).phase === 'waiting')
    .sort((one, other) => currentStage(one).arrived - currentStage(other).arrived)
    .map((one) => stageExecution(one, 'InProgress'));
}

function stageExecution({ id, type }: Execution, status: StageExecution['status']): StageExecution {
  return { pipelineExecutionId: id, status, type };
}

function stageStatus({ execution, stage }: Visit): StageExecution['status'] {
  return execution.status === 'Stopping' && stage.phase !== 'ended' ? 'Stopping' : stage.status;
}

function transitionState({ pipeline }: World, stage: string): StageState['inboundTransitionState'] {
  const transition = pipeline.transitions[stage];
  if (transition === undefined) return { enabled: true };
  const { enabled, changedAt, reason } = transition;
  return {
    enabled,
    lastChangedBy: USER,
    lastChangedAt: new Date(changedAt),
    ...(enabled ? {} : { disabledReason: reason }),
  };
}

/** The last run of the action, which may belong to an earlier execution than the one that is in the stage. */
function actionState({ name }: ActionDefinition, visits: readonly Visit[]): ActionState {
  for (const { execution, stage } of visits.toReversed()) {
    const attempt = stage.attempts.findLast((one) => one.action === name);
    if (attempt === undefined) continue;
    const revision = execution.revisions.find((one) => one.action === name);
    const current = revision
      ? {
          currentRevision: {
            revisionId: revision.id,
            revisionChangeId: revision.id.slice(0, 100),
            created: new Date(revision.at),
          },
        }
      : {};
    return { actionName: name, ...current, latestExecution: actionExecution(attempt) };
  }
  return { actionName: name };
}

function actionExecution(attempt: ActionAttempt): ActionExecution {
  const { outcome, approval, status } = attempt;
  return {
    actionExecutionId: attempt.id,
    status,
    lastStatusChange: new Date(attempt.updated),
    summary: outcome?.summary || undefined,
    externalExecutionId: outcome?.externalExecutionId,
    externalExecutionUrl: outcome?.externalExecutionUrl,
    errorDetails: outcome?.error,
    logStreamARN: outcome?.logStreamARN,
    ...(attempt.answeredBy ? { lastUpdatedBy: USER } : {}),
    ...(approval && status === 'InProgress' ? { token: approval.token } : {}),
  };
}

const conditionKeys = {
  BEFORE_ENTRY: 'beforeEntryConditionState',
  ON_SUCCESS: 'onSuccessConditionState',
  ON_FAILURE: 'onFailureConditionState',
} satisfies Record<ConditionType, keyof StageState>;

function conditionStates(visit: Visit | undefined): Partial<StageState> {
  const states = (Object.keys(conditionKeys) as ConditionType[]).flatMap((type) => {
    const run = visit?.stage.conditions.findLast((one) => one.type === type);
    return run ? [[conditionKeys[type], conditionState(run)] as const] : [];
  });
  return Object.fromEntries(states);
}

function conditionState({ status, summary, updated, rules }: ConditionRun): StageConditionState {
  return {
    latestExecution: { status, summary },
    conditionStates: [
      {
        latestExecution: { status, summary, lastStatusChange: new Date(updated) },
        ruleStates: rules.map((rule) => ({
          ruleName: rule.rule,
          latestExecution: {
            ruleExecutionId: rule.id,
            status: rule.status,
            summary: rule.outcome?.summary,
            lastStatusChange: new Date(rule.updated),
            errorDetails: rule.outcome?.error,
          },
        })),
      },
    ],
  };
}

function retries(visit: Visit | undefined): Partial<StageState> {
  const { auto = 0, manual = 0, latest } = visit?.stage.retries ?? {};
  if (latest === undefined) return {};
  return {
    retryStageMetadata: {
      ...(auto > 0 ? { autoStageRetryAttempt: auto } : {}),
      ...(manual > 0 ? { manualStageRetryAttempt: manual } : {}),
      latestRetryTrigger: latest,
    },
  };
}
