import { proxySinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { type ReplaySinks, type StateChange, TOLD } from '../../contract/replay.ts';
import type { GatesState } from '../../gates/model.ts';
import type { Seals } from '../temporal/seals.ts';

const { replay } = proxySinks<ReplaySinks>();

/**
 * Tells what the workflows' code produces when it is replayed, and how a phase's state changes, which the phase shows by its fifth
 * argument. The bundle that workers run does not have it.
 */
export function interceptors(): WorkflowInterceptors {
  let read: () => GatesState | undefined = () => undefined;
  let told: GatesState | undefined;
  const show = (state: typeof read) => {
    read = state;
  };
  return {
    inbound: [
      {
        execute(input, next) {
          const seals = input.args[3] as Seals;
          seals.observe((denied, id) => {
            replay.denied(denied, id);
          });
          return next({ ...input, args: [...input.args, show] });
        },
      },
    ],
    internals: [
      {
        concludeActivation(input, next) {
          const output = next(input);
          if (output.commands.length > 0) replay.produced(output.commands);
          const state = read();
          if (state !== undefined && state !== told) replay.changed(changeOf(told, state));
          told = state;
          return output;
        },
      },
    ],
  };
}

function changeOf(before: GatesState | undefined, state: GatesState): StateChange {
  const changed = TOLD.filter((part) => before?.[part] !== state[part]);
  const change = Object.fromEntries(changed.map((part) => [part, state[part]])) as StateChange;
  if (change.gates === undefined) return change;
  const gates = Object.entries(state.gates).filter(([id, gate]) => before?.gates[id] !== gate);
  return { ...change, gates: Object.fromEntries(gates) };
}
