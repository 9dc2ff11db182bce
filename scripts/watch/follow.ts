import { WorkflowNotFoundError } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerView, MilestoneStatus, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import { childId } from '../../src/views/state.ts';
import { isWithoutWorker } from '../../src/worker/without-worker.ts';
import { firstLine, interrupted, UserError } from '../command-line.ts';
import { Progress } from '../demo/progress.ts';
import { terminal } from '../plan/terminal.ts';
import { connectClient, type ConnectedClient } from '../temporal-client.ts';
import { frame, type Seen } from './frame.ts';
import { Screen } from './screen.ts';

/** Milliseconds between two looks. */
const PAUSE = 1000;
/** Milliseconds that a worker may take to answer. */
const PATIENCE = 5000;

/** Follows a phase until it ends, or somebody has seen enough. @returns the exit code */
export async function watch(workflowId: string): Promise<number> {
  const connected = await connectClient();
  const leave = interrupted().then(() => 'left' as const);
  try {
    const look = process.stdout.isTTY ? screenLook(connected, workflowId) : lineLook(connected, workflowId);
    for (;;) {
      // Asked before the look, so that nothing is missed that happened before the end.
      const state = await stateOf(connected, workflowId);
      await look();
      if (state !== 'running') {
        console.log(`${workflowId}: ${state}`);
        return state === 'completed' ? 0 : 1;
      }
      if ((await Promise.race([leave, delay(PAUSE)])) === 'left') return 0;
    }
  } finally {
    await connected.connection.close();
  }
}

/** `running`, or how it has ended: `completed`, `terminated`. */
async function stateOf({ client }: ConnectedClient, workflowId: string): Promise<string> {
  try {
    const { type, status } = await client.workflow.getHandle(workflowId).describe();
    if (type !== 'phase') throw new UserError(`${workflowId} is a workflow of type "${type}", and no phase.`);
    // Between two of its runs it is neither.
    return status.name === 'CONTINUED_AS_NEW' ? 'running' : status.name.toLowerCase().replaceAll('_', ' ');
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (!(error instanceof WorkflowNotFoundError))
      throw new UserError(`The server does not answer (${firstLine(error)}).`);
    throw new UserError(`The server has no workflow ${workflowId}, or not any more; npm run status lists the phases.`);
  }
}

/** Draws the screen anew where something has changed. */
function screenLook(connected: ConnectedClient, workflowId: string): () => Promise<void> {
  const screen = new Screen(process.stdout);
  return async () => {
    const place = terminal(process.stdout, process.env);
    const rows = Math.max(5, (process.stdout.rows || 24) - 1);
    try {
      screen.show(frame(await ask(connected, workflowId), place, rows));
    } catch (error) {
      screen.remark(problemOf(error));
    }
  };
}

/** Prints a line for each event, as the demo does. */
function lineLook({ client, connection }: ConnectedClient, workflowId: string): () => Promise<void> {
  const progress = new Progress(client, workflowId, (line) => console.log(line));
  let problem = '';
  return async () => {
    try {
      await connection.withDeadline(Date.now() + PATIENCE, async () => {
        await progress.look(await client.workflow.getHandle(workflowId).query<PhaseStatus>('status'));
      });
      problem = '';
    } catch (error) {
      const found = problemOf(error);
      if (found !== problem) console.log(found);
      problem = found;
    }
  };
}

function problemOf(error: unknown): string {
  return isWithoutWorker(error) ? 'no worker answers; start one with npm start' : firstLine(error);
}

async function ask({ client, connection }: ConnectedClient, workflowId: string): Promise<Seen> {
  return connection.withDeadline(Date.now() + PATIENCE, async () => {
    const query = <T>(id: string, name: string) => client.workflow.getHandle(id).query<T>(name);
    // One after the other: a call that is under way when the connection is closed would end the process.
    const status = await query<PhaseStatus>(workflowId, 'status');
    const { gates } = await query<OpenGates>(workflowId, 'gates');
    const { recent } = await query<LedgerView>(workflowId, 'ledger');
    const working = status.milestones.filter(({ stage }) => stage === 'work');
    const milestones = await Promise.all(
      // One that has just begun answers no query yet.
      working.map(({ number }) => query<MilestoneStatus>(childId(workflowId, number), 'status').catch(() => undefined)),
    );
    return { status, gates, recent, milestones: milestones.flatMap((one) => one ?? []) };
  });
}
