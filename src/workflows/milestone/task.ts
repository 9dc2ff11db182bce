import { condition } from '@temporalio/workflow';
import { bytesOf } from '../../base/json.ts';
import { clip } from '../../base/text.ts';
import { MESSAGE_BYTES, nextNumber } from '../../contract/channel.ts';
import type { AskedChanges } from '../../gates/events.ts';
import type { TaskMessage } from '../../gates/model.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import type { TaskInput } from '../../plan/model.ts';
import { REASON_CHARACTERS } from '../channel/shape.ts';
import { phaseActivities } from '../temporal/activities.ts';
import { allOf, rootMessage } from '../temporal/failure.ts';
import { blockedDesk, inputDesk, plannedTimes, runByPerson } from './person-task.ts';
import { forgetChanged, runSteps, type StepsOutcome } from './steps.ts';
import { TaskState } from './task-state.ts';

/** Of the reason for which a round is tried again. Each of its steps is told, and the history has a copy for each. */
const TOLD_CHARACTERS = 1_000;

const NOTHING: StepsOutcome = { failures: [], asks: [] };

/** One task of a running milestone: waits until it may start, is carried out by its steps or by a person, and ends. */
export class TaskRun extends TaskState {
  async run(): Promise<void> {
    // Guarded, because the SDK keeps a stack trace of every promise, and most tasks wait for nothing.
    if (!this.mayBegin()) await condition(() => this.mayBegin());
    if (this.untilStart() > 0) await this.untilPlannedStart();
    if (this.missingInputs().length > 0) await this.untilInputsArrive();
    if (this.gates.size > 0) await this.untilAdmitted();
    if (this.held !== undefined) await this.untilReleased();
    this.waitsFor = [];
    if (this.skip !== undefined) {
      this.endSkipped(this.skip);
      return;
    }
    this.state = 'running';
    this.startedAt = Date.now();
    if (this.isMarker) this.end({ state: 'done' });
    else if (this.task.steps.length === 0) await runByPerson(this);
    else await this.runBySteps();
  }

  private endSkipped({ by, reason }: TaskMessage): void {
    this.end({ state: 'skipped', by, note: reason });
  }

  private mayBegin(): boolean {
    this.waitsFor = this.unmetNeeds();
    return this.waitsFor.length === 0 || this.skip !== undefined;
  }

  private unmetNeeds(): string[] {
    const isOpen = (task: TaskRef) => this.milestone.isOpen(task);
    const needs = this.task.needs.filter((need) => isOpen(need.task)).map((need) => `${need.task} (${need.what})`);
    const after = this.task.after.filter((task) => isOpen(task) && !this.task.needs.some((need) => need.task === task));
    return [...needs, ...after];
  }

  /** Milliseconds until the planned start; 0 where there is nothing to wait for. */
  private untilStart(): number {
    const { pace, dayMs } = this.milestone.input;
    if (pace !== 'planned' || this.skip !== undefined) return 0;
    // A milestone bar that follows tasks is reached with them.
    if (this.isMarker && this.task.after.length + this.task.needs.length > 0) return 0;
    return Math.max(0, plannedTimes(this.task, this.milestone.startedAt, dayMs).start - Date.now());
  }

  private async untilPlannedStart(): Promise<void> {
    this.waitsFor = ['planned start'];
    const summary = `${this.task.title} · planned start`;
    await condition(() => this.skip !== undefined, this.untilStart(), { summary });
  }

  private async untilAdmitted(): Promise<void> {
    if (this.skip !== undefined) return;
    this.state = 'waiting';
    this.waitsFor = this.gatesInWords();
    this.hasReachedGates = true;
    this.milestone.tell(this.task.ref);
    await condition(() => {
      this.waitsFor = this.gatesInWords();
      return this.gates.size === 0 || this.skip !== undefined;
    });
  }

  private gatesInWords(): string[] {
    return [...this.gates].map((gate) => `gate ${gate}`);
  }

  private async untilReleased(): Promise<void> {
    await condition(() => {
      this.waitsFor = this.held === undefined ? [] : [this.held];
      return this.held === undefined || this.skip !== undefined;
    });
  }

  private missingInputs(): TaskInput[] {
    return this.task.inputs.filter(({ agent }) => !this.inputs.some((input) => input.agents.includes(agent)));
  }

  /** Inputs that the playbook makes a condition; other contributions are taken as they come. */
  private async untilInputsArrive(): Promise<void> {
    while (this.skip === undefined) {
      const missing = this.missingInputs();
      if (missing.length === 0) return;
      this.waitsFor = missing.map(({ agent }) => agent);
      this.state = 'waiting';
      this.waitFor(inputDesk(this.task, missing, Date.now()));
      const seen = this.inputs.length;
      await condition(() => this.inputs.length > seen || this.skip !== undefined);
    }
  }

