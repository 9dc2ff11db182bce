import { metricMeter } from '@temporalio/workflow';
import { openIssues } from '../../activities/slices.ts';
import { metrics } from '../../contract/metrics.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import type { GatesState } from '../../gates/model.ts';

/**
 * Records what one change of a phase's state adds to the metrics: how long a gate that clears has been open, and how long a task that
 * goes on has been blocked. The SDK records nothing while it replays.
 *
 * @param now epoch milliseconds
 */
export function measureChange({ name }: PhaseIdentity, before: GatesState, after: GatesState, now: number): void {
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
}

/** Sets the gauges of one phase. A worker that has been restarted reports them again with the next change of the phase. */
export function measureState({ name, workflowId }: PhaseIdentity, state: GatesState): void {
  const tags = { phase: name, workflow_id: workflowId };
  const gates = Object.values(state.gates).filter((gate) => gate.state === 'open');
  const blocked = Object.values(state.desk).filter(({ waits }) => waits === 'blocked');
  gauge('gatesOpen').set(gates.length, tags);
  gauge('tasksBlocked').set(blocked.length, tags);
  gauge('issuesOpen').set(openIssues(state), tags);
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
