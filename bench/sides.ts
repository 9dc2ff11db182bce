import type { Client, WorkflowHandle } from '@temporalio/client';
import type { OpenGates } from '../src/contract/answers.ts';
import { milestones } from './shape.ts';

/** What is compared: this project, and the workflow written by hand. */
export const sides = ['phasegate', 'baseline'] as const;
export type Side = (typeof sides)[number];

export interface NewPhase {
  readonly taskQueue: string;
  readonly workflowId: string;
  /** Folder; phasegate's side only. */
  readonly phase: string;
}

/** How the client starts and asks one side; the decision is the same Signal on both. */
export interface Driver {
  start(client: Client, phase: NewPhase): Promise<WorkflowHandle>;
  /** The gate that waits for a decision now, if one does. */
  openGate(handle: WorkflowHandle): Promise<string | undefined>;
}

export const drivers: { readonly [side in Side]: Driver } = {
  phasegate: {
    start: (client, { taskQueue, workflowId, phase }) =>
      client.workflow.start('phase', { taskQueue, workflowId, args: [{ phase, by: 'bench' }] }),
    openGate: async (handle) => (await handle.query<OpenGates>('gates')).gates[0]?.gate,
  },
  baseline: {
    start: (client, { taskQueue, workflowId }) =>
      client.workflow.start('baselinePhase', { taskQueue, workflowId, args: [milestones] }),
    openGate: (handle) => handle.query<string | undefined>('openGate'),
  },
};
