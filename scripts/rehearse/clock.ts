import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { UserError } from '../command-line.ts';

/** How long, in server time, the server gets to carry out what follows from a message or a timer. */
const SETTLING = 15_000;

/** The clock of the server that skips time. It stands while something is under way, and otherwise moves only when it is told to. */
export class ServerClock {
  /** Epoch milliseconds. */
  now = 0;
  private readonly env: Pick<TestWorkflowEnvironment, 'sleep' | 'currentTimeMs'>;
  private readonly over: Promise<never>;

  /** @param over rejects when the rehearsal has to end: it took too long, or was stopped */
  constructor(env: Pick<TestWorkflowEnvironment, 'sleep' | 'currentTimeMs'>, over: Promise<never>) {
    this.env = env;
    this.over = over;
  }

  async read(): Promise<number> {
    this.now = await Promise.race([this.env.currentTimeMs(), this.over]);
    return this.now;
  }

  /** Lets the server carry out what is under way. It skips this time only when nothing is. */
  async settle(): Promise<void> {
    await this.sleep(SETTLING);
  }

  /** Lets time pass up to an instant. */
  async until(at: number): Promise<void> {
    const left = at - (await this.read());
    if (left > 0) await this.sleep(left);
  }

  private async sleep(ms: number): Promise<void> {
    await Promise.race([this.env.sleep(ms), this.over]);
    await this.read();
  }
}

/**
 * A promise that rejects when the time is up.
 *
 * @param left milliseconds of real time
 * @param why the message then
 */
export function timeLimit(
  left: number,
  why: () => string,
): { readonly over: Promise<never>; readonly clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new UserError(why()));
    }, left);
  });
  return {
    over,
    clear: () => {
      clearTimeout(timer);
    },
  };
}
