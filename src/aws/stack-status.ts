import type { StackStatus } from '@aws-sdk/client-cloudformation';

/**
 * What can be done with a stack.
 *
 * - `absent`: it must be created; only a stack that never got beyond the review of its first change set is like that.
 * - `ready`: it can be updated.
 * - `busy`: an operation is running.
 * - `stuck`: CloudFormation takes no update until a person has acted.
 */
export type Readiness = 'absent' | 'ready' | 'busy' | 'stuck';

interface Meaning {
  readonly readiness: Readiness;
  /** Whether what was asked for is in place, when an operation ends with this status. */
  readonly complete?: true;
  /** Command of the AWS CLI with which a person gets a stuck stack going again. */
  readonly command?: 'delete-stack' | 'rollback-stack' | 'continue-update-rollback';
}

// One line for each status that CloudFormation knows. Compared by equality only: texts such as ROLLBACK_COMPLETE are parts of
// others that mean the opposite.
const meanings: { readonly [status in StackStatus]: Meaning } = {
  REVIEW_IN_PROGRESS: { readiness: 'absent' },
  DELETE_COMPLETE: { readiness: 'absent' },

  CREATE_COMPLETE: { readiness: 'ready', complete: true },
  UPDATE_COMPLETE: { readiness: 'ready', complete: true },
  IMPORT_COMPLETE: { readiness: 'ready', complete: true },
  UPDATE_ROLLBACK_COMPLETE: { readiness: 'ready' },
  IMPORT_ROLLBACK_COMPLETE: { readiness: 'ready' },

  CREATE_IN_PROGRESS: { readiness: 'busy' },
  ROLLBACK_IN_PROGRESS: { readiness: 'busy' },
  DELETE_IN_PROGRESS: { readiness: 'busy' },
  UPDATE_IN_PROGRESS: { readiness: 'busy' },
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: { readiness: 'busy' },
  UPDATE_ROLLBACK_IN_PROGRESS: { readiness: 'busy' },
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: { readiness: 'busy' },
  IMPORT_IN_PROGRESS: { readiness: 'busy' },
  IMPORT_ROLLBACK_IN_PROGRESS: { readiness: 'busy' },

  CREATE_FAILED: { readiness: 'stuck', command: 'delete-stack' },
  ROLLBACK_COMPLETE: { readiness: 'stuck', command: 'delete-stack' },
  ROLLBACK_FAILED: { readiness: 'stuck', command: 'delete-stack' },
  UPDATE_FAILED: { readiness: 'stuck', command: 'rollback-stack' },
  UPDATE_ROLLBACK_FAILED: { readiness: 'stuck', command: 'continue-update-rollback' },
  IMPORT_ROLLBACK_FAILED: { readiness: 'stuck' },
  DELETE_FAILED: { readiness: 'stuck', command: 'delete-stack' },
};

/** A stack's status, with what it means for whoever wants to deploy. */
export class StackState {
  readonly status: StackStatus;
  readonly #meaning: Meaning;

  private constructor(status: StackStatus) {
    this.status = status;
    this.#meaning = meanings[status];
  }

  /** @throws TypeError for a status that this version of CloudFormation's API does not list. */
  static of(status: string | undefined): StackState {
    if (!isStackStatus(status)) throw new TypeError(`CloudFormation answered with an unknown status ${String(status)}`);
    return new StackState(status);
  }

  get readiness(): Readiness {
    return this.#meaning.readiness;
  }

  /** Whether an operation that ends like this has done what was asked for. A stack that was rolled back is not complete. */
  get isComplete(): boolean {
    return this.#meaning.complete === true;
  }

  /** Whether an operation has come to its end, in whichever way. */
  get isSettled(): boolean {
    return this.readiness !== 'busy' && this.status !== 'REVIEW_IN_PROGRESS';
  }

  /** Command of the AWS CLI that gets a stuck stack going again, once its cause is mended; absent where there is none. */
  get command(): string | undefined {
    return this.#meaning.command;
  }
}

function isStackStatus(status: string | undefined): status is StackStatus {
  return status !== undefined && Object.hasOwn(meanings, status);
}
