import type { Client, WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { KillableWorker } from '../../scripts/chaos/killable-worker.ts';
import type { MilestoneStatus, OpenGates } from '../../src/contract/answers.ts';
import { completedSteps } from './completed-steps.ts';
import type { Deployed, Deployer } from './deployer.ts';
import { MILESTONE, PHASE } from './phase.ts';

const LOOK_MS = 50;
/** Interval of a query that costs the worker time, in milliseconds. */
const BLOCKED_MS = 2000;

/**
 * This project, in its normal use: a phase on a Temporal server, whose stacks the compiled worker deploys in activities. Server and worker
 * are running before the measurement.
 */
export class Phasegate implements Deployer {
  readonly name = 'phasegate';
  readonly #phasesDir: string;
  #worker: KillableWorker | undefined;
  #running: Promise<Deployed> | undefined;
  #runs = 0;

  constructor(phasesDir: string) {
    this.#phasesDir = phasesDir;
  }

  async open(endpoint: string): Promise<void> {
    this.#worker = await KillableWorker.open({ phasesDir: this.#phasesDir, endpoint });
    await this.#worker.start();
  }

  /** Measured from the approval of the milestone's entry gate to the end of the milestone's workflow. */
  async deploy(): Promise<Deployed> {
    const { client } = this.#required;
    this.#runs += 1;
    const workflowId = `${PHASE}-${this.#runs}`;
    const args = [{ phase: PHASE, by: 'bench' }];
    const phase = await client.workflow.start('phase', { workflowId, taskQueue: 'phasegate', args });
    await approve(phase, 'entry');
    const began = await approve(phase, `${MILESTONE}/entry`);
    this.#running = follow(client, phase, began);
    return this.#running;
  }

  kill(): void {
    this.#required.kill();
  }

  /** Starts the worker again. The workflow has not stopped. */
  async again(): Promise<Deployed> {
    const began = Date.now();
    await this.#required.ended();
    await this.#required.start();
    const deployed = await this.#running;
    if (deployed === undefined) throw new Error('nothing was begun');
    return { ...deployed, wallMs: Date.now() - began };
  }

  async close(): Promise<void> {
    await this.#worker?.close();
  }

  get #required(): KillableWorker {
    if (this.#worker === undefined) throw new Error('not open');
    return this.#worker;
  }
}

async function follow(client: Client, phase: WorkflowHandle, began: number): Promise<Deployed> {
  const milestone = client.workflow.getHandle(`${phase.workflowId}:${MILESTONE}`);
  await untilStarted(milestone);
  const over = new AbortController();
  const ended = milestone.result().then(() => undefined);
  const failure = await Promise.race([ended, untilBlocked(client, milestone.workflowId, over.signal)]);
  const wallMs = Date.now() - began;
  over.abort();
  const noticed = await completedSteps(milestone);
  await phase.terminate('measured');
  return { wallMs, noticed, ...(failure === undefined ? {} : { failure }) };
}

/** @returns time at which the approval was sent, in epoch milliseconds */
async function approve(phase: WorkflowHandle, gate: string): Promise<number> {
  for (;;) {
    const { gates } = await phase.query<OpenGates>('gates');
    if (gates.some((open) => open.gate === gate && open.state === 'open')) break;
    await delay(LOOK_MS);
  }
  const sent = Date.now();
  await phase.signal('approve', { gate, by: 'bench' });
  return sent;
}

async function untilStarted(milestone: WorkflowHandle): Promise<void> {
  while ((await milestone.describe().catch(() => undefined)) === undefined) await delay(LOOK_MS);
}

/** @returns the reason why a task is blocked, because the bench sends no `retry` */
async function untilBlocked(client: Client, workflowId: string, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    await delay(BLOCKED_MS, undefined, { signal, ref: false });
    const reason = await blockedTask(client, workflowId);
    if (reason !== undefined) return reason;
  }
}

async function blockedTask(client: Client, workflowId: string): Promise<string | undefined> {
  const status = await client.workflow
    .getHandle(workflowId)
    .query<MilestoneStatus>('status')
    .catch(() => undefined);
  const tasks = status?.lanes.flatMap(({ tasks }) => tasks) ?? [];
  return tasks.find(({ state }) => state === 'blocked')?.reason;
}
