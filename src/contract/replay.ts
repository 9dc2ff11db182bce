import type { coresdk } from '@temporalio/proto';
import type { Sinks } from '@temporalio/workflow';
import type { GatesState } from '../gates/model.ts';
import type { DeniedAnswer } from './seal.ts';

/** What a workflow asks of the server, as its code has produced it. */
export type Command = coresdk.workflow_commands.IWorkflowCommand;

/** What an activation has changed of a phase's state: of `gates` only those that have changed. */
export type StateChange = Partial<Pick<GatesState, (typeof TOLD)[number]>>;

/** The parts of a phase's state that replay tells: what says how the phase stands, and not what is large or changes with every message. */
export const TOLD = ['people', 'operators', 'starter', 'gates', 'tasks', 'slices'] as const;

/** How replayed workflows tell what they produce; present in the bundle for verification only. */
export interface ReplaySinks extends Sinks {
  readonly replay: {
    /** Called after each activation that has produced something. */
    readonly produced: (commands: readonly Command[]) => void;
    /** Called when an answer is denied, with the id of its activity. */
    readonly denied: (denied: DeniedAnswer, id: string) => void;
    /** Called after each activation of a phase that has changed something. */
    readonly changed: (change: StateChange) => void;
  };
}
