import type { Digests, GateId, TaskRef } from '../plan/model.ts';
import type { TaskReport } from './messages.ts';
import { isReport } from './report-shape.ts';
import type { PhaseRun } from './phase-run.ts';

/** Takes what a milestone reports of its tasks onto the desk and into the ledger. */
export function takeReports(run: PhaseRun, reports: unknown): void {
  for (const report of Array.isArray(reports) ? (reports as unknown[]) : [reports]) {
    if (isReport(report, run.gates.tasks)) takeReport(run, report);
    else run.apply({ type: 'note', what: 'report refused', reason: 'a milestoneReport that no milestone sends' });
  }
}

function takeReport(run: PhaseRun, report: TaskReport): void {
  const { task, state, desk, reason, digests, unsettled, gates, asks } = report;
  if (unsettled !== undefined) run.apply({ type: 'note', what: 'not settled', on: task, reason: unsettled });
  // A report that crossed with the message that ended the task would put it back on the desk.
  if (run.outcomes[task] !== undefined) return;
  for (const gate of gates ?? []) if (guardedBy(run, gate).includes(task)) run.reached.add(gate);
  if (asks !== undefined) run.asked.set(task, asks);
  run.apply({ type: 'task', task, state, desk, ...(reason === undefined ? {} : { reason }) });
  if (digests !== undefined) {
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