  private async runBySteps(): Promise<void> {
    const isReadAnew = this.milestone.input.readAnew.includes(this.task.ref);
    const unread = isReadAnew ? await this.readAnew() : undefined;
    if (unread !== undefined) await this.block(unread);
    for (;;) {
      // A playbook that says nothing of it any more leaves it to a person.
      if (this.task.steps.length === 0) return runByPerson(this);
      if (this.task.rounds !== undefined && this.round === undefined) {
        const isOver = !(await this.nextRound());
        // Between two rounds, the steps of the last one are done; the task is not.
        if (this.skip !== undefined && this.round === undefined) this.endSkipped(this.skip);
        else if (isOver) this.end({ state: 'done' });
        if (this.ended) return;
      }
      const { failures, asks } = this.isSkipped ? NOTHING : await runSteps(this);
      if (this.task.steps.every(({ id }) => this.steps.get(id)?.isOver === true)) {
        if (this.task.rounds !== undefined) {
          if (this.skip !== undefined) {
            this.endSkipped(this.skip);
            return;
          }
          this.endRound();
          continue;
        }
        this.end({ state: 'done' });
        return;
      }
      // What was asked beside a failure is asked again with the retry.
      if (!this.isSkipped) {
        const refused = failures.length > 0 ? allOf(failures) : await this.untilApproved(asks);
        if (refused !== undefined) await this.block(refused);
      }
      if (this.skip !== undefined) {
        this.endSkipped(this.skip);
        return;
      }
    }
  }

  /** Waits until there is another round, and begins it. @returns false when there is none any more */
  private async nextRound(): Promise<boolean> {
    const done = this.roundsDone ?? 0;
    this.roundsDone = done;
    this.state = 'waiting';
    this.milestone.tell(this.task.ref);
    const next = () => {
      const { offered } = this;
      // What was said before a reset, or while a round ran, is of another round.
      return offered !== undefined && ('over' in offered ? offered.after : offered.number - 1) === done
        ? offered
        : undefined;
    };
    this.waitsFor = [`round ${String(done + 1)}`];
    await condition(() => next() !== undefined || this.isSkipped);
    this.waitsFor = [];
    this.state = 'running';
    this.roundsDone = undefined;
    const round = next();
    if (round === undefined) return true;
    if ('over' in round) return false;
    this.round = round;
    for (const progress of this.steps.values()) progress.state = 'pending';
    return true;
  }

  private endRound(): void {
    this.roundsDone = this.round?.number;
    this.round = undefined;
  }

  /** @returns why it must not go on, if a person has said so */
  private async untilApproved(changes: readonly AskedChanges[]): Promise<string | undefined> {
    if (bytesOf(changes) > MESSAGE_BYTES)
      return 'its steps ask about more changes at once than can be put before people';
    const number = nextNumber(this.ask?.number ?? 0, Date.now());
    this.ask = { number, changes };
    this.state = 'waiting';
    this.waitsFor = [`gate ${String(this.changesGate)}`];
    this.milestone.tell(this.task.ref);
    const isApproved = () => changes.every(({ sha256 }) => this.approved.has(sha256));
    const refusal = () => (this.refused !== undefined && this.refused.ask >= number ? this.refused : undefined);
    await condition(() => isApproved() || refusal() !== undefined || this.skip !== undefined);
    this.waitsFor = [];
    this.state = 'running';
    const refused = refusal();
    if (refused === undefined || isApproved()) return undefined;
    // What was asked is over: a retry is another try, with an identity of its own.
    for (const progress of this.steps.values()) progress.hasAsked = false;
    return `${refused.by} rejected what it would do: ${refused.reason}`;
  }

  /** Shows why nothing goes on and waits for `retry` (which reads the playbook entry anew) or `skip`. */
  private async block(reason: string): Promise<void> {
    for (let because: string | undefined = reason; because !== undefined && !this.isSkipped;) {
      this.state = 'blocked';
      this.reason = clip(because, REASON_CHARACTERS);
      this.stop = nextNumber(this.stop, Date.now());
      this.waitFor(blockedDesk(this.task, this.reason, Date.now()));
      await condition(() => this.retried >= this.stop || this.skip !== undefined);
      this.desk = null;
      if (this.isSkipped) return;
      this.state = 'running';
      this.reason = undefined;
      because = await this.readAnew();
    }
    if (this.isSkipped || this.round === undefined) return;
    const { again } = this.round;
    this.round = { ...this.round, again: { try: (again?.try ?? 1) + 1, because: clip(reason, TOLD_CHARACTERS) } };
  }

  /** @returns why it cannot be read, if so */
  private async readAnew(): Promise<string | undefined> {
    const { phase } = this.milestone.input;
    const source = this.milestone.sourceOf(this.task.ref);
    try {
      const fresh = await phaseActivities(`${this.task.title} · read anew`).recompileTask({
        phase: phase.name,
        task: this.task.ref,
        ...(source === undefined ? {} : { source }),
      });
      forgetChanged(this, fresh.task);
      // The phase has the rounds as they were when it started, and says by them when the next one begins.
      const { rounds: _changed, ...task } = fresh.task;
      this.task = { ...task, ...(this.task.rounds === undefined ? {} : { rounds: this.task.rounds }) };
      this.anew = { number: nextNumber(this.anew?.number ?? 0, Date.now()), digests: fresh.digests };
      this.milestone.tell(this.task.ref);
      return undefined;
    } catch (error) {
      return rootMessage(error);
    }
  }
}
