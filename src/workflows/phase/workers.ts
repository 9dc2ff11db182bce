import { ApplicationFailure } from '@temporalio/workflow';
import type { WorkerKeys } from '../../contract/seal.ts';
import type { Plan } from '../../plan/model.ts';

/**
 * Whose answers count in a phase: those of the workers that its playbook lists, or else of those that have the key of the worker that has
 * compiled it.
 *
 * @param noted the key that the compiled plan was signed with
 * @throws ApplicationFailure when the answers of that worker would not count
 */
export function workersOf({ workers }: Pick<Plan, 'workers'>, noted: WorkerKeys): WorkerKeys {
  const { keys, agents } = workers ?? {};
  const others = agents === undefined ? {} : { agents };
  if (keys === undefined) return noted === null ? null : { ...noted, ...others };
  if (noted?.keys.some((key) => keys.includes(key)) === true) return { keys, ...others };
  const key = noted === null ? 'this worker has no key' : `this worker has the key ${noted.keys.join(', ')}`;
  throw ApplicationFailure.nonRetryable(
    `${key}, and the playbook lists others under workers; list its key, or set PHASEGATE_WORKER_KEY`,
    'InvalidPhase',
  );
}
