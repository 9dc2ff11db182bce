import { CancellationScope } from '@temporalio/workflow';
import { digestOf } from '../gates/chain.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { Digests, TaskRef } from '../plan/model.ts';
import { localPhaseActivities } from './activities.ts';
import { reportSignal, type TaskReport } from './messages.ts';
import { isReport } from './report-shape.ts';
import type { PhaseRun } from './phase-run.ts';

/**
 * Takes what a milestone reports of its tasks onto the desk and into the ledger, if the milestone has sent it: anybody may send a
 * Signal of that name.
 */
export async function takeReports(run: PhaseRun, sent: unknown): Promise<void> {
  const reports = Array.isArray(sent) ? (sent as unknown[]) : [sent];
  const known = reports.filter((report) => isReport(report, run.gates.tasks));
  const [first] = known;
  if (first === undefined || known.length < reports.length) {
    refuse(run, 'a milestoneReport that no milestone sends');
    return;
  }
  const sender = run.childId(run.gates.tasks[first.task]?.milestone ?? '');
  const request = { sender, receiver: run.identity.workflowId, signal: reportSignal.name, digest: digestOf([sent]) };
  const found = await CancellationScope.nonCancellable(() =>
    run.clock.local(() => localPhaseActivities(`report of ${sender}`).wasSent(request)),
  );
  if (!found.sent) refuse(run, `${sender} has not sent this milestoneReport`);
  else for (const report of known) takeReport(run, report);
}

function refuse(run: PhaseRun, reason: string): void {
  run.apply({ type: 'note', what: 'report refused', reason, code: 'DENIED' });
}

function takeReport(run: PhaseRun, report: TaskReport): void {
  const { task, state, desk, reason, digests, unsettled, gates, asks, refused } = report;
  if (refused !== undefined) {
    run.apply({ type: 'note', what: 'order refused', on: task, reason: refused, code: 'DENIED' });
    return;
  }
  if (unsettled !== undefined) run.apply({ type: 'note', what: 'not settled', on: task, reason: unsettled });
  // A report that crossed with the message that ended the task would put it back on the desk.
  if (run.outcomes[task] !== undefined) return;
  for (const gate of gates ?? []) if (guardedBy(run, gate).includes(task)) run.reached.add(gate);
  if (asks !== undefined) run.asked.set(task, asks);
  run.apply({ type: 'task', task, state, desk, ...(reason === undefined ? {} : { reason }) });
  if (digests !== undefined) {
    run.readAnew.add(task);
    run.apply({ type: 'note', what: 'read anew', on: task, reason: differences(run.plan.digests, digests) });
  }
}

/** Anybody may send a report: only a gate that is the task's own opens by it. */
function guardedBy({ gates }: PhaseRun, gate: GateId): readonly TaskRef[] {
  return Object.hasOwn(gates.gates, gate) ? (gates.gates[gate]?.gate.guards?.tasks ?? []) : [];
}

/** Both digests of everything that has changed since the phase started. */
function differences(before: Digests, after: Digests): string {
  const pairs: [string, string | null | undefined, string | null | undefined][] = [
    ['playbook.yaml', before.playbook, after.playbook],
    ...[...new Set([...Object.keys(before.templates), ...Object.keys(after.templates)])].map(
      (path): [string, string | null | undefined, string | null | undefined] => [
        path,
        before.templates[path],
        after.templates[path],
      ],
    ),
  ];
  const changed = pairs.filter(([, old, fresh]) => old !== fresh);
  if (changed.length === 0) return 'nothing has changed since the phase started';
  return changed.map(([path, old, fresh]) => `${path} ${short(old)} → ${short(fresh)}`).join(', ');
}

function short(digest: string | null | undefined): string {
  return digest?.slice(0, 12) ?? 'missing';
}
