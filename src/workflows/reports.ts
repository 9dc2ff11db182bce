import type { Digests } from '../plan/model.ts';
import type { TaskReport } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';

/** Takes what a milestone reports of its tasks onto the desk and into the ledger. */
export function takeReports(run: PhaseRun, reports: unknown): void {
  for (const { task, state, desk, reason, digests } of readReports(run, reports)) {
    // A report that crossed with the message that ended the task would put it back on the desk.
    if (run.outcomes[task] !== undefined) continue;
    run.apply({ type: 'task', task, state, desk, ...(reason === undefined ? {} : { reason }) });
    if (digests !== undefined) {
      run.apply({ type: 'note', what: 'read anew', on: task, reason: differences(run.plan.digests, digests) });
    }
  }
}

/** Anybody may send a Signal of any name and body; what is no report of a task is left alone, since a handler must not throw. */
function readReports(run: PhaseRun, reports: unknown): TaskReport[] {
  if (!Array.isArray(reports)) return [];
  return (reports as unknown[]).filter((report): report is TaskReport => {
    if (typeof report !== 'object' || report === null || !('task' in report) || !('desk' in report)) return false;
    return typeof report.task === 'string' && Object.hasOwn(run.gates.tasks, report.task);
  });
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
