import { isGrpcServiceError, type Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { IDENTITY_MEMO } from '../contract/names.ts';
import type { Run } from './record-index.ts';

/** A phase, by what survives its resets and its continuing as new. */
export interface PhaseKey {
  readonly workflowId: string;
  /** Run that it began with. */
  readonly firstRunId: string;
}

/** `gone`: the server has no such run, or not any more. */
export type RunState = 'open' | 'continued' | 'closed' | 'gone';

/** A run as the server describes it. */
export interface Described {
  readonly run: Run;
  readonly state: Exclude<RunState, 'gone'>;
  readonly type: string;
  /** Of the phase, where it is one of its milestones or writes its record. */
  readonly identity: string;
}

/** Of gRPC. */
const NOT_FOUND = 5;
const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;

/** @param runId the current one unless stated */
export async function describeRun(client: Client, workflowId: string, runId?: string): Promise<Described | undefined> {
  try {
    const found = await client.workflow.getHandle(workflowId, runId).describe();
    const states: { readonly [status: string]: Described['state'] } = {
      RUNNING: 'open',
      CONTINUED_AS_NEW: 'continued',
    };
    return {
      run: { workflowId, runId: found.runId },
      state: states[found.status.name] ?? 'closed',
      type: found.type,
      identity: identityIn(found.memo),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** How a run of a workflow began. */
export interface Beginning {
  readonly firstRunId: string;
  /** As it began; a reset gives it another run id. */
  readonly originalRunId: string;
  /** Run that continued as new into it. */
  readonly follows?: string;
}

/** From the run's first event alone, however long it is; nothing when the server does not have it. */
export async function beginningOf(client: Client, execution: Run): Promise<Beginning | undefined> {
  const { namespace } = client.options;
  const request = { namespace, execution, maximumPageSize: 1 };
  const answer = await client.workflowService.getWorkflowExecutionHistory(request).catch(unlessNotFound);
  const started = answer?.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  if (!started) return undefined;
  const { firstExecutionRunId, originalExecutionRunId, continuedExecutionRunId } = started;
  return {
    firstRunId: firstExecutionRunId ?? execution.runId,
    originalRunId: originalExecutionRunId ?? execution.runId,
    ...(continuedExecutionRunId ? { follows: continuedExecutionRunId } : {}),
  };
}

/** Runs of the phase's milestones that the server lists; what has just begun or ended may not be among them yet. */
export async function listMilestones(client: Client, phase: PhaseKey): Promise<(Run & { readonly isOpen: boolean })[]> {
  const prefix = `${phase.workflowId}:`.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const query = `WorkflowType = "milestone" AND WorkflowId STARTS_WITH "${prefix}"`;
  const found: (Run & { isOpen: boolean })[] = [];
  try {
    for await (const { workflowId, runId, memo, status } of client.workflow.list({ query })) {
      if (!isOf(phase, identityIn(memo))) continue;
      found.push({ workflowId, runId, isOpen: status.name === 'RUNNING' });
    }
  } catch (error) {
    // The time-skipping test server lists nothing; a workflow id may hold what no query can. Histories name milestones as well.
    if (![UNIMPLEMENTED, INVALID_ARGUMENT].includes(codeOf(error) ?? 0)) throw error;
  }
  return found;
}

/** Whether what has this identity was started by this phase. */
export function isOf({ firstRunId }: PhaseKey, identity: string): boolean {
  return identity.startsWith(`${firstRunId}/`);
}

function identityIn(memo: Record<string, unknown> | undefined): string {
  const identity = memo?.[IDENTITY_MEMO];
  return typeof identity === 'string' ? identity : '';
}

/** Takes the answer that the server does not have something; throws any other error. */
export function unlessNotFound(error: unknown): undefined {
  if (codeOf(error) !== NOT_FOUND) throw error;
  return undefined;
}

/** Of the error, or of what it wraps. */
function codeOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : undefined;
}
