import {
  CloudFormationServiceException,
  DescribeStackDriftDetectionStatusCommand,
  type DescribeStackDriftDetectionStatusCommandOutput,
  DetectStackDriftCommand,
  paginateDescribeStackResourceDrifts,
  type Stack,
  type StackResourceDrift,
} from '@aws-sdk/client-cloudformation';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackAddress } from '../../../aws/clients.ts';
import { Unchanged } from '../../stacks/engine/unchanged.ts';

/** The end of a comparison that CloudFormation has made. */
export type Detection = DescribeStackDriftDetectionStatusCommandOutput;

/** Milliseconds between two looks at a comparison, at first and at most. */
const FIRST_POLL_MS = 250;
const POLL_MS = 2_000;
/** Milliseconds that a comparison may take. */
const LONGEST_MS = 5 * 60_000;

/**
 * Has CloudFormation compare a stack with its template, anew.
 *
 * @returns nothing when it took longer than it may
 */
export async function detect(address: StackAddress): Promise<Detection | undefined> {
  const { client, signal } = address;
  const deadline = Date.now() + LONGEST_MS;
  const duration = new Duration(address);
  let id: string | undefined;
  let pause = FIRST_POLL_MS;
  while (Date.now() < deadline) {
    if (id === undefined) {
      id = await begin(address);
      if (id !== undefined) await duration.wait();
    }
    if (id !== undefined) {
      const command = new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId: id });
      const found = await client.send(command, { abortSignal: signal });
      if (found.DetectionStatus !== 'DETECTION_IN_PROGRESS') {
        duration.end();
        return found;
      }
      duration.isLonger = true;
    }
    await sleep(pause, undefined, { signal });
    pause = Math.min(pause * 2, POLL_MS);
  }
  return undefined;
}

/** @returns nothing while a comparison of another caller runs: it is of an earlier moment, so ours comes after it */
async function begin({ client, stackName, signal }: StackAddress): Promise<string | undefined> {
  try {
    const begun = await client.send(new DetectStackDriftCommand({ StackName: stackName }), { abortSignal: signal });
    return begun.StackDriftDetectionId;
  } catch (error) {
    const isBusy =
      error instanceof CloudFormationServiceException &&
      error.name === 'ValidationError' &&
      error.message.includes('already in progress');
    if (isBusy) return undefined;
    throw error;
  }
}

/** Stacks whose last duration is known for one client at most. */
const MOST = 500;
/** Milliseconds of the longest wait before the first look at a comparison. */
const LONGEST_WAIT_MS = 60_000;
/** A comparison that was over at the first look is looked at a little earlier the next time. */
const EARLIER = 0.9;

const durations = new WeakMap<object, Map<string, number>>();

/** Tells from how long the last comparison of a stack took when to look at this one. */
class Duration {
  /** True when the comparison has been seen running. */
  isLonger = false;
  readonly #stackName: string;
  readonly #signal: AbortSignal;
  readonly #known: Map<string, number>;
  #begun = 0;

  constructor({ client, stackName, signal }: StackAddress) {
    this.#stackName = stackName;
    this.#signal = signal;
    this.#known = durations.get(client) ?? new Map<string, number>();
    durations.set(client, this.#known);
  }

  /** Waits from the beginning of a comparison to the first look at it. */
  async wait(): Promise<void> {
    this.#begun = Date.now();
    const last = this.#known.get(this.#stackName);
    if (last !== undefined) await sleep(Math.min(last, LONGEST_WAIT_MS), undefined, { signal: this.#signal });
  }

  end(): void {
    const took = Date.now() - this.#begun;
    this.#known.delete(this.#stackName);
    this.#known.set(this.#stackName, this.isLonger ? took : took * EARLIER);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** The resources of a stack after a comparison. */
export interface Comparison {
  /** Number of resources in sync. */
  readonly compared: number;
  /** Resources that were changed or deleted, or could not be compared although CloudFormation can compare their type. */
  readonly others: readonly StackResourceDrift[];
}

const clean = new Unchanged<Comparison>();

/**
 * Reads what a comparison says of each resource.
 *
 * A comparison that is complete and finds the stack in sync has compared every resource whose type can be compared. Which those are
 * changes with an operation on the stack only, so their number is read once for each operation.
 *
 * @param stack the stack as it was before the comparison
 */
export async function readComparison(
  address: StackAddress,
  stack: Stack,
  { DetectionStatus, StackDriftStatus, DriftedStackResourceCount = 0 }: Detection,
): Promise<Comparison> {
  const isClean =
    DetectionStatus === 'DETECTION_COMPLETE' && StackDriftStatus === 'IN_SYNC' && DriftedStackResourceCount === 0;
  if (!isClean) return readDrifts(address, address.signal);
  return clean.of(
    address,
    stack,
    (signal) => readDrifts(address, signal),
    ({ compared, others }) => compared > 0 && others.length === 0,
  );
}

async function readDrifts({ client, stackName }: StackAddress, abortSignal: AbortSignal): Promise<Comparison> {
  let compared = 0;
  const others: StackResourceDrift[] = [];
  const pages = paginateDescribeStackResourceDrifts({ client }, { StackName: stackName }, { abortSignal });
  for await (const { StackResourceDrifts = [] } of pages) {
    for (const drift of StackResourceDrifts) {
      if (drift.StackResourceDriftStatus === 'IN_SYNC') compared += 1;
      // Resources whose type cannot be compared are NOT_CHECKED; they are no reason for doubt in the others.
      else if (told.has(drift.StackResourceDriftStatus ?? '')) others.push(drift);
    }
  }
  return { compared, others };
}

const told: ReadonlySet<string> = new Set(['MODIFIED', 'DELETED', 'UNKNOWN']);
