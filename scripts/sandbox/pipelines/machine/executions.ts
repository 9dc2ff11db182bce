import { currentStage, type Execution } from './state.ts';
import { nextNumber, touch, type Turn } from './turn.ts';

export type Start = Pick<Execution, 'id' | 'type' | 'trigger' | 'variables' | 'overrides'> &
  Partial<Pick<Execution, 'token' | 'rollback' | 'artifacts' | 'namespaces' | 'revisions'>> & {
    /** The first stage that it waits for. */
    readonly stage: string;
  };

/** Adds an execution of the pipeline's current version. It waits to enter its first stage. */
export function addExecution(turn: Turn, { stage, ...start }: Start): Execution {
  const { pipeline, now } = turn;
  const number = nextNumber(turn);
  const execution: Execution = {
    artifacts: {},
    namespaces: {},
    revisions: [],
    ...start,
    pipeline: pipeline.name,
    version: pipeline.version,
    number,
    mode: turn.definition(pipeline.version).executionMode ?? 'SUPERSEDED',
    started: now,
    updated: now,
    status: 'InProgress',
    stages: [],
  };
  turn.executions.set(execution.id, execution);
  arriveAt(turn, execution, stage);
  return execution;
}

/** Puts the execution before the stage. */
export function arriveAt(turn: Turn, execution: Execution, name: string): void {
  const arrived = nextNumber(turn);
  execution.stages.push({
    name,
    phase: 'waiting',
    status: 'InProgress',
    arrived,
    attempts: [],
    conditions: [],
    retries: { auto: 0, manual: 0 },
  });
  touch(turn, execution);
}

/** Ends the execution where it stands; actions and rules in progress are abandoned. */
export function endExecution(
  turn: Turn,
  execution: Execution,
  status: 'Stopped' | 'Cancelled' | 'Superseded' | 'Failed' | 'Succeeded',
  summary?: string,
): void {
  const stage = currentStage(execution);
  abandonRuns(turn, execution);
  if (stage.phase !== 'ended') {
    const inside = stage.phase !== 'waiting';
    if (inside && (status === 'Stopped' || status === 'Cancelled')) stage.status = status;
    stage.phase = 'ended';
  }
  execution.status = status;
  if (summary !== undefined) execution.summary = summary;
  touch(turn, execution);
}

function abandonRuns(turn: Turn, execution: Execution): void {
  const { attempts, conditions } = currentStage(execution);
  const running = [...attempts, ...conditions, ...conditions.flatMap(({ rules }) => rules)];
  for (const one of running.filter(({ status }) => status === 'InProgress')) {
    one.status = 'Abandoned';
    one.updated = turn.now;
  }
}
