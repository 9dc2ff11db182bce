import type { StackStatus } from '@aws-sdk/client-cloudformation';

/**
 * What can be done with a stack.
 *
 * - `absent`: it must be created; only a stack that never got beyond the review of its first change set is like that.
 * - `ready`: it can be updated.
 * - `busy`: an operation is running.
 * - `stuck`: CloudFormation takes no update until something else has been done.
 */
export type Readiness = 'absent' | 'ready' | 'busy' | 'stuck';

/**
 * What a deployment does first with a stack that it finds so.
 *
 * - `recreate`: its creation failed, so it holds nothing of value: deleted and created, where the playbook allows it.
 * - `delete again`: somebody wanted it deleted; the same.
 * - `roll back`, `continue rollback`: back to the last working state, then updated. Nothing is ever deleted here.
 * - `ask`: only a person can tell.
 */
export type FirstMove =
  'create' | 'update' | 'wait' | 'recreate' | 'delete again' | 'roll back' | 'continue rollback' | 'ask';

interface Meaning {
  readonly readiness: Readiness;
  readonly move: FirstMove;
  /** Whether what was asked for is in place, when an operation ends with this status. */
  readonly complete?: true;
}

const absent: Meaning = { readiness: 'absent', move: 'create' };
const complete: Meaning = { readiness: 'ready', move: 'update', complete: true };
const undone: Meaning = { readiness: 'ready', move: 'update' };
const busy: Meaning = { readiness: 'busy', move: 'wait' };
const neverCreated: Meaning = { readiness: 'stuck', move: 'recreate' };

// One line for each status that CloudFormation knows. Compared by equality only: texts such as ROLLBACK_COMPLETE are parts of
// others that mean the opposite.
const meanings: { readonly [status in StackStatus]: Meaning } = {
  REVIEW_IN_PROGRESS: absent,
  DELETE_COMPLETE: absent,

  CREATE_COMPLETE: complete,
  UPDATE_COMPLETE: complete,
  IMPORT_COMPLETE: complete,
  UPDATE_ROLLBACK_COMPLETE: undone,
  IMPORT_ROLLBACK_COMPLETE: undone,

  CREATE_IN_PROGRESS: busy,
  ROLLBACK_IN_PROGRESS: busy,
  DELETE_IN_PROGRESS: busy,
  UPDATE_IN_PROGRESS: busy,
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: busy,
  UPDATE_ROLLBACK_IN_PROGRESS: busy,
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: busy,
  IMPORT_IN_PROGRESS: busy,
  IMPORT_ROLLBACK_IN_PROGRESS: busy,

  CREATE_FAILED: neverCreated,
  ROLLBACK_COMPLETE: neverCreated,
  ROLLBACK_FAILED: neverCreated,
  DELETE_FAILED: { readiness: 'stuck', move: 'delete again' },
  UPDATE_FAILED: { readiness: 'stuck', move: 'roll back' },
  UPDATE_ROLLBACK_FAILED: { readiness: 'stuck', move: 'continue rollback' },
  IMPORT_ROLLBACK_FAILED: { readiness: 'stuck', move: 'ask' },
};

/** Commands of the AWS CLI with which a person makes a move. */
const commands: { readonly [move in FirstMove]?: string } = {
  recreate: 'delete-stack',
  'delete again': 'delete-stack',
  'roll back': 'rollback-stack',
  'continue rollback': 'continue-update-rollback',
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

  /** What a deployment does first. */
  get move(): FirstMove {
    return this.#meaning.move;
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
    return commands[this.move];
  }
}

function isStackStatus(status: string | undefined): status is StackStatus {
  return status !== undefined && Object.hasOwn(meanings, status);
}
