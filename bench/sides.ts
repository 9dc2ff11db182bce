import type { Client, WorkflowHandle } from '@temporalio/client';
import type { OpenGates } from '../src/contract/answers.ts';
import { milestones } from './shape.ts';

/** The two sides that are compared: this project, and the workflow written by hand. */
export const sides = ['phasegate', 'baseline'] as const;
export type Side = (typeof sides)[number];

export interface NewPhase {
  readonly taskQueue: string;
  readonly workflowId: string;
  /** Folder, for phasegate's side only. */
  readonly phase: string;
}

/** Client calls that differ between the sides. Both take decisions by the same Signal. */
export interface Driver {
  start(client: Client, phase: NewPhase): Promise<WorkflowHandle>;
  /** The gate that is waiting for a decision, if any. */
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
