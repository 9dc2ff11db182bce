import type { IssuesView, OpenGate, PhaseStatus } from '../../src/contract/answers.ts';
import { UserError } from '../command-line.ts';
import type { Fault } from './fault.ts';
import { OPERATOR } from './people.ts';
import type { TemporalCli } from './temporal-cli.ts';

/** Milliseconds between the moment a fault shows and its mending, so that a spectator can look. */
const PATIENCE = 3000;

type State = 'not broken' | 'broken' | 'seen' | 'mended';

/** Makes faults while a phase runs, waits until each shows, and mends it as an operator would. */
export class Breaker {
  private readonly faults: { readonly fault: Fault; state: State; seenAt: number }[];
  private readonly cli: Pick<TemporalCli, 'signal'>;
  private readonly workflowId: string;
  private readonly print: (line: string) => void;

  constructor(
    faults: readonly Fault[],
    cli: Pick<TemporalCli, 'signal'>,
    workflowId: string,
    print: (line: string) => void,
  ) {
    this.faults = faults.map((fault) => ({ fault, state: 'not broken', seenAt: 0 }));
    this.cli = cli;
    this.workflowId = workflowId;
    this.print = print;
  }

  /** Tasks that block because of a fault; the stand-in people leave them alone. */
  get tasks(): string[] {
    return this.faults.flatMap(({ fault: { shows } }) => ('task' in shows ? [shows.task] : []));
  }

  /** Gates with a fault that is not mended yet; the stand-in people do not approve there. */
  get gates(): string[] {
    const open = this.faults.filter(({ state }) => state !== 'mended');
    return open.flatMap(({ fault: { shows } }) => ('gate' in shows ? [shows.gate] : []));
  }

  /** Before the phase starts. */
  async prepare(): Promise<void> {
    for (const { fault } of this.faults) await fault.prepare?.();
  }

  /**
   * Once the phase is over.
   *
   * @throws UserError when a fault has not shown, or something is not as it should be in spite of it
   */
  async conclude(): Promise<void> {
    for (const { fault, state } of this.faults) {
      const { breakage, shows } = fault;
      if ('atEnd' in shows && state === 'broken') this.print(`⚡ ${breakage}: ${await shows.atEnd()}`);
      else if (state !== 'mended') throw new UserError(`The phase is over, and "${breakage}" is ${state}`);
    }
  }

  /** @param issues the log, once a fault shows there */
  async act(gates: readonly OpenGate[], desk: PhaseStatus['desk'], issues: () => Promise<IssuesView>): Promise<void> {
    for (const one of this.faults) {
      const { fault, state, seenAt } = one;
      if (state === 'not broken' && isTime(fault, gates) && (await fault.inflict())) {
        one.state = 'broken';
        this.print(`⚡ ${fault.breakage}: ${fault.done}`);
        if ('gate' in fault.shows && fault.shows.state === undefined) await this.recheck(fault.shows.gate);
      }
      const shown = state === 'broken' ? await showing(fault, gates, desk, issues) : undefined;
      if (shown !== undefined) {
        one.state = 'seen';
        one.seenAt = Date.now();
        this.print(`⚡ ${fault.breakage}: it shows: ${shown}`);
      }
      if (state === 'seen' && Date.now() - seenAt > PATIENCE && (await isOver(fault, issues))) {
        one.state = 'mended';
        await this.mend(fault);
      }
    }
  }

  private async mend(fault: Fault): Promise<void> {
    await fault.mend();
    this.print(`⚡ ${fault.breakage}: ${fault.mended}`);
    const { shows } = fault;
    if ('gate' in shows) await this.recheck(shows.gate);
    else if ('task' in shows) await this.cli.signal(this.workflowId, 'retry', { task: shows.task, by: OPERATOR });
  }

  private recheck(gate: string): Promise<void> {
    return this.cli.signal(this.workflowId, 'recheck', { gate, by: OPERATOR });
  }
}

/** True when it is time to break it. A fault that shows at a gate waits for the gate's first look, so that the second one shows it. */
function isTime({ shows }: Fault, gates: readonly OpenGate[]): boolean {
  if (!('gate' in shows) || shows.state === 'warned') return true;
  const gate = gates.find((one) => one.gate === shows.gate && one.state === 'open');
  const checks = gate?.unmet.flatMap((criterion) => criterion.checks) ?? [];
  return gate !== undefined && checks.every(({ state }) => state !== 'waiting');
}

/** The reason for which the phase holds because of a fault; `undefined` while it does not hold. */
async function showing(
  { shows }: Fault,
  gates: readonly OpenGate[],
  desk: PhaseStatus['desk'],
  issues: () => Promise<IssuesView>,
): Promise<string | undefined> {
  if ('atEnd' in shows) return undefined;
  if ('issue' in shows) {
    const found = (await issues()).issues.find(({ key = '' }) => key.startsWith(`${shows.issue}/`));
    return found === undefined ? undefined : `the suite ${shows.issue} opens ${found.id}: ${found.title}`;
  }
  if ('task' in shows) {
    const item = desk.find(({ task, waits }) => task === shows.task && waits === 'blocked');
    return item === undefined ? undefined : `${item.task} is blocked: ${item.reason ?? ''}`;
  }
  const found = gates
    .filter(({ gate }) => gate === shows.gate)
    .flatMap(({ unmet }) => unmet)
    .flatMap(({ checks }) => checks)
    .find(({ kind, state }) => kind === shows.check && state === (shows.state ?? 'failed'));
  return found === undefined ? undefined : `${shows.gate} holds, ${found.kind}: ${found.reason ?? ''}`;
}

/** Whether a fault that the phase gets mended by itself is over; anything else is mended by this program. */
async function isOver({ shows }: Fault, issues: () => Promise<IssuesView>): Promise<boolean> {
  if (!('issue' in shows)) return true;
  const { open, resolved } = await issues();
  return open + resolved === 0;
}
