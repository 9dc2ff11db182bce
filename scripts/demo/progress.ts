import type { Client } from '@temporalio/client';
import { atWork } from './at-work.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { waitingFor } from './waiting.ts';
import type { LedgerView, MilestoneStatus, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';

/** Milliseconds without a line after which the activities at work are told. */
const QUIET_MS = 8_000;

/** Milliseconds after which the same line is told again. */
const REPEAT_MS = 60_000;

/** Prints the events since the last look, one line each. */
export class Progress {
  private entries = 0;
  private readonly seen = new Map<string, string>();
  /** Milestones whose tasks were at work at the last look. */
  private atWork: readonly string[] = [];
  private readonly startedAt = Date.now();
  private printedAt = Date.now();
  /** The last line that was told while nothing happened. */
  private quiet = '';
  private readonly client: Client;
  private readonly workflowId: string;
  private readonly write: (line: string) => void;

  constructor(client: Client, workflowId: string, write: (line: string) => void) {
    this.client = client;
    this.workflowId = workflowId;
    this.write = write;
  }

  /** Prints the seconds since the start, then the line. */
  print = (line: string): void => {
    this.printedAt = Date.now();
    this.write(`${((Date.now() - this.startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };

  async look(status: PhaseStatus): Promise<void> {
    const atWork = status.milestones.filter(({ stage }) => stage === 'work').map(({ number }) => number);
    // A milestone that has just ended is looked at once more, for the ends of its last tasks.
    for (const number of new Set([...this.atWork, ...atWork])) await this.lookAtMilestone(number);
    this.atWork = atWork;
    const ledger = await this.client.workflow.getHandle(this.workflowId).query<LedgerView>('ledger');
    const news = ledger.recent.filter(({ number }) => number > this.entries);
    for (const entry of news) this.printEntry(entry);
    this.entries = ledger.length;
    for (const { number, code } of news) if (code === 'DENIED') await this.printFromBoard(number);
    if (Date.now() - this.printedAt > QUIET_MS) await this.printQuiet(status.desk);
  }

  /** Prints the activities at work, or what the phase waits for; the same line again after a minute. */
  private async printQuiet(desk: PhaseStatus['desk']): Promise<void> {
    const milestones = this.atWork.map((number) => `${this.workflowId}:${number}`);
    const shown = await atWork(this.client, [this.workflowId, ...milestones]);
    const line = `… ${shown === '' ? `waits for ${await this.waitsFor(desk)}` : shown}`;
    if (line === this.quiet && Date.now() - this.printedAt < REPEAT_MS) return;
    this.quiet = line;
    this.print(line);
  }

  private async waitsFor(desk: PhaseStatus['desk']): Promise<string> {
    const { gates } = await this.client.workflow.getHandle(this.workflowId).query<OpenGates>('gates');
    return waitingFor(gates, desk) || 'what is planned for later';
  }

  /** Prints the line of the Web UI's board for a ledger entry. */
  private async printFromBoard(number: number): Promise<void> {
    const phase = this.client.workflow.getHandle(this.workflowId);
    const { currentDetails = '' } = await phase.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    const shown = currentDetails.split('\n').find((line) => line.startsWith(`- ${String(number)} · `));
    if (shown !== undefined) this.print(`  on the board: ${shown}`);
  }

  private async lookAtMilestone(number: string): Promise<void> {
    const child = this.client.workflow.getHandle(`${this.workflowId}:${number}`);
    // A milestone that has not had its first workflow task answers no query.
    const status = await child.query<MilestoneStatus>('status').catch(() => undefined);
    for (const task of status?.lanes.flatMap(({ tasks }) => tasks) ?? []) {
      for (const step of task.steps) {
        // A task with one step has its name, and so may another step of it.
        this.transition(
          `${task.task} ${step.id} ${step.label}`,
          step.state,
          `${task.task} ${task.title} · ${step.label}`,
          '',
        );
      }
      const remark = task.reason ?? task.waitsFor.join(', ');
      this.transition(task.task, task.state, `${task.task} ${task.title}`, remark);
    }
  }

  private transition(id: string, state: string, title: string, remark: string): void {
    if (this.seen.get(id) === state) return;
    this.seen.set(id, state);
    if (state !== 'pending')
      this.print(`${marks[state] ?? ' '} ${title}: ${state}${remark === '' ? '' : ` (${remark})`}`);
  }

  private printEntry({ what, on, by, code, reason, trust }: LedgerEntry): void {
    const isAccepted = code === 'ACCEPTED';
    // The command of an accepted message is shown already, and tasks are shown with their milestone.
    if (isAccepted && (trust !== 'phase' || what.startsWith('task'))) return;
    const subject = on === undefined ? '' : ` ${on}`;
    const verdict = isAccepted ? '' : ` ${code}`;
    this.print(`■ ${what}${subject}${by === undefined ? '' : ` by ${by}`}${verdict}: ${reason}`);
  }
}

const marks: { readonly [state: string]: string } = {
  running: '▸',
  waiting: '◦',
  blocked: '✖',
  failed: '✖',
  done: '✔',
  skipped: '–',
};
