import type { Client, WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import type { MilestoneStage, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import { UserError } from '../command-line.ts';
import { People } from '../demo/people.ts';

const LOOK_MS = 250;
/** Starts the phase, and may hold it. */
const STARTER = 'lena';

export interface MilestoneOptions {
  readonly workflowId: string;
  /** Folder of the phase, whose first milestone is run. */
  readonly phase: string;
  readonly handover?: string;
  /** Milliseconds that the milestone may take. */
  readonly withinMs: number;
  /** Called with every stage that it comes to. */
  onStage?(stage: MilestoneStage): void;
}

/**
 * Starts a phase, takes it through its first milestone with stand-in people who approve and complete, then ends it.
 *
 * @throws UserError when a task is blocked, or the milestone takes too long
 */
export async function runFirstMilestone(client: Client, options: MilestoneOptions): Promise<void> {
  const { workflowId, phase, handover } = options;
  const handle = await client.workflow.start('phase', {
    workflowId,
    taskQueue: 'phasegate',
    args: [{ phase, by: STARTER, dayLength: '1s', ...(handover === undefined ? {} : { handover }) }],
  });
  try {
    await untilDone(client, handle, options);
  } finally {
    await handle.terminate('the first milestone is done');
  }
}

async function untilDone(client: Client, handle: WorkflowHandle, options: MilestoneOptions): Promise<void> {
  const cli = {
    signal: (workflowId: string, name: string, input: object) =>
      client.workflow.getHandle(workflowId).signal(name, input),
  };
  const people = new People(cli, handle.workflowId, async (_name, message) => message);
  const deadline = Date.now() + options.withinMs;
  let before: MilestoneStage | undefined;
  let isHeld = false;
  for (;;) {
    const seen = await look(handle);
    const [milestone, next] = seen?.status.milestones ?? [];
    // The next one would begin, and deploy, before this one is seen to be done.
    if (next !== undefined && !isHeld) {
      await handle.signal('hold', { on: next.number, by: STARTER, reason: 'only the first milestone is run' });
      isHeld = true;
    }
    if (milestone !== undefined && milestone.stage !== before) options.onStage?.(milestone.stage);
    before = milestone?.stage ?? before;
    if (milestone?.stage === 'done') return;
    if (seen !== undefined) await people.act(gatesUntil(milestone?.number, seen.gates), seen.status.desk, Date.now());
    if (Date.now() > deadline) throw new UserError(`not done within ${options.withinMs / 1000} s: ${String(before)}`);
    await delay(LOOK_MS);
  }
}

/** Gates of other milestones are nobody's here. */
function gatesUntil(number: string | undefined, gates: OpenGates['gates']): OpenGates['gates'] {
  return gates.filter(({ gate }) => gate === 'entry' || gate.startsWith(`${String(number)}/`));
}

/** Answers `undefined` while there is no worker to answer the query. */
async function look(handle: WorkflowHandle): Promise<{ status: PhaseStatus; gates: OpenGates['gates'] } | undefined> {
  try {
    const status = await handle.query<PhaseStatus>('status');
    return { status, gates: (await handle.query<OpenGates>('gates')).gates };
  } catch {
    return undefined;
  }
}
