import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { setMaxListeners } from 'node:events';
import type { LedgerView, MilestoneStatus, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import type { DeliveryView } from '../../src/contract/delivery.ts';
import type { LedgerEntry, Verdict } from '../../src/gates/ledger.ts';
import type { Plan } from '../../src/plan/model.ts';
import { DAY } from '../../src/views/planned.ts';
import { plannedTimes } from '../../src/workflows/milestone/person-task.ts';
import { UserError } from '../command-line.ts';
import { Cast } from './cast.ts';
import { ServerClock, timeLimit } from './clock.ts';
import { Lengths } from './lengths.ts';
import { rehearsable, tasksOf } from './plan.ts';
import { inWords } from './length-in-words.ts';
import { type Foreseen, standIns } from './stand-ins.ts';

export interface RunOptions {
  /** As it was compiled, its dates moved into the future. */
  readonly plan: Plan;
  /** Epoch milliseconds; not in the past. */
  readonly start: number;
  /** Who starts the phase. */
  readonly by: string;
  /** Milliseconds of real time that it may take. */
  readonly within: number;
  readonly bundle: WorkflowBundleOption;
  /** Aborts when the command is to stop. */
  readonly signal: AbortSignal;
  /** Is told each day of the phase as it begins. */
  onDay(day: number, at: number, status: PhaseStatus): void;
}

/** What a rehearsal has brought. */
export interface Ran {
  /** As it was rehearsed. */
  readonly plan: Plan;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly cast: Pick<Cast, 'acts' | 'stuck'>;
  readonly ledger: readonly LedgerEntry[];
  readonly milestones: readonly (DeliveryView['milestones'][number] & {
    /** When its workflow has begun; absent where all its work counted as done beforehand. */
    readonly workStarted?: number;
    readonly status?: MilestoneStatus;
  })[];
}

const TASK_QUEUE = 'rehearsal';
const WORKFLOW_ID = 'rehearsal';
/** Days without any change after which nothing goes on any more. Checks of other gates may wait for each other. */
const IDLE_DAYS = 3;

/**
 * Carries a plan out at planned pace.
 *
 * @param env a server that skips time, which holds nothing else: its clock is the same for all workflows
 */
export async function run(env: TestWorkflowEnvironment, options: RunOptions): Promise<Ran> {
  return new Rehearsal(env, options).run();
}

class Rehearsal {
  private readonly env: TestWorkflowEnvironment;
  private readonly options: RunOptions;
  private readonly plan: Plan;
  private readonly foreseen: Foreseen = { windows: new Map(), instants: new Set() };
  private readonly lengths: Lengths;
  private readonly cast: Cast;
  private readonly client: Client;
  private readonly clock: ServerClock;
  private readonly limit: ReturnType<typeof timeLimit>;
  private readonly ledger = new Map<number, LedgerEntry>();
  /** When the workflows of milestones have begun. */
  private readonly begun = new Map<string, number>();
  private readonly ending = new AbortController();
  private state = 'the phase has not begun';
  private day = 0;

  constructor(env: TestWorkflowEnvironment, options: RunOptions) {
    this.env = env;
    this.options = options;
    this.plan = rehearsable(options.plan);
    this.lengths = new Lengths(options.plan);
    const { connection } = env;
    // Not that of the environment, which skips time by itself while it waits for a result.
    this.client = new Client({ connection });
    const limit = inWords(options.within);
    this.limit = timeLimit(
      options.within,
      () => `The rehearsal was not over within ${limit}: ${this.state}. --within sets the limit.`,
    );
    const { signal } = options;
    const stopped = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    const over = Promise.race([this.limit.over, stopped]);
    // It is heard where time is waited for. Whoever is not waiting just then hears of it the next time.
    over.catch(() => {
      this.ending.abort();
    });
    this.clock = new ServerClock(env, over);
    const { foreseen, lengths, plan } = this;
    this.cast = new Cast({ plan, lengths, foreseen, say: (name, message) => this.say(name, message) });
  }

  async run(): Promise<Ran> {
    const { env, plan, foreseen, client, lengths } = this;
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: TASK_QUEUE,
      workflowBundle: this.options.bundle,
      // Ctrl-C in a terminal ends the server as well, and a worker would wait for its answers.
      shutdownForceTime: '2 seconds',
      activities: standIns({
        ...{ plan, foreseen, client },
        endOf: ({ task }, from) => lengths.endOfStep(task.ref, from),
        now: () => env.currentTimeMs(),
      }),
    });
    try {
      // A call that is under way would be repeated after the connection has been closed.
      const { signal } = this.ending;
      // Each call adds a listener.
      setMaxListeners(0, signal);
      return await worker.runUntil(env.connection.withAbortSignal(signal, () => this.carryOut()));
    } finally {
      this.limit.clear();
    }
  }

  private async carryOut(): Promise<Ran> {
    await this.clock.until(this.options.start);
    const startedAt = this.clock.now;
    await this.client.workflow.start('phase', {
      taskQueue: TASK_QUEUE,
      workflowId: WORKFLOW_ID,
      args: [{ phase: 'rehearsal', by: this.options.by, pace: 'planned' }],
    });
    for (let idle = 0; ;) {
      await this.clock.settle();
      const status = await this.query<PhaseStatus>('status');
      this.tell(status, startedAt);
      await this.keepLedger();
      if (status.state === 'completed') return this.ran(startedAt);
      this.requireRunning(status);
      await this.expectStarts(status);
      const { gates } = await this.query<OpenGates>('gates');
      if (await this.cast.act(gates, status.desk, this.clock.now)) {
        idle = 0;
        continue;
      }
      const next = this.next();
      if (next !== undefined) idle = 0;
      else if (++idle > IDLE_DAYS && !(await this.cast.breakThrough(gates, this.clock.now))) {
        throw new UserError(`The rehearsal cannot go on: ${this.state}.`);
      }
      await this.clock.until(next ?? this.clock.now + DAY);
    }
  }

  private requireRunning({ state, desk }: PhaseStatus): void {
    const blocked = desk.filter(({ waits }) => waits === 'blocked');
    if (blocked.length > 0) {
      throw new UserError(blocked.map(({ task, reason = '' }) => `${task} is blocked: ${reason}`).join('\n'));
    }
    if (state === 'failed' || state === 'cancelled') throw new UserError(`The phase of the rehearsal has ${state}.`);
  }

  /** The first foreseen instant that is still to come. */
  private next(): number | undefined {
    const { instants } = this.foreseen;
    for (const instant of instants) if (instant <= this.clock.now) instants.delete(instant);
    return instants.size === 0 ? undefined : Math.min(...instants);
  }

  /** Foresees the planned starts of the tasks of milestones that run. */
  private async expectStarts({ milestones }: PhaseStatus): Promise<void> {
    for (const { number, runs, workflowId } of milestones) {
      if (runs === 0 || this.begun.has(number)) continue;
      const { startTime } = await this.client.workflow.getHandle(workflowId).describe();
      const at = startTime.getTime();
      this.begun.set(number, at);
      const tasks = tasksOf(this.plan).filter(({ ref }) => ref.startsWith(`${number}/`));
      for (const task of tasks) this.foreseen.instants.add(plannedTimes(task, at, DAY).start);
    }
  }

  private tell(status: PhaseStatus, startedAt: number): void {
    const open = status.gates.filter(({ state }) => state === 'open').map(({ gate }) => `gate ${gate}`);
    const waiting = [...open, ...status.desk.map(({ task }) => `task ${task}`)];
    const at = new Date(this.clock.now).toISOString().slice(0, 10);
    this.state = `on ${at}, ${waiting.length === 0 ? 'nobody is waited for' : `people are waited for at ${waiting.join(', ')}`}`;
    const day = Math.floor((this.clock.now - startedAt) / DAY) + 1;
    if (day <= this.day) return;
    this.day = day;
    this.options.onDay(day, this.clock.now, status);
  }

  /** The phase keeps the last 200 entries. */
  private async keepLedger(): Promise<void> {
    const { recent } = await this.query<LedgerView>('ledger');
    for (const entry of recent) this.ledger.set(entry.number, entry);
  }

  private async ran(startedAt: number): Promise<Ran> {
    const { milestones } = await this.query<DeliveryView>('delivery');
    const found: Ran['milestones'][number][] = [];
    for (const milestone of milestones) {
      const workStarted = this.begun.get(milestone.number);
      if (workStarted === undefined) {
        found.push(milestone);
        continue;
      }
      const status = await this.client.workflow.getHandle(milestone.workflowId).query<MilestoneStatus>('status');
      found.push({ ...milestone, workStarted, status });
    }
    const ledger = [...this.ledger.values()].toSorted((one, other) => one.number - other.number);
    const endedAt = ledger.at(-1)?.at ?? this.clock.now;
    return { plan: this.plan, startedAt, endedAt, cast: this.cast, ledger, milestones: found };
  }

  private query<T>(name: string): Promise<T> {
    return this.client.workflow.getHandle(WORKFLOW_ID).query<T>(name);
  }

  private say(name: string, message: object): Promise<Verdict> {
    return this.client.workflow.getHandle(WORKFLOW_ID).executeUpdate<Verdict, [object]>(name, { args: [message] });
  }
}
