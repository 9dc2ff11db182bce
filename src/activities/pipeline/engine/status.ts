import type { PipelineExecution, PipelineExecutionStatus } from '@aws-sdk/client-codepipeline';

/**
 * The state of an execution. Only `succeeded` is a success; each other end needs another answer of a person.
 *
 * - `running`: it may still change by itself.
 * - `failed`: an action or a condition failed. A retry of its stage continues the same execution.
 * - `stopped`: a person, or phasegate, stopped it. A retry of its stage continues the same execution.
 * - `superseded`: a later execution overtook it between two stages.
 * - `cancelled`: the definition of the pipeline was updated while it ran.
 */
export type ExecutionOutcome = 'running' | 'succeeded' | 'failed' | 'stopped' | 'superseded' | 'cancelled';

// One line for each status of CodePipeline. Statuses must be compared as a whole.
const outcomes: { readonly [status in PipelineExecutionStatus]: ExecutionOutcome } = {
  InProgress: 'running',
  Stopping: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Stopped: 'stopped',
  Superseded: 'superseded',
  Cancelled: 'cancelled',
};

/** The status of an execution, with its meaning for a release. */
export class ExecutionStatus {
  readonly status: PipelineExecutionStatus;
  /** True for an execution that brought back what an earlier execution had released. */
  readonly isRollback: boolean;

  private constructor(status: PipelineExecutionStatus, isRollback: boolean) {
    this.status = status;
    this.isRollback = isRollback;
  }

  /** @throws TypeError for a status that this version of CodePipeline's API does not list */
  static of({ status, executionType }: Pick<PipelineExecution, 'status' | 'executionType'>): ExecutionStatus {
    if (!isExecutionStatus(status)) {
      throw new TypeError(`CodePipeline answered with an unknown execution status ${String(status)}`);
    }
    return new ExecutionStatus(status, executionType === 'ROLLBACK');
  }

  get outcome(): ExecutionOutcome {
    return outcomes[this.status];
  }

  /** True when the execution has ended, successfully or not. `Stopping` is not an end. */
  get isFinal(): boolean {
    return this.outcome !== 'running';
  }

  /** True when the execution has released its revisions. A rollback that succeeded has released nothing new. */
  get isReleased(): boolean {
    return this.outcome === 'succeeded' && !this.isRollback;
  }
}

function isExecutionStatus(status: string | undefined): status is PipelineExecutionStatus {
  return status !== undefined && Object.hasOwn(outcomes, status);
}
