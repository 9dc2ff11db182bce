import { metricMeter } from '@temporalio/workflow';
import { openIssues } from '../../activities/slices.ts';
import { metrics } from '../../contract/metrics.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import type { GatesState } from '../../gates/model.ts';

/**
 * Records what one change of a phase's state means for the metrics: how long a gate that clears has been open, how long a task that goes
 * on has been blocked, and how many gates, tasks and issues there are now. The SDK records nothing while it replays.
 *
 * @param now epoch milliseconds
 */
export function measureChange(phase: PhaseIdentity, before: GatesState, after: GatesState, now: number): void {
  const { name } = phase;
  if (before.gates !== after.gates) {
    for (const [gate, { state, openedAt = now, closedAt = now }] of Object.entries(after.gates)) {
      if (state !== 'cleared' || before.gates[gate]?.state !== 'open') continue;
      histogram('gateWait').record(seconds(closedAt - openedAt), { phase: name, gate });
    }
  }
  if (before.desk !== after.desk) {
    for (const [task, { waits, since }] of Object.entries(before.desk)) {
      if (waits !== 'blocked' || after.desk[task]?.since === since) continue;
      histogram('taskBlocked').record(seconds(now - since), { phase: name, task });
    }
  }
  const counted = ['gates', 'desk', 'slices', 'over'] as const;
  if (counted.some((part) => before[part] !== after[part])) measureState(phase, after);
}

/** Sets the gauges of one phase; all are 0 once it is over. */
function measureState({ name, workflowId }: PhaseIdentity, state: GatesState): void {
  const tags = { phase: name, workflow_id: workflowId };
  const isOver = state.over === true;
  const gates = Object.values(state.gates).filter((gate) => gate.state === 'open');
  const blocked = Object.values(state.desk).filter(({ waits }) => waits === 'blocked');
  gauge('gatesOpen').set(isOver ? 0 : gates.length, tags);
  gauge('tasksBlocked').set(isOver ? 0 : blocked.length, tags);
  gauge('issuesOpen').set(isOver ? 0 : openIssues(state), tags);
}

function histogram(which: 'gateWait' | 'taskBlocked') {
  const { name, unit, description } = metrics[which];
  return metricMeter.createHistogram(name, 'float', unit, description);
}

function gauge(which: 'gatesOpen' | 'tasksBlocked' | 'issuesOpen') {
  const { name, description } = metrics[which];
  return metricMeter.createGauge(name, 'int', undefined, description);
}

function seconds(milliseconds: number): number {
  return Math.max(0, milliseconds) / 1000;
}
