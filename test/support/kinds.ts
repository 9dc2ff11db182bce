import { z } from 'zod';
import { type CheckDefinition, NeedsApproval, type StepDefinition, type StepResult } from '../../src/contract/kinds.ts';
import { PermanentError } from '../../src/base/errors.ts';
import { keepBeating } from '../../src/contract/keep-beating.ts';

/** What the test kinds have been asked to do, by name, in order. */
export class Bench {
  readonly ran: string[] = [];
  readonly identities: string[] = [];
  /** Names whose next run fails for good. */
  readonly failing = new Set<string>();
  /** Names whose check does not pass yet. */
  readonly unmet = new Set<string>();
  /** Why it does not, where there is something to say of it. */
  readonly whyUnmet = new Map<string, string>();
  readonly inputs = new Map<string, unknown>();
  private readonly waiters: { name: string; resolve: () => void }[] = [];

  /** Resolves when the step has begun. */
  began(name: string): Promise<void> {
    if (this.ran.includes(name)) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ name, resolve }));
  }

  /** Playbook key `act: NAME`: records that it ran, publishes `Result`, and fails when told to. */
  readonly act: StepDefinition<string> = {
    kind: 'act',
    summary: 'records that it ran',
    entry: z.string(),
    profile: 'work',
    coverage: 'automated',
    expand: (name) => [{ name: '', label: '', input: { name } }],
    run: async ({ input, identity }) => {
      const name = String(input['name']);
      this.note(name, identity);
      if (this.failing.delete(name)) throw new PermanentError(`${name} is told to fail`);
      return { outputs: { Result: `result of ${name}` } };
    },
  };

  /** Identities under which `destroy` steps have asked. */
  readonly asked: string[] = [];
  /** What `destroy` steps would do now; whoever agreed to something else has not agreed to it. */
  readonly plans = new Map<string, string>();

  /** Playbook key `destroy: NAME`: asks whether it may do what `plans` has for it, and records that it ran. */
  readonly destroy: StepDefinition<string> = {
    ...this.act,
    kind: 'destroy',
    summary: 'asks first',
    expand: (name) => [{ name: '', label: '', asks: true, input: { name } }],
    run: async ({ input, identity, approved = [] }) => {
      const name = String(input['name']);
      const asking = new NeedsApproval(
        [`${name}: ${this.plans.get(name) ?? 'replaces everything'}`],
        `plan of ${name}`,
      );
      if (!approved.includes(asking.changes.sha256)) {
        this.asked.push(identity);
        throw asking;
      }
      this.note(name, identity);
      return {};
    },
  };

  /** Playbook key `hang: NAME`: waits until it is cancelled; its settling is recorded as `settle NAME`. */
  readonly hang: StepDefinition<string> = {
    kind: 'hang',
    summary: 'runs until it is cancelled',
    entry: z.string(),
    profile: 'wait',
    coverage: 'automated',
    settles: true,
    expand: (name) => [{ name: '', label: '', input: { name } }],
    run: async ({ input, identity }, tools) => {
      this.note(String(input['name']), identity);
      const beating = setInterval(() => {
        tools.heartbeat({});
      }, 100);
      try {
        await new Promise((_, reject) => {
          tools.signal.addEventListener('abort', () => {
            reject(tools.signal.reason as Error);
          });
        });
      } finally {
        clearInterval(beating);
      }
      return {};
    },
    settle: async ({ input }) => {
      const name = `settle ${String(input['name'])}`;
      this.note(name, '');
      if (this.failing.delete(name)) throw new PermanentError(`${name} is told to fail`);
      return {};
    },
  };

  /** Settles as a step of that kind does, once it is released. */
  slowly({ settle }: StepDefinition<string>): NonNullable<StepDefinition<string>['settle']> {
    return async (call, tools) => {
      this.note(`settle ${String(call.input['name'])}`, '');
      return keepBeating(tools, {}, async () => {
        await new Promise<void>((resolve) => this.released.push(resolve));
        return (await settle?.(call, tools)) ?? {};
      });
    };
  }

  private readonly released: (() => void)[] = [];

  /** Ends what `deaf` and `wait` steps are doing. */
  release(): void {
    for (const end of this.released.splice(0)) end();
  }

  /** Playbook key `deaf: NAME`: neither heartbeats nor hears of a cancellation, as if its worker had died. */
  readonly deaf: StepDefinition<string> = {
    ...this.hang,
    kind: 'deaf',
    summary: 'neither heartbeats nor hears',
    run: async ({ input, identity }) => {
      this.note(String(input['name']), identity);
      await new Promise<void>((resolve) => this.released.push(resolve));
      return {};
    },
  };

  /** Playbook key `wait: NAME`: heartbeats until it is released; when it is told to stop, it only stops. */
  readonly wait: StepDefinition<string> = {
    ...this.act,
    kind: 'wait',
    summary: 'runs until it is released',
    run: async ({ input, identity }, tools) => {
      this.note(String(input['name']), identity);
      return keepBeating(tools, {}, () =>
        Promise.race([
          new Promise<StepResult>((resolve) => this.released.push(() => resolve({}))),
          stopped(tools.signal),
        ]),
      );
    },
  };

  /** Playbook key `check: {met: NAME}`: passes unless NAME is in `unmet`. */
  readonly met: CheckDefinition<string> = {
    kind: 'met',
    summary: 'passes unless told otherwise',
    entry: z.string(),
    profile: 'work',
    expand: (name) => ({ label: name, input: { name } }),
    run: async ({ input }) => {
      const name = String(input['name']);
      this.note(`check ${name}`, '');
      return this.unmet.has(name)
        ? { state: 'failed', reason: this.whyUnmet.get(name) ?? `${name} does not hold` }
        : { state: 'passed', reason: `${name} holds` };
    },
  };

  private note(name: string, identity: string): void {
    this.ran.push(name);
    this.identities.push(identity);
    for (const waiter of this.waiters.filter((one) => one.name === name)) waiter.resolve();
  }
}

/** Rejects with the signal's reason once it is aborted. */
function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
