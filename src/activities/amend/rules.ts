import type { MilestoneStage } from '../../contract/answers.ts';
import type { PhaseState } from '../../contract/state.ts';
import type { GateStage } from '../../gates/ledger.ts';
import type { GateId, TaskRef } from '../../plan/gate-model.ts';
import { changeInWords, type PlanChange } from '../../plan/changes.ts';
import { isOver } from '../../views/state.ts';

/** How far the parts of a running phase are, as far as amending them depends on it. */
export interface Progress {
  readonly stage: (milestone: string) => MilestoneStage;
  /** `undefined`: the phase has no such gate yet. */
  readonly gate: (id: GateId) => GateStage | undefined;
  /** Done or skipped, also beforehand. */
  readonly isOver: (task: TaskRef) => boolean;
}

/** Why one change may not be made now. */
export interface Objection {
  readonly change: PlanChange;
  readonly why: string;
}

export function progressOf(state: PhaseState): Progress {
  return {
    stage: (milestone) => state.milestones[milestone]?.stage ?? 'pending',
    gate: (id) => state.gates.gates[id]?.state,
    isOver: (task) => isOver(state, task),
  };
}

/**
 * What stands against an amendment: everything at once, so that a person can mend it in one go. What has not begun may change, what is
 * over may not; of what runs, an open gate may ask something else in a new round, and a milestone may be given further tasks.
 */
export function objectionsTo(changes: readonly PlanChange[], progress: Progress): Objection[] {
  if (progress.gate('completion') === 'cleared') {
    return changes.map((change) => ({ change, why: 'the completion gate has cleared' }));
  }
  // What they are named by is the beginning of the names of their gates.
  const added = new Set(
    changes.flatMap(({ how, what, id }) => (how === 'added' && (what === 'task' || what === 'lane') ? [id] : [])),
  );
  return changes.flatMap((change) => {
    const why = objection(change, progress, added);
    return why === undefined ? [] : [{ change, why }];
  });
}

/** `task changed: 4.1/a1 Deploy (days): it is over` */
export function objectionInWords({ change, why }: Objection): string {
  return `${changeInWords(change)}: ${why}`;
}

function objection(change: PlanChange, progress: Progress, added: ReadonlySet<string>): string | undefined {
  const { what, id, how, milestone = '' } = change;
  switch (what) {
    case 'phase':
      return 'it is another phase';
    case 'communication':
      return 'standups, reviews and documents stay as they are until the phase has ended';
    case 'workers':
      return 'the keys whose answers count stay as they are until the phase has ended';
    case 'dependency':
      return ofDependency(id, progress);
    case 'milestone':
      return ofMilestone(change, progress);
    case 'lane':
    case 'task':
    case 'step':
      return ofWork(change, progress);
    case 'gate':
    case 'criterion':
    case 'check':
    case 'policy':
      return how !== 'changed' && what === 'gate' && milestone !== ''
        ? ofGuard(change, progress, added)
        : ofGate(change, progress);
    default:
      // People, channels and files are read whenever they are needed. Texts change nothing of what is carried out.
      return undefined;
  }
}

function ofDependency(id: string, { stage }: Progress): string | undefined {
  const [, to = ''] = id.split(' → ');
  return stage(to) === 'pending' ? undefined : `milestone ${to} has begun`;
}

function ofMilestone({ id, how }: PlanChange, { stage, gate }: Progress): string | undefined {
  if (how === 'added') {
    const isLate = gate('completion') !== 'pending';
    return isLate ? 'the completion gate has opened; reject it with rework, or plan another phase' : undefined;
  }
  const now = stage(id);
  if (now === 'pending' || (how === 'changed' && now === 'entry')) return undefined;
  if (how === 'removed') return `milestone ${id} has begun; skip its tasks`;
  return now === 'work' ? `milestone ${id} runs` : over(id, now);
}

function ofWork(change: PlanChange, progress: Progress): string | undefined {
  const { what, how, milestone = '', task, keys = [] } = change;
  // Who may contribute to a task follows from the agents of all others.
  if (how === 'changed' && keys.length > 0 && keys.every((key) => key === 'contributors')) return undefined;
  if (task !== undefined && how !== 'added' && progress.isOver(task)) return `${task} is over`;
  const stage = progress.stage(milestone);
  if (stage === 'pending' || stage === 'entry') return undefined;
  if (stage !== 'work') return over(milestone, stage);
  if (how === 'added' && what !== 'step') return undefined;
  return what === 'lane'
    ? `milestone ${milestone} runs: its lanes stay as they are, and new ones come after them`
    : `milestone ${milestone} runs, and only the milestone knows what has begun; skip ${task ?? 'it'}, and add another task, or retry it when it blocks`;
}

function ofGuard(
  { gate: id = '', how, milestone = '' }: PlanChange,
  { stage }: Progress,
  added: ReadonlySet<string>,
): string | undefined {
  const now = stage(milestone);
  if (now === 'pending' || now === 'entry') return undefined;
  // `4.3/d1/changes`, `4.3/5/entry`
  const guarded = id.slice(0, id.lastIndexOf('/'));
  if (how === 'added' && now === 'work' && added.has(guarded)) return undefined;
  return now === 'work' ? `milestone ${milestone} runs, and what the gate guards may have begun` : over(milestone, now);
}

function ofGate({ gate: id = '' }: PlanChange, { gate }: Progress): string | undefined {
  const state = gate(id);
  if (state === 'cleared') return `${id} has cleared`;
  return state === 'open' && id.endsWith('/changes') ? `${id} is open for what its task asks` : undefined;
}

function over(milestone: string, stage: MilestoneStage): string {
  return stage === 'done'
    ? `milestone ${milestone} is done`
    : `the work of milestone ${milestone} is done; reject its gate with rework, or add to a later milestone`;
}
