import type {
  ArtifactRevision,
  GetPipelineExecutionInput,
  GetPipelineExecutionOutput,
  ListPipelineExecutionsInput,
  ListPipelineExecutionsOutput,
  PipelineExecutionSummary,
  SourceRevision,
} from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import { AwsFault } from '../fault.ts';
import type { Execution, TakenRevision, Valid } from '../machine/state.ts';
import type { Faults } from '../protocol/faults.ts';
import type { World } from '../store.ts';
import { page } from './page.ts';

export function executionOperations(engine: Engine, faults: Faults) {
  return {
    GetPipelineExecution(input: Valid<GetPipelineExecutionInput>): GetPipelineExecutionOutput {
      const world = engine.pipeline(input.pipelineName);
      const execution = seenExecution(world, input.pipelineExecutionId, faults);
      return {
        pipelineExecution: {
          pipelineName: execution.pipeline,
          pipelineVersion: execution.version,
          artifactRevisions: execution.revisions.map(artifactRevision),
          variables: Object.entries(execution.variables).map(([name, resolvedValue]) => ({ name, resolvedValue })),
          ...commonOf(execution),
        },
      };
    },

    /** Newest first. */
    ListPipelineExecutions(input: Valid<ListPipelineExecutionsInput>): ListPipelineExecutionsOutput {
      const { executions, pipeline } = engine.pipeline(input.pipelineName);
      const stage = input.filter?.succeededInStage?.stageName;
      const listed = [...executions.values()]
        .filter((one) => isSeen(one, faults))
        .filter((one) => stage === undefined || (one.version === pipeline.version && hasSucceededIn(one, stage)))
        .reverse();
      const { items, nextToken } = page(listed, ({ id }) => id, input);
      return { pipelineExecutionSummaries: items.map(summaryOf), ...nextToken };
    },
  };
}

/** @throws AwsFault `PipelineExecutionNotFoundException` */
export function seenExecution({ executions, pipeline }: World, id: string, faults: Faults): Execution {
  const execution = executions.get(id);
  if (execution && isSeen(execution, faults)) return execution;
  const message = `Pipeline '${pipeline.name}' does not have an execution with ID '${id}'`;
  throw new AwsFault('PipelineExecutionNotFoundException', message);
}

export function isSeen({ started }: Execution, { unseenFor }: Faults): boolean {
  return Date.now() - started >= unseenFor;
}

function hasSucceededIn({ stages }: Execution, stage: string): boolean {
  return stages.some(({ name, status, phase }) => name === stage && phase === 'ended' && status === 'Succeeded');
}

function summaryOf(execution: Execution): PipelineExecutionSummary {
  const { stop } = execution;
  return {
    startTime: new Date(execution.started),
    lastUpdateTime: new Date(execution.updated),
    sourceRevisions: execution.revisions.map(sourceRevision),
    ...(stop === undefined ? {} : { stopTrigger: { reason: stop.reason } }),
    ...commonOf(execution),
  };
}

function commonOf({ id, status, summary, mode, type, trigger, rollback }: Execution): PipelineExecutionSummary {
  return {
    pipelineExecutionId: id,
    status,
    statusSummary: summary,
    executionMode: mode,
    executionType: type,
    trigger: { triggerType: trigger.type, triggerDetail: trigger.detail },
    ...(rollback ? { rollbackMetadata: { rollbackTargetPipelineExecutionId: rollback.target } } : {}),
  };
}

function artifactRevision({ artifact, id, summary, url, at }: TakenRevision): ArtifactRevision {
  return { name: artifact, revisionId: id, revisionSummary: summary, revisionUrl: url, created: new Date(at) };
}

function sourceRevision({ action, id, summary, url }: TakenRevision): SourceRevision {
  return { actionName: action, revisionId: id, revisionSummary: summary, revisionUrl: url };
}
