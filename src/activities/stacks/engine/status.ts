import type { StackStatus } from '@aws-sdk/client-cloudformation';

/**
 * The readiness of a stack for a deployment.
 *
 * - `absent`: it must be created. It has been deleted, or its first change set has not been executed.
 * - `ready`: it can be updated.
 * - `busy`: an operation is running.
 * - `stuck`: CloudFormation accepts no update until another action has been taken.
 */
export type Readiness = 'absent' | 'ready' | 'busy' | 'stuck';

/**
 * The first action of a deployment.
 *
 * - `recreate`: the creation failed, so the stack holds nothing of value. It is deleted and created again, if the playbook allows it.
 * - `delete again`: a deletion failed. It is retried and the stack created again, if the playbook allows it.
 * - `roll back`, `continue rollback`: the stack returns to its last working state and is then updated. It is never deleted.
 * - `ask`: a person has to decide.
 */
export type FirstMove =
  'create' | 'update' | 'wait' | 'recreate' | 'delete again' | 'roll back' | 'continue rollback' | 'ask';

interface Meaning {
  readonly readiness: Readiness;
  readonly move: FirstMove;
  /** An operation that ends with this status has succeeded. */
  readonly complete?: true;
}

const absent: Meaning = { readiness: 'absent', move: 'create' };
const complete: Meaning = { readiness: 'ready', move: 'update', complete: true };
const undone: Meaning = { readiness: 'ready', move: 'update' };
const busy: Meaning = { readiness: 'busy', move: 'wait' };
const neverCreated: Meaning = { readiness: 'stuck', move: 'recreate' };

// One line for each status of CloudFormation. Statuses must be compared as a whole: ROLLBACK_COMPLETE is also a part of statuses with
// the opposite meaning.
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

/** Commands of the AWS CLI for these actions, for a person. */
const commands: { readonly [move in FirstMove]?: string } = {
  recreate: 'delete-stack',
  'delete again': 'delete-stack',
  'roll back': 'rollback-stack',
  'continue rollback': 'continue-update-rollback',
};

/** The status of a stack, with its meaning for a deployment. */
export class StackState {
  readonly status: StackStatus;
  readonly #meaning: Meaning;

  private constructor(status: StackStatus) {
    this.status = status;
    this.#meaning = meanings[status];
  }

  /** @throws TypeError for a status that this version of CloudFormation's API does not list */
  static of(status: string | undefined): StackState {
    if (!isStackStatus(status)) throw new TypeError(`CloudFormation answered with an unknown status ${String(status)}`);
    return new StackState(status);
  }

  get readiness(): Readiness {
    return this.#meaning.readiness;
  }

  /** The first action of a deployment. */
  get move(): FirstMove {
    return this.#meaning.move;
  }

  /** True when an operation that ends with this status has succeeded. A stack that was rolled back is not complete. */
  get isComplete(): boolean {
    return this.#meaning.complete === true;
  }

  /** True when an operation has ended, successfully or not. */
  get isSettled(): boolean {
    return this.readiness !== 'busy' && this.status !== 'REVIEW_IN_PROGRESS';
  }

  /** Command of the AWS CLI that makes a stuck stack usable again, once the cause is mended; `undefined` when there is none. */
  get command(): string | undefined {
    return commands[this.move];
  }
}

function isStackStatus(status: string | undefined): status is StackStatus {
  return status !== undefined && Object.hasOwn(meanings, status);
}
