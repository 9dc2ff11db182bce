import type { coresdk } from '@temporalio/proto';
import type { Sinks } from '@temporalio/workflow';

/** What a workflow asks of the server, as its code has produced it. */
export type Command = coresdk.workflow_commands.IWorkflowCommand;

/** How replayed workflows tell what they produce; present in the bundle for verification only. */
export interface ReplaySinks extends Sinks {
  readonly replay: {
    /** Called after each activation that has produced something. */
    readonly produced: (commands: readonly Command[]) => void;
  };
}
