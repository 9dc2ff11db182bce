import { proxySinks, type WorkflowInterceptors } from '@temporalio/workflow';
import type { ReplaySinks } from '../../contract/replay.ts';

const { replay } = proxySinks<ReplaySinks>();

/**
 * Tells the verification of a record what the workflows' code produces when it is replayed. The bundle that workers run does not
 * have it.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    internals: [
      {
        concludeActivation(input, next) {
          const output = next(input);
          if (output.commands.length > 0) replay.produced(output.commands);
          return output;
        },
      },
    ],
  };
}
