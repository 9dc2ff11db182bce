import {
  type CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackAddress } from '../../../aws/clients.ts';

/** Requests that may be made: some at once, after a quiet time, and beyond them one each interval. */
export class Allowance {
  readonly #atOnce: number;
  readonly #everyMs: number;
  /** When all that was taken will have been given back, in milliseconds since the process began. */
  #restoredAt = 0;

  /**
   * @param atOnce requests that need no wait after a quiet time
   * @param everyMs milliseconds in which another one is allowed
   */
  constructor(atOnce: number, everyMs: number) {
    this.#atOnce = atOnce;
    this.#everyMs = everyMs;
  }

  /** Takes one request, and waits until it may be made. */
  async take(): Promise<void> {
    const now = performance.now();
    this.#restoredAt = Math.max(this.#restoredAt, now) + this.#everyMs;
    const wait = this.#restoredAt - now - this.#atOnce * this.#everyMs;
    if (wait > 0) await sleep(wait);
  }
}

/** Milliseconds in which requests for stacks gather before they are answered together. */
const GATHER_MS = 20;
/** Requests that need no wait while several stacks are asked for, and the milliseconds in which another one is allowed. */
const AT_ONCE = 8;
const EVERY_MS = 400;
/** Stacks that are asked for at once when each has to be asked for by itself; AWS answers about five a second. */
const TOGETHER = 5;

const lookups = new WeakMap<CloudFormationClient, StackLookup>();

/** Somebody who waits for an answer; a stack, or nothing where there is none. */
interface Asker {
  answer(stack: Stack | undefined): void;
  fail(error: Error): void;
}

/**
 * Describes stacks for everybody who uses the same client, which stands for one account and region: what is asked for at about
 * the same time is answered by one listing, so many deployments at once cost hardly more requests than one.
 */
export class StackLookup {
  readonly #client: CloudFormationClient;
  #askers = new Map<string, Asker[]>();
  readonly #allowance = new Allowance(AT_ONCE, EVERY_MS);
  #latest: string | undefined;
  #isRunning = false;
  /** A role may be allowed to describe its own stacks only. */
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
   * @param nameOrId only the id still finds a deleted stack
   * @param signal ends the waiting; the request goes on, since others may wait for it
   * @returns nothing when there is no such stack
   */
  describe(nameOrId: string, signal: AbortSignal): Promise<Stack | undefined> {
    return new Promise((resolve, reject: (reason: Error) => void) => {
      signal.throwIfAborted();
      // One signal ends the waiting for all stacks of an environment; Node takes more than ten listeners for a leak.
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
      // One stack alone is asked for at its own pace; it is many that reach AWS's limits, one after the other as well.
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
        // A list leaves out deleted stacks, which an id still finds.
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

  /** @returns stacks by name and id; nothing when a list is not to be had, or would cost more than asking for each */
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

/** CloudFormation has no error of its own for a stack that is not there, only this sentence. */
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
 * Describes a stack by its name or, if it is known, by its id: only the id still finds a deleted stack, and never one that
 * somebody has created under the same name since.
 *
 * @returns nothing when there is no such stack
 */
export async function describeStack(
  { client, stackName, signal }: StackAddress,
  stackId = stackName,
): Promise<Stack | undefined> {
  return StackLookup.of(client).describe(stackId, signal);
}

/** A stack's outputs by name. */
export function outputsOf({ Outputs = [] }: Stack): { [name: string]: string } {
  return Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}
