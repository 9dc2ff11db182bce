import type {
  ActionExecutionDetail,
  ListActionExecutionsInput,
  ListActionExecutionsOutput,
  ListRuleExecutionsInput,
  ListRuleExecutionsOutput,
  RuleExecutionDetail,
} from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import type { ActionAttempt, Execution, RuleAttempt, StageRun, Valid } from '../machine/state.ts';
import type { Faults } from '../protocol/faults.ts';
import type { World } from '../store.ts';
import { isSeen, seenExecution } from './executions.ts';
import { page } from './page.ts';
import { USER } from './start.ts';

interface Found<T> {
  readonly execution: Execution;
  readonly stage: StageRun;
  readonly run: T;
}

type Filter = Valid<NonNullable<ListActionExecutionsInput['filter']>>;

export function historyOperations(engine: Engine, faults: Faults) {
  return {
    /** Newest first. */
    ListActionExecutions(input: Valid<ListActionExecutionsInput>): ListActionExecutionsOutput {
      const world = engine.pipeline(input.pipelineName);
      const found = chosen(world, input.filter, faults).flatMap(({ execution, isLatest }) =>
        execution.stages.flatMap((stage) =>
          stage.attempts.filter((one) => !isLatest || one.retired !== true).map((run) => ({ execution, stage, run })),
        ),
      );
      const { items, nextToken } = page(newestFirst(found), ({ run }) => run.id, input);
      return { actionExecutionDetails: items.map((one) => actionDetail(world, one)), ...nextToken };
    },

    /** Newest first. */
    ListRuleExecutions(input: Valid<ListRuleExecutionsInput>): ListRuleExecutionsOutput {
      const world = engine.pipeline(input.pipelineName);
      const found = chosen(world, input.filter, faults).flatMap(({ execution, isLatest }) =>
        execution.stages.flatMap((stage) =>
          stage.conditions
            .filter((one) => !isLatest || one.retired !== true)
            .flatMap(({ rules }) => rules.map((run) => ({ execution, stage, run }))),
        ),
      );
      const { items, nextToken } = page(newestFirst(found), ({ run }) => run.id, input);
      return { ruleExecutionDetails: items.map(ruleDetail), ...nextToken };
    },
  };
}

function chosen(
  world: World,
  filter: Filter | undefined,
  faults: Faults,
): { readonly execution: Execution; readonly isLatest: boolean }[] {
  const { pipelineExecutionId, latestInPipelineExecution: latest } = filter ?? {};
  const id = latest?.pipelineExecutionId ?? pipelineExecutionId;
  const isLatest = latest?.startTimeRange === 'Latest';
  if (id !== undefined) return [{ execution: seenExecution(world, id, faults), isLatest }];
  return [...world.executions.values()]
    .filter((one) => isSeen(one, faults))
    .map((execution) => ({ execution, isLatest }));
}

/** Runs of the same millisecond keep the order in which they began. */
function newestFirst<T extends { readonly started: number }>(found: readonly Found<T>[]): Found<T>[] {
  return found.toSorted((one, other) => one.run.started - other.run.started).reverse();
}

function actionDetail({ versions }: World, { execution, stage, run }: Found<ActionAttempt>): ActionExecutionDetail {
  const action = versions
    .get(execution.version)
    ?.stages.find(({ name }) => name === stage.name)
    ?.actions.find(({ name }) => name === run.action);
  const { outcome, approval } = run;
  return {
    pipelineExecutionId: execution.id,
    actionExecutionId: run.id,
    pipelineVersion: execution.version,
    stageName: stage.name,
    actionName: run.action,
    startTime: new Date(run.started),
    lastUpdateTime: new Date(run.updated),
    status: run.status,
    ...(run.answeredBy ? { updatedBy: USER } : {}),
    input: {
      actionTypeId: action?.actionTypeId,
      configuration: { ...action?.configuration },
      resolvedConfiguration: { ...run.run?.configuration },
      roleArn: run.run?.roleArn,
      region: run.run?.region,
      inputArtifacts: (action?.inputArtifacts ?? []).map(({ name }) => ({ name })),
      namespace: action?.namespace,
    },
    output: {
      outputArtifacts: Object.keys(outcome?.artifacts ?? {}).map((name) => ({ name })),
      executionResult: {
        externalExecutionId: outcome?.externalExecutionId ?? approval?.token,
        externalExecutionSummary: outcome?.externalExecutionSummary ?? outcome?.summary,
        externalExecutionUrl: outcome?.externalExecutionUrl,
        errorDetails: outcome?.error,
        logStreamARN: outcome?.logStreamARN,
      },
      outputVariables: { ...outcome?.variables },
    },
  };
}

function ruleDetail({ execution, stage, run }: Found<RuleAttempt>): RuleExecutionDetail {
  return {
    pipelineExecutionId: execution.id,
    ruleExecutionId: run.id,
    pipelineVersion: execution.version,
    stageName: stage.name,
    ruleName: run.rule,
    startTime: new Date(run.started),
    lastUpdateTime: new Date(run.updated),
    status: run.status,
    input: {
      ruleTypeId: { category: 'Rule', owner: 'AWS', provider: run.provider, version: '1' },
      configuration: { ...run.configuration },
      resolvedConfiguration: { ...run.resolved },
      region: run.region,
      inputArtifacts: [],
    },
    output: {
      executionResult: { externalExecutionSummary: run.outcome?.summary, errorDetails: run.outcome?.error },
    },
  };
}
