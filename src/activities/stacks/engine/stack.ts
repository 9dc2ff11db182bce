import {
  type CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackAddress } from '../../../aws/clients.ts';

/** A rate limiter (token bucket): it allows a burst of requests, and after it one request in each interval. */
export class Allowance {
  readonly #atOnce: number;
  readonly #everyMs: number;
  /** Time at which the bucket will be full again, in milliseconds since the process began. */
  #restoredAt = 0;

  /**
   * @param atOnce size of a burst
   * @param everyMs interval in milliseconds
   */
  constructor(atOnce: number, everyMs: number) {
    this.#atOnce = atOnce;
    this.#everyMs = everyMs;
  }

  /** Waits until one more request is allowed. */
  async take(): Promise<void> {
    const now = performance.now();
    this.#restoredAt = Math.max(this.#restoredAt, now) + this.#everyMs;
    const wait = this.#restoredAt - now - this.#atOnce * this.#everyMs;
    if (wait > 0) await sleep(wait);
  }
}

/** Milliseconds for which callers are collected before one listing answers them. */
const GATHER_MS = 20;
/** Rate limit while several stacks are described: size of a burst, and interval in milliseconds. */
const AT_ONCE = 8;
const EVERY_MS = 400;
/** Requests in flight when each stack has to be described separately. AWS answers about five a second. */
const TOGETHER = 5;

const lookups = new WeakMap<CloudFormationClient, StackLookup>();

/** A caller that waits for a stack; `undefined` when there is no such stack. */
interface Asker {
  answer(stack: Stack | undefined): void;
  fail(error: Error): void;
}

/**
 * Describes stacks for all users of a client, which belongs to one account and region. One listing answers the calls that come at about
 * the same time, so many parallel deployments need hardly more requests than one.
 */
export class StackLookup {
  readonly #client: CloudFormationClient;
  #askers = new Map<string, Asker[]>();
  readonly #allowance = new Allowance(AT_ONCE, EVERY_MS);
  #latest: string | undefined;
  #isRunning = false;
  /** False when the role may only describe single stacks. */
  #mayList = true;

  private constructor(client: CloudFormationClient) {
    this.#client = client;
  }

  /** The lookup that all users of a client share. */
  static of(client: CloudFormationClient): StackLookup {
    let lookup = lookups.get(client);
    if (lookup === undefined) {
      lookup = new StackLookup(client);
      lookups.set(client, lookup);
    }
    return lookup;
  }

  /**
   * @param nameOrId name or id; a deleted stack is found only by its id
   * @param signal ends the waiting; the request goes on, because other callers may wait for it
   * @returns `undefined` when there is no such stack
   */
  describe(nameOrId: string, signal: AbortSignal): Promise<Stack | undefined> {
    return new Promise((resolve, reject: (reason: Error) => void) => {
      signal.throwIfAborted();
      // One signal serves all stacks of an environment, and Node warns of a leak beyond ten listeners.
      setMaxListeners(0, signal);
      const abort = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      const asker: Asker = {
        answer: (stack) => {
          signal.removeEventListener('abort', abort);
          resolve(stack);
        },
        fail: (error) => {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      };
      this.#askers.set(nameOrId, [...(this.#askers.get(nameOrId) ?? []), asker]);
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    await sleep(GATHER_MS);
    while (this.#askers.size > 0) {
      const batch = this.#askers;
      this.#askers = new Map();
      await this.#answer(batch);
      const [first] = batch.keys();
      // A single stack that is polled again needs no rate limit: its caller pauses. Many different stacks would exceed AWS's limits.
      if (batch.size > 1 || first !== this.#latest) await this.#allowance.take();
      this.#latest = first;
    }
    this.#isRunning = false;
  }

  async #answer(batch: ReadonlyMap<string, readonly Asker[]>): Promise<void> {
    const single: [string, readonly Asker[]][] = [];
    try {
      const listed = batch.size > 1 && this.#mayList ? await this.#list([...batch.keys()]) : undefined;
      for (const [nameOrId, askers] of batch) {
        const stack = listed?.get(nameOrId);
        // A listing does not contain deleted stacks, which can still be found by id.
        if (listed === undefined || (stack === undefined && nameOrId.startsWith('arn:')))
          single.push([nameOrId, askers]);
        else for (const asker of askers) asker.answer(stack);
      }
    } catch (error) {
      for (const asker of [...batch.values()].flat()) asker.fail(error as Error);
    }
    for (let first = 0; first < single.length; first += TOGETHER) {
      await Promise.all(single.slice(first, first + TOGETHER).map(([one, askers]) => this.#answerOne(one, askers)));
    }
  }

  async #answerOne(nameOrId: string, askers: readonly Asker[]): Promise<void> {
    try {
      const stack = await describeOne(this.#client, nameOrId);
      for (const asker of askers) asker.answer(stack);
    } catch (error) {
      for (const asker of askers) asker.fail(error as Error);
    }
  }

  /** @returns stacks by name and id; `undefined` when listing is not allowed, or would need more requests than single calls */
  async #list(wanted: readonly string[]): Promise<Map<string, Stack> | undefined> {
    const found = new Map<string, Stack>();
    let token: string | undefined;
    try {
      for (let page = 1; page <= wanted.length; page += 1) {
        const { Stacks = [], NextToken } = await this.#client.send(new DescribeStacksCommand({ NextToken: token }));
        for (const stack of Stacks) found.set(stack.StackName ?? '', stack).set(stack.StackId ?? '', stack);
        token = NextToken === '' ? undefined : NextToken;
        if (token === undefined || wanted.every((one) => found.has(one))) return found;
      }
    } catch (error) {
      if (!isDenied(error)) throw error;
      this.#mayList = false;
    }
    return undefined;
  }
}

async function describeOne(client: CloudFormationClient, nameOrId: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: nameOrId }));
    return Stacks?.[0];
  } catch (error) {
    if (isMissing(error, nameOrId)) return undefined;
    throw error;
  }
}

/** CloudFormation has no error code for a stack that does not exist, only this message. */
function isMissing(error: unknown, nameOrId: string): boolean {
  return (
    error instanceof CloudFormationServiceException &&
    error.name === 'ValidationError' &&
    error.message === `Stack with id ${nameOrId} does not exist`
  );
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AccessDenied' || error.name === 'AccessDeniedException');
}

/**
 * Describes a stack by its name or, if it is known, by its id. The id also finds a deleted stack, and never a newer stack of the same
 * name.
 *
 * @returns `undefined` when there is no such stack
 */
export async function describeStack(
  { client, stackName, signal }: StackAddress,
  stackId = stackName,
): Promise<Stack | undefined> {
  return StackLookup.of(client).describe(stackId, signal);
}

/** Outputs of a stack by name. */
export function outputsOf({ Outputs = [] }: Stack): { [name: string]: string } {
  return Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}
