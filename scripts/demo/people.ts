import { UserError } from '../command-line.ts';
import type { OpenGate, PhaseStatus, UnmetCriterion } from '../../src/workflows/messages.ts';
import type { TemporalCli } from './temporal-cli.ts';

interface Approval {
  readonly gate: string;
  readonly criterion?: number;
  readonly by: string;
}

/** A person's name where the playbook lists nobody. */
const ANYONE = 'demo';

/**
 * The demo's stand-in people: they approve what is theirs as soon as a gate opens, and complete their tasks when they are due,
 * through the same messages that a person sends.
 */
export class People {
  private readonly said = new Set<string>();
  private readonly cli: Pick<TemporalCli, 'signal'>;
  private readonly workflowId: string;
  private readonly sign: (name: 'approve', message: Approval) => Promise<object>;

  /** @param sign makes of a decision what is sent where signatures are asked for */
  constructor(
    cli: Pick<TemporalCli, 'signal'>,
    workflowId: string,
    sign: (name: 'approve', message: Approval) => Promise<object>,
  ) {
    this.cli = cli;
    this.workflowId = workflowId;
    this.sign = sign;
  }

  /**
   * Says everything that is due now; nothing twice.
   *
   * @throws UserError when a task is blocked: these people mend nothing
   */
  async act(gates: readonly OpenGate[], desk: PhaseStatus['desk'], now: number): Promise<void> {
    const blocked = desk.filter(({ waits }) => waits === 'blocked');
    if (blocked.length > 0) {
      throw new UserError(blocked.map(({ task, reason }) => `${task} is blocked: ${String(reason)}`).join('\n'));
    }
    for (const gate of gates.filter(canBeDecided)) {
      await this.tryInVain(gate);
      for (const by of approvers(gate.unmet)) {
        await this.approve(`${gate.gate} ${gate.subject} ${by}`, gate, { gate: gate.gate, by });
      }
    }
    for (const item of desk) {
      const by = item.who[0] ?? ANYONE;
      if (item.waits === 'complete' && isDone(item, now)) {
        await this.once(`${item.task} ${item.since}`, 'complete', { task: item.task, by });
      } else if (item.waits === 'input') {
        await this.once(`${item.task} ${item.since}`, 'input', { task: item.task, by, note: 'as agreed' });
      }
    }
  }

  /** Once in a demo somebody says what is not theirs to say, so that the record shows a denial. */
  private async tryInVain(gate: OpenGate): Promise<void> {
    const criterion = gate.unmet.find(({ excluded }) => excluded.length > 0);
    const [person] = criterion?.excluded ?? [];
    if (criterion === undefined || person === undefined) return;
    await this.approve('in vain', gate, { gate: gate.gate, criterion: criterion.number, by: person.by });
  }

  private async approve(key: string, { signed }: OpenGate, message: Approval): Promise<void> {
    if (this.said.has(key)) return;
    const body = signed ? await this.sign('approve', message) : message;
    await this.once(key, 'approve', body, signed ? `${message.by} on ${message.gate}, signed` : undefined);
  }

  private async once(key: string, name: string, message: object, remark?: string): Promise<void> {
    if (this.said.has(key)) return;
    this.said.add(key);
    await this.cli.signal(this.workflowId, name, message, remark);
  }
}

/** They are punctual: a task that is completed once its due date has passed is told to all channels as overdue. */
function isDone({ since, due }: PhaseStatus['desk'][number], now: number): boolean {
  if (due === undefined) return true;
  const begun = Date.parse(since);
  return now >= begun + 0.75 * (Date.parse(due) - begun);
}

/**
 * Whether what is said now still counts when it arrives: a signature covers the evidence of the gate's checks, so whoever signs
 * waits until each has answered.
 */
function canBeDecided({ state, signed, unmet }: OpenGate): boolean {
  const isChecking = unmet.some(({ checks }) => checks.some((check) => check.state === 'waiting'));
  return state === 'open' && !(signed && isChecking);
}

/** As few persons as can approve everything that waits for an approval: each who is asked approves all that is theirs. */
function approvers(unmet: readonly UnmetCriterion[]): string[] {
  const chosen: string[] = [];
  for (const { approval, who, checks } of unmet) {
    const isCheckedFirst = approval === 'or' && checks.some(({ state }) => state !== 'failed');
    if (approval === 'no' || isCheckedFirst || who.some((person) => chosen.includes(person))) continue;
    chosen.push(who[0] ?? ANYONE);
  }
  return [...new Set(chosen)];
}
