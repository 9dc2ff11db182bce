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

/** The result of a drift detection that has ended. */
export type Detection = DescribeStackDriftDetectionStatusCommandOutput;

/** Milliseconds between two looks at a detection, at first and at most. */
const FIRST_POLL_MS = 250;
const POLL_MS = 2_000;
/** Milliseconds that a detection may take. */
const LONGEST_MS = 5 * 60_000;

/**
 * Runs drift detection of a stack.
 *
 * @returns `undefined` when it takes too long
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

/** @returns `undefined` while a detection of another caller runs: it began earlier than this look, so ours follows it */
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

/** Stacks whose last duration is kept for one client at most. */
const MOST = 500;
/** Milliseconds of the longest wait before the first look at a detection. */
const LONGEST_WAIT_MS = 60_000;
/** Factor for a detection that had ended by the first look: the next first look comes a little earlier. */
const EARLIER = 0.9;

const durations = new WeakMap<object, Map<string, number>>();

/** Times the first look at a detection by how long the last detection of the stack took. */
class Duration {
  /** True when a look has found the detection running. */
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

  /** Waits from the beginning of a detection to the first look at it. */
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

/** The resources of a stack after a detection. */
export interface Comparison {
  /** Number of resources in sync. */
  readonly compared: number;
  /** Resources that are MODIFIED, DELETED or UNKNOWN. */
  readonly others: readonly StackResourceDrift[];
}

const clean = new Unchanged<Comparison>();

/**
 * Reads the result of a detection for each resource.
 *
 * A detection that is complete and finds the stack in sync has found every resource in sync whose type can be compared. Only an
 * operation on the stack changes which resources those are, so their number is read once for each operation.
 *
 * @param stack the stack as it was before the detection
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
      // A resource whose type cannot be compared is NOT_CHECKED, which says nothing about the others.
      else if (told.has(drift.StackResourceDriftStatus ?? '')) others.push(drift);
    }
  }
  return { compared, others };
}

const told: ReadonlySet<string> = new Set(['MODIFIED', 'DELETED', 'UNKNOWN']);
