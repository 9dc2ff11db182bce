import type { Definition, Execution, Pipeline, StageDefinition } from './state.ts';

/** What the machine is given for one turn: one pipeline's state, the time, and a source of ids. It changes the state in place. */
export interface Turn {
  readonly pipeline: Pipeline;
  /** In the order in which they were started. */
  readonly executions: Map<string, Execution>;
  definition(version: number): Definition;
  readonly now: number;
  /** Milliseconds that a minute of a definition takes. */
  readonly minute: number;
  newId(): string;
  /** Folder of one run of an action. */
  folder(execution: string, run: string): string;
  readonly region: string;
  /** Executions that have to be written, in this order. */
  readonly changed: Set<Execution>;
}

export function touch(turn: Turn, execution: Execution): void {
  execution.updated = turn.now;
  turn.changed.add(execution);
}

/** The next number of starts, arrivals and entries. */
export function nextNumber({ executions }: Turn): number {
  let last = 0;
  for (const { number, stages } of executions.values()) {
    last = Math.max(last, number, ...stages.map(({ arrived, entered }) => Math.max(arrived, entered ?? 0)));
  }
  return last + 1;
}

export function stageDefinition(turn: Turn, execution: Execution, stage: string): StageDefinition {
  const found = turn.definition(execution.version).stages.find((one) => one.name === stage);
  if (found === undefined)
    throw new Error(`version ${execution.version} of ${execution.pipeline} has no stage ${stage}`);
  return found;
}
