import { isGrpcCancelledError, isGrpcDeadlineError, isGrpcServiceError } from '@temporalio/client';

/** gRPC's status code for "no poller seen for task queue recently", and for a phase that has not had its first workflow task. */
const FAILED_PRECONDITION = 9;

/**
 * True when a query or an Update has failed because no worker answers: in time, or at all. The server ends a call at its deadline too, and
 * where it is first, the client says that the call was cancelled. Nobody here cancels one.
 */
export function isWithoutWorker(error: unknown): boolean {
  return isGrpcDeadlineError(error) || isGrpcCancelledError(error) || causes(error).some(isFailedPrecondition);
}

function isFailedPrecondition(error: unknown): boolean {
  const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
  return code === FAILED_PRECONDITION;
}

/** The error and what it was caused by: the client wraps the server's answer. */
function causes(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
