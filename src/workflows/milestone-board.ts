import { clipDetails } from './clip.ts';
import { milestoneStatus } from './milestone-status.ts';
import type { TaskStatus } from './messages.ts';
import type { MilestoneRun } from './milestone-run.ts';

/** The milestone's board, in Markdown, for the Web UI's "User Metadata" tab. */
export function milestoneBoard(run: MilestoneRun): string {
  const status = milestoneStatus(run);
  const lanes = status.lanes.map(
    (lane) => `### ${lane.title}${lane.agent === '' ? '' : ` · ${lane.agent}`}\n\n${lane.tasks.map(item).join('\n')}\n`,
  );
  return clipDetails(`## Milestone ${status.milestone}: ${status.title}\n\n${lanes.join('\n')}`);
}

function item(task: TaskStatus): string {
  const said = remark(task);
  return `- **${task.task} ${task.title}** · ${task.state}${said === '' ? '' : ` · ${said}`}`;
}

function remark(task: TaskStatus): string {
  if (task.held !== undefined) return task.held.replace(/\s+/g, ' ');
  if (task.reason !== undefined) return task.reason.replace(/\s+/g, ' ');
  if (task.waitsFor.length > 0) return `waits for ${task.waitsFor.join(', ')}`;
  return task.due === undefined || task.endedAt !== undefined
    ? ''
    : `due ${task.due.slice(0, 16).replace('T', ' ')} UTC`;
}
