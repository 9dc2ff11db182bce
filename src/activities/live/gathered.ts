import { setTimeout as sleep } from 'node:timers/promises';
import { aFewAtATime } from '../../base/async.ts';
import { untilAborted } from '../stacks/engine/unchanged.ts';

/** Milliseconds in which ids gather before a service is asked for all of them. */
const GATHER_MS = 20;
/** Milliseconds that a reading for several who wait for it may take. */
const LONGEST_MS = 60_000;

/** Values that one filter of EC2 takes. */
export const FILTER_VALUES = 200;

interface Batch<Answer> {
  readonly ids: Set<string>;
  readonly reading: Promise<ReadonlyMap<string, Answer>>;
}

/** Asks a service for many ids at once. @returns answers by id, without ids that the service does not know */
type Read<Client, Answer> = (
  client: Client,
  ids: string[],
  abortSignal: AbortSignal,
) => Promise<ReadonlyMap<string, Answer>>;

/**
 * Reads things by id, with one request for the ids of all environments and checks that look at the same moment. A request begins after
 * each of its ids has been asked for, and no answer is kept, so no answer is older than its look.
 */
export class Gathered<Client extends object, Answer> {
  readonly #most: number;
  readonly #read: Read<Client, Answer>;
  readonly #batches = new WeakMap<Client, Batch<Answer>>();

  /** @param most ids that one request takes */
  constructor(most: number, read: Read<Client, Answer>) {
    this.#most = most;
    this.#read = read;
  }

  /**
   * @param client has one region and one role: another role may lack the permission to read the same
   * @param signal ends the waiting; the reading goes on for others
   * @returns answers by id, possibly of more ids than these
   */
  async of(client: Client, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Answer>> {
    signal.throwIfAborted();
    if (ids.length === 0) return new Map();
    const batch = this.#batches.get(client) ?? this.#open(client);
    for (const id of ids) batch.ids.add(id);
    return untilAborted(batch.reading, signal);
  }

  #open(client: Client): Batch<Answer> {
    const ids = new Set<string>();
    const batch = { ids, reading: this.#answer(client, ids) };
    this.#batches.set(client, batch);
    return batch;
  }

  async #answer(client: Client, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Answer>> {
    await sleep(GATHER_MS);
    this.#batches.delete(client);
    const all = [...ids];
    const parts = Array.from({ length: Math.ceil(all.length / this.#most) }, (_, index) =>
      all.slice(index * this.#most, (index + 1) * this.#most),
    );
    const abortSignal = AbortSignal.timeout(LONGEST_MS);
    const answers = await aFewAtATime(parts, (part) => this.#read(client, part, abortSignal));
    return new Map(answers.flatMap((answer) => [...answer]));
  }
}
