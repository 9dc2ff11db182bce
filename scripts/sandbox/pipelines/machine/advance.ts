import { endExecution } from './executions.ts';
import { enter, stepStage } from './stage.ts';
import { currentStage, isActive, isInside, type Execution } from './state.ts';
import { nextNumber, type Turn } from './turn.ts';

/** Brings all executions of a pipeline as far forward as they can go now. Repeating it changes nothing. */
export function advance(turn: Turn): void {
  let isMoving = true;
  while (isMoving) {
    isMoving = false;
    for (const execution of active(turn)) if (stepStage(turn, execution)) isMoving = true;
    const awaited = new Set(active(turn).map((one) => currentStage(one).name));
    for (const name of awaited) if (admit(turn, name)) isMoving = true;
  }
}

function active({ executions }: Turn): Execution[] {
  return [...executions.values()].filter(isActive);
}

/** Executions that wait before the stage, in the order in which they came. */
export function waitingFor(turn: Turn, stage: string): Execution[] {
  return active(turn)
    .filter((one) => currentStage(one).name === stage && currentStage(one).phase === 'waiting')
    .sort((one, other) => currentStage(one).arrived - currentStage(other).arrived);
}

/** Lets waiting executions into the stage, as their mode allows. */
function admit(turn: Turn, stage: string): boolean {
  const superseded = supersede(turn, stage);
  const isOpen = turn.pipeline.transitions[stage]?.enabled ?? true;
  const waiting = waitingFor(turn, stage).filter((one) => isOpen || one.type === 'ROLLBACK');
  const parallel = waiting.filter(({ mode }) => mode === 'PARALLEL');
  const others = waiting.filter(({ mode }) => mode !== 'PARALLEL');
  const first = others.find(({ type }) => type === 'ROLLBACK') ?? others[0];
  const entering = [...parallel, ...(first !== undefined && isFree(turn, stage) ? [first] : [])];
  for (const execution of entering) enter(turn, execution, nextNumber(turn));
  return superseded || entering.length > 0;
}

/** Of the executions that wait before the stage in mode SUPERSEDED, the newest one remains. */
function supersede(turn: Turn, stage: string): boolean {
  const waiting = waitingFor(turn, stage)
    .filter(({ mode, type }) => mode === 'SUPERSEDED' && type === 'STANDARD')
    .sort((one, other) => other.number - one.number);
  const [newest, ...older] = waiting;
  for (const execution of older) {
    endExecution(turn, execution, 'Superseded', `Execution ${newest?.id ?? ''} is newer.`);
  }
  return older.length > 0;
}

function isFree(turn: Turn, stage: string): boolean {
  return !active(turn).some((one) => {
    const current = currentStage(one);
    return one.mode !== 'PARALLEL' && current.name === stage && isInside(current);
  });
}
