import type { PipelineExecution, PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import type { PipelineAddress } from './address.ts';
import type { ReleaseRequest } from './definition.ts';
import { describeExecution, recentExecutions } from './executions.ts';

/** A release that may have been started, by an attempt whose answer was lost. */
export interface MaybeStarted extends ReleaseRequest {
  readonly token: string;
  /** Name of the variable that carries the token. Absent: the pipeline declares none for it. */
  readonly releaseVariable?: string | undefined;
  /** Epoch milliseconds of the first request. */
  readonly since: number;
}

/** An execution that an earlier attempt has started. */
export interface Adopted {
  readonly id: string;
  /** False when it is only the same request, which somebody else may have made in that time. */
  readonly isCertain: boolean;
}

/** The clocks of AWS and of the worker may differ. AWS refuses requests that are signed more than 5 minutes off. */
const SKEW_MS = 5 * 60_000;

/** Executions that are read one by one, because the listing does not show their variables. */
const READ = 20;

/**
 * Looks for the execution of a release among those that were started since, newest first. The variable that carries the token identifies it.
 * Without that variable, an execution with the same variables and revisions is taken for it if it is the only one.
 */
export async function findStarted(address: PipelineAddress, release: MaybeStarted): Promise<Adopted | undefined> {
  const alike: string[] = [];
  let read = 0;
  for await (const summary of recentExecutions(address)) {
    if ((summary.startTime?.getTime() ?? 0) < release.since - SKEW_MS) break;
    const { pipelineExecutionId: id } = summary;
    if (id === undefined || !mayBe(summary, release)) continue;
    read += 1;
    if (read > READ) break;
    const execution = await describeExecution(address, id);
    if (execution === undefined) continue;
    const { releaseVariable } = release;
    if (releaseVariable === undefined) {
      if (isAlike(execution, release)) alike.push(id);
    } else if (valueOf(execution, releaseVariable) === release.token) {
      return { id, isCertain: true };
    }
  }
  const [only, other] = alike;
  return only === undefined || other !== undefined ? undefined : { id: only, isCertain: false };
}

/** True unless the listing shows that the execution is another one. Revisions appear there only after the sources have run. */
export function mayBe(
  { trigger, executionType, sourceRevisions = [] }: PipelineExecutionSummary,
  { revisions }: ReleaseRequest,
): boolean {
  if (executionType === 'ROLLBACK' || trigger?.triggerType !== 'StartPipelineExecution') return false;
  return sourceRevisions.every(({ actionName = '', revisionId }) => {
    const wanted = Object.hasOwn(revisions, actionName) ? revisions[actionName] : undefined;
    return wanted === undefined || revisionId === undefined || wanted === revisionId;
  });
}

/** True when an execution has all the variables of a request. A request without variables and revisions is like any other. */
export function isAlike(execution: PipelineExecution, { variables, revisions }: ReleaseRequest): boolean {
  if (Object.keys(variables).length + Object.keys(revisions).length === 0) return false;
  return Object.entries(variables).every(([name, value]) => valueOf(execution, name) === value);
}

function valueOf({ variables = [] }: PipelineExecution, name: string): string | undefined {
  return variables.find((variable) => variable.name === name)?.resolvedValue;
}
