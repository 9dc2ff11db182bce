import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  log,
  setDefaultUpdateHandler,
} from '@temporalio/workflow';
import type { Received } from '../temporal/inbox.ts';
import { REPORT } from '../../contract/channel.ts';
import type { ToPhase } from '../channel/to-phase.ts';
import { sentName } from '../temporal/interceptors.ts';
import { sizeOf } from '../channel/mailbox.ts';

/** How many messages a milestone passes on in its life: each costs its history five events, of which it has 51,200. */
const PASSED_ON = 500;
/** The server takes 2,000 Signals under way from a workflow, and 4 MB from one workflow task. */
const AT_ONCE = 20;
/** Of one message, and of those that are under way together. No message of ours is nearly as large. */
const BYTES = 200_000;

/** Answer to an Update that was sent to a milestone. */
export interface PassedOn {
  readonly passedOn: boolean;
  readonly reason: string;
}

/**
 * Messages that were sent to a milestone by mistake. They are passed on to the phase, which judges them like any others. What comes
 * beyond the first 500, or is larger than a message can be, stands in the milestone's history, and the phase's ledger tells how much that is.
 */
export class Strays {
  private readonly phase: string;
  private readonly toPhase: ToPhase;
  private readonly waiting: Received[] = [];
  private taken = 0;
  private passing = false;

  constructor(phase: string, toPhase: ToPhase) {
    this.phase = phase;
    this.toPhase = toPhase;
    setDefaultUpdateHandler((name, ...args) => this.answer(sentName(name), args));
  }

  /** @returns whether it will be passed on */
  put(message: Received): boolean {
    // What is passed on is sent by this milestone, and would pass for its own report.
    if (message.name === REPORT) return false;
    this.taken += 1;
    if (this.taken > PASSED_ON || message.bytes > BYTES) {
      this.toPhase.sayKept();
      return false;
    }
    this.waiting.push(message);
    if (!this.passing) void this.passOn();
    return true;
  }

  /** Until everything that is to be passed on has been, also in a milestone that is cancelled. */
  async passedOn(): Promise<void> {
    if (this.passing) await CancellationScope.nonCancellable(() => condition(() => !this.passing));
  }

  private answer(name: string, args: readonly unknown[]): PassedOn {
    const passedOn = this.put({ name, bytes: sizeOf(args), body: () => args[0] });
    return {
      passedOn,
      reason: passedOn
        ? `sent on to ${this.phase} as a Signal; its ledger tells what became of it`
        : `not sent on; messages are for ${this.phase}`,
    };
  }

  private async passOn(): Promise<void> {
    this.passing = true;
    while (this.waiting.length > 0) {
      await Promise.all(this.batch().map((message) => this.send(message)));
    }
    this.passing = false;
  }

  private batch(): Received[] {
    let bytes = 0;
    const end = this.waiting.findIndex((message, index) => (bytes += message.bytes) > BYTES || index >= AT_ONCE);
    return this.waiting.splice(0, Math.max(1, end < 0 ? this.waiting.length : end));
  }

  private async send(message: Received): Promise<void> {
    const { name } = message;
    const phase = getExternalWorkflowHandle(this.phase);
    try {
      await CancellationScope.nonCancellable(() => phase.signal(name, message.body()));
    } catch (error) {
      log.warn('A message to a milestone did not reach the phase', { name, error });
    }
  }
}
