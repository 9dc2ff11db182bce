import { condition, upsertSearchAttributes } from '@temporalio/workflow';
import type { PhaseStage } from '../../contract/answers.ts';
import type { MilestoneRun } from './run.ts';
import { searchAttributes } from '../../contract/names.ts';
import { nextPass } from '../temporal/passes.ts';

type MilestoneState = Extract<PhaseStage, 'running' | 'waiting' | 'blocked' | 'completed'>;

/** One word for where a milestone is, from what its tasks wait for. */
export function milestoneState({ tasks }: Pick<MilestoneRun, 'tasks'>): MilestoneState {
  const states = [...tasks.values()].map(({ state }) => state);
  if (states.includes('blocked')) return 'blocked';
  if (states.includes('waiting')) return 'waiting';
  return states.every((state) => state === 'done' || state === 'skipped') ? 'completed' : 'running';
}

/** Keeps the attribute by which lists are filtered: once in a workflow task, when all that belongs to it is done. */
export async function keepState(run: MilestoneRun): Promise<void> {
  for (let shown: MilestoneState = 'running'; ;) {
    await condition(() => milestoneState(run) !== shown);
    await nextPass();
    const state = milestoneState(run);
    if (state === shown) continue;
    upsertSearchAttributes([{ key: searchAttributes.PhasegateState, value: state }]);
    if (state === 'completed') return;
    shown = state;
  }
}
