import { beginsOperation, type StackEvent } from './events.ts';
import { StackState } from './stack-status.ts';

/** Resource statuses that count as done; what is deleted in a rollback or clean-up never counts. */
const done = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE']);

/**
 * One operation on a stack, as its events tell it. That a stack is complete proves nothing, since it may have been complete
 * before: only what comes after the event that carries our token counts.
 */
export class StackOperation {
  readonly #token: string;
  readonly #events: StackEvent[] = [];
  readonly #done = new Set<string>();
  #end: StackState | undefined;

  /** @param token ClientRequestToken of the request that starts it */
  constructor(token: string) {
    this.#token = token;
  }

  /** Takes in what happened to the stack next; answers whether it belongs to this operation. */
  take(event: StackEvent): boolean {
    if (this.#end !== undefined) return false;
    if (!this.hasBegun && !(beginsOperation(event) && event.token === this.#token)) return false;
    this.#events.push(event);
    if (event.ofStack) {
      const state = StackState.of(event.status);
      if (state.isSettled) this.#end = state;
    } else if (done.has(event.status)) {
      this.#done.add(event.resource);
    }
    return true;
  }

  get hasBegun(): boolean {
    return this.#events.length > 0;
  }

  /** How it ended; absent while it runs. The rollback of a cancelled update carries another token but is part of it. */
  get end(): StackState | undefined {
    return this.#end;
  }

  get events(): readonly StackEvent[] {
    return this.#events;
  }

  /** Resources that an update should have deleted while it cleaned up and could not: they exist on, and no stack holds them. */
  get orphans(): readonly StackEvent[] {
    if (this.#end?.isComplete !== true) return [];
    const deleted = new Set(this.#events.filter(({ status }) => status === 'DELETE_COMPLETE').map(keyOf));
    const failed = this.#events.filter(({ ofStack, status }) => !ofStack && status === 'DELETE_FAILED');
    const left = failed.filter((event) => !deleted.has(keyOf(event)));
    return left.filter((event, index) => left.findLastIndex((other) => keyOf(other) === keyOf(event)) === index);
  }

  /** Number of resources that are done. */
  get doneCount(): number {
    return this.#done.size;
  }
}

function keyOf({ resource, physicalId }: StackEvent): string {
  return `${resource} ${physicalId}`;
}
